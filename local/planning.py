"""Where the parts of one local service will be, and by which names and secrets they know each other."""

from local import graph
from local.addresses import app_role, as_role, read_url, without_password, write_url
from local.aws import SECRET_KEY
from local.environment import EMBEDDED, Deployment
from local.graph import ArcadeDb
from local.postgres import Postgres
from local.settings import Settings
from local.sqs import BUS, Sqs
from local.state import DataDirectory, database_key


def plan(
    settings: Settings, directory: DataDirectory, postgres: Postgres | None, sqs: Sqs, arcade: ArcadeDb | None
) -> Deployment:
    """The deployment of a start; servers of the user's own come from the settings."""
    if postgres:
        owner, key = postgres.address, EMBEDDED
    else:
        owner = read_url(settings.database_url or "")
        key = database_key(without_password(owner))
    role, password = app_role(owner), directory.secret("app")
    uri, user, graph_password, database = _graph(settings, directory, arcade)
    return Deployment(
        database_url=as_role(owner, role, password),
        owner_database_url=write_url(owner),
        database_key=key,
        app_role=role,
        app_password=password,
        sqs_endpoint=sqs.endpoint,
        consolidate_queue_url=sqs.queue_url,
        consolidate_dlq_url=sqs.dead_letters_url,
        ingest_queue_url=sqs.ingest_queue_url,
        event_bus=BUS,
        aws_endpoint=sqs.endpoint,
        aws_access_key_id=sqs.access_key,
        aws_secret_access_key=SECRET_KEY,
        graph_queue_url=sqs.graph_queue_url,
        graph_dlq_url=sqs.graph_dead_letters_url,
        graph_uri=uri,
        graph_user=user,
        graph_password=graph_password,
        graph_database=database,
    )


def _graph(settings: Settings, directory: DataDirectory, arcade: ArcadeDb | None) -> tuple[str, str, str, str]:
    if arcade:
        return arcade.uri, graph.USER, directory.secret("graph"), graph.DATABASE
    if settings.graph and settings.neo4j:
        return settings.neo4j
    return "", "", "", ""
