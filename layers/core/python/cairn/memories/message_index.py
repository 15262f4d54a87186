"""Turns: what was said, searched beside the memories that were made of it.

A turn is a message made ready for search, in a table of its own that no other read looks at. The statements of
search/sql have a switch for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from cairn.kernel.tenancy import Tenant
from cairn.memories.options import AddOptions
from cairn.memories.rows import halves, vectors_literal
from cairn.memories.types import NewIndexedMessage
from cairn.platform.database import Connection
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)


def insert(
    connection: Connection, tenant: Tenant, event_id: UUID, turns: Sequence[NewIndexedMessage], options: AddOptions
) -> None:
    """Makes the turns of an event, after its memories."""
    if not turns:
        return
    params: Mapping[str, Any] = {
        "project_id": tenant.project_id,
        "event_id": event_id,
        "metadata": Jsonb(dict(options.metadata)),
        "categories": list(options.categories),
        "expires_on": options.expires_on,
        "ids": [turn.message.id for turn in turns],
        "placed": [turn.placed for turn in turns],
        "contents": [turn.message.content for turn in turns],
        "indexed_texts": [turn.indexed_texts[0] for turn in turns],
        "embeddings": [halves(turn.embedding) for turn in turns],
        "passages": [vectors_literal(turn.passages) for turn in turns],
    }
    connection.execute(_SQL["insert"], params)
