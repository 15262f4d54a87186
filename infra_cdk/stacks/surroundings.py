"""What the stateless stack needs to know of a database, whoever runs it."""

from collections.abc import Callable
from dataclasses import dataclass

from infra_cdk.components.network import Placement
from infra_cdk.environments import Environment
from infra_cdk.stacks.stateful import StatefulStack


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Secrets of the database, the key they are under, an RDS Proxy in front, and where functions run."""

    owner_secret_arn: str
    app_secret_arn: str
    key_arn: str | None
    database_host: str | None
    place: Callable[[bool], Placement | None]


def given(environment: Environment) -> Surroundings:
    """Those of a database that somebody else runs.

    Raises:
        ValueError: the environment names none.
    """
    if environment.external_database is None:
        raise ValueError(f"{environment.name}: no external_database, and no stack of our own.")
    return Surroundings(
        owner_secret_arn=environment.external_database.owner_secret_arn,
        app_secret_arn=environment.external_database.app_secret_arn,
        key_arn=None,
        database_host=None,
        place=lambda _: None,
    )


def made(stack: StatefulStack) -> Surroundings:
    """Those of our own stack."""
    database, network = stack.database, stack.network
    return Surroundings(
        owner_secret_arn=database.owner_secret.secret_arn,
        app_secret_arn=database.app_secret.secret_arn,
        key_arn=stack.key.key_arn,
        database_host=database.proxy.endpoint if database.proxy else None,
        place=lambda leaves_network: network.place(leaves_network=leaves_network),
    )
