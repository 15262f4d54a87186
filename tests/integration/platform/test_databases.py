"""What a test leaves in its database never reaches the next one."""

import psycopg
import pytest

from tests.conftest import TestDatabase, empty
from tests.integration.api import Api


def test_a_database_of_rows_alone_is_emptied(api: Api, database: TestDatabase):
    api.add("I own a boat")
    assert empty(database.owner_url)
    with psycopg.connect(database.owner_url) as owner:
        counts = owner.execute(
            "SELECT (SELECT count(*) FROM cairn.memories), (SELECT count(*) FROM cairn.graph_outbox), "
            "(SELECT count(*) FROM cairn.api_keys), (SELECT count(*) FROM cairn.embedding_model)"
        ).fetchone()
    assert counts == (0, 0, 0, 1)


@pytest.mark.parametrize(
    "change",
    [
        "DROP POLICY tenant ON cairn.turns",
        "ALTER TABLE cairn.turns ADD COLUMN more int",
        "GRANT DELETE ON cairn.history TO cairn_app",
        "CREATE INDEX ON cairn.history (memory_id)",
        "UPDATE cairn.embedding_model SET model = 'another'",
        "ANALYZE cairn.embedding_model",
    ],
)
def test_one_that_was_changed_beyond_its_rows_is_not(database: TestDatabase, change: str):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(change)
    assert not empty(database.owner_url)
