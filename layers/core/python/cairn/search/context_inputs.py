"""What belongs into a context block beside the hits: preferences, earlier texts, and the last messages."""

from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import DictRow

from cairn.filters import compile_filter
from cairn.kernel.tenancy import Tenant
from cairn.language.vital import VITAL
from cairn.memories.messages import Message
from cairn.memories.rows import IMPORTANCE, columns, to_memory, to_precision
from cairn.memories.types import Previous
from cairn.memories.visibility import visible
from cairn.platform.database import Statement
from cairn.platform.rows import scope_params
from cairn.platform.sql_files import named_statements
from cairn.projects.types import PREFERENCES
from cairn.search.types import ContextInputs, ContextNeeds

_SQL: Final = named_statements(__name__)


def statements(tenant: Tenant, wanted: ContextNeeds) -> list[Statement]:
    """The four statements behind `gathered`."""
    selection = wanted.selection
    where, params = compile_filter(selection.where)
    preferences = _SQL["preferences"].format(
        columns=columns(selection.as_of), visible=visible(selection), where=where, importance=IMPORTANCE
    )
    filling = _SQL["filling"].format(
        columns=columns(selection.as_of),
        visible=visible(selection),
        where=where,
        importance=IMPORTANCE,
        vital=sql.Literal(VITAL),
    )
    own: dict[str, Any] = {
        "project_id": tenant.project_id,
        "as_of": selection.as_of,
        "preferences": PREFERENCES,
        "preference_limit": wanted.preferences,
        "filling_limit": wanted.filling,
        "memory_ids": list(wanted.previous_of),
        "any_entity": not wanted.scope.is_empty,
        "recent_limit": wanted.recent,
        **scope_params(wanted.scope),
    }
    return [(preferences, params | own), (_SQL["previous"], own), (_SQL["recent"], own), (filling, params | own)]


def gathered(
    preferences: list[DictRow], previous: list[DictRow], recent: list[DictRow], filling: list[DictRow]
) -> ContextInputs:
    """What the four statements found."""
    by_holder: dict[UUID, list[Previous]] = {}
    for row in previous:
        earlier = Previous(
            row["id"],
            row["text"],
            row["valid_from"],
            row["invalid_at"],
            to_precision(row["since_precision"]),
            to_precision(row["until_precision"]),
        )
        by_holder.setdefault(row["holder"], []).append(earlier)
    return ContextInputs(
        tuple(to_memory(row) for row in preferences),
        {holder: tuple(texts) for holder, texts in by_holder.items()},
        tuple(Message(**row) for row in recent),
        tuple(to_memory(row) for row in filling),
    )
