"""Whether the application's role may read its tables."""

from typing import Final

from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from cairn.platform.release_check import NOBODY

_READ_ALL: Final = """
SELECT EXISTS (SELECT FROM cairn.projects WHERE project_id = %(project_id)s),
       EXISTS (SELECT FROM cairn.api_keys WHERE project_id = %(project_id)s),
       EXISTS (SELECT FROM cairn.events WHERE project_id = %(project_id)s),
       EXISTS (SELECT FROM cairn.messages WHERE project_id = %(project_id)s),
       EXISTS (SELECT FROM cairn.memories WHERE project_id = %(project_id)s),
       EXISTS (SELECT FROM cairn.turns WHERE project_id = %(project_id)s),
       EXISTS (SELECT FROM cairn.history WHERE project_id = %(project_id)s),
       EXISTS (SELECT FROM cairn.summaries WHERE project_id = %(project_id)s),
       EXISTS (SELECT FROM cairn.usage WHERE project_id = %(project_id)s),
       EXISTS (SELECT FROM cairn.graph_outbox WHERE project_id = %(project_id)s)
"""


def read_all(database: Database) -> None:
    """Reads every table of a project, as one that is not there.

    Raises:
        DatabaseUnavailable: Postgres does not answer.
        psycopg.ProgrammingError: a table is not there, or may not be read.
    """
    with database.transaction(Tenant(NOBODY)) as connection:
        connection.execute(_READ_ALL, {"project_id": NOBODY})
