"""The scope columns that every table has."""

from psycopg.rows import DictRow

from cairn.kernel.tenancy import Scope


def scope_params(scope: Scope) -> dict[str, str | None]:
    """The four scope columns as parameters."""
    return {
        "user_id": scope.user_id,
        "agent_id": scope.agent_id,
        "app_id": scope.app_id,
        "run_id": scope.run_id,
    }


def to_scope(row: DictRow) -> Scope:
    """The scope of a row that has its four columns."""
    return Scope(row["user_id"], row["agent_id"], row["app_id"], row["run_id"])
