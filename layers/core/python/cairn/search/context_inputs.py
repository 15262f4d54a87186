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
from cairn.projects.types import PREFERENCES
from cairn.search.types import ContextInputs, ContextNeeds

_PREFERENCES: Final = """
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND {visible} AND {where} AND m.categories @> ARRAY[%(preferences)s]
ORDER BY {importance} DESC, m.valid_from DESC, m.id DESC LIMIT %(preference_limit)s
"""
# The newest are few, and what is vital has an index: this costs the same in a scope of any size.
_FILLING: Final = """
WITH newest AS (
    SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {visible} AND {where}
    ORDER BY m.id DESC LIMIT %(filling_limit)s
), vital AS (
    SELECT m.id FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND {visible} AND {where} AND m.importance >= {vital}
    ORDER BY m.importance DESC, m.id DESC LIMIT %(filling_limit)s
)
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id IN (SELECT id FROM newest UNION SELECT id FROM vital)
ORDER BY {importance} DESC, m.valid_from DESC, m.id DESC LIMIT %(filling_limit)s
"""
# Two kinds of earlier text: that of a memory that was replaced, over several steps, and that of a memory before it was
# changed, which its history keeps.
_PREVIOUS: Final = """
WITH RECURSIVE replaced AS (
    SELECT m.superseded_by AS holder, m.superseded_by AS successor, m.id, m.text, m.valid_from, m.since_precision,
           m.invalid_at, 1 AS step FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.superseded_by = ANY(%(memory_ids)s)
    UNION ALL
    SELECT r.holder, m.superseded_by, m.id, m.text, m.valid_from, m.since_precision, m.invalid_at, r.step + 1
    FROM replaced r JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.superseded_by = r.id WHERE r.step < 5
), changed AS (
    SELECT h.memory_id AS holder, h.memory_id AS id, h.old_memory AS text,
           lag(coalesce(h.valid_from, h.created_at)) OVER entries AS valid_from,
           coalesce(h.valid_from, h.created_at) AS invalid_at, h.event, h.new_memory
    FROM cairn.history h WHERE h.project_id = %(project_id)s AND h.memory_id = ANY(%(memory_ids)s)
    AND h.event IN ('ADD', 'UPDATE') WINDOW entries AS (PARTITION BY h.memory_id ORDER BY h.id)
)
SELECT holder, id, text, valid_from, invalid_at, since_precision, (
    -- It ended when its successor began, as precisely as that was told.
    SELECT s.since_precision FROM cairn.memories s
    WHERE s.project_id = %(project_id)s AND s.id = replaced.successor AND s.valid_from = replaced.invalid_at
) AS until_precision FROM replaced
WHERE %(as_of)s::timestamptz IS NULL OR invalid_at <= %(as_of)s
UNION ALL
SELECT holder, id, text, coalesce(valid_from, invalid_at), invalid_at, NULL, NULL FROM changed
WHERE event = 'UPDATE' AND text IS NOT NULL AND text <> new_memory
AND (%(as_of)s::timestamptz IS NULL OR invalid_at <= %(as_of)s)
ORDER BY holder, invalid_at DESC, valid_from DESC
"""
_RECENT: Final = """
SELECT id, sequence, role, name, content, occurred_at FROM (
    SELECT * FROM cairn.messages m
    WHERE m.project_id = %(project_id)s AND %(any_entity)s AND m.role NOT IN ('system', 'developer', 'tool', 'function')
    AND (%(user_id)s::text IS NULL OR m.user_id = %(user_id)s)
    AND (%(agent_id)s::text IS NULL OR m.agent_id = %(agent_id)s)
    AND (%(app_id)s::text IS NULL OR m.app_id = %(app_id)s)
    AND (%(run_id)s::text IS NULL OR m.run_id = %(run_id)s)
    AND (%(as_of)s::timestamptz IS NULL OR m.occurred_at <= %(as_of)s)
    ORDER BY m.id DESC LIMIT %(recent_limit)s) last
ORDER BY id
"""


def statements(tenant: Tenant, wanted: ContextNeeds) -> list[Statement]:
    """The four statements behind `gathered`."""
    selection = wanted.selection
    where, params = compile_filter(selection.where)
    preferences = sql.SQL(_PREFERENCES).format(
        columns=columns(selection.as_of), visible=visible(selection), where=where, importance=IMPORTANCE
    )
    filling = sql.SQL(_FILLING).format(
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
    return [(preferences, params | own), (_PREVIOUS, own), (_RECENT, own), (filling, params | own)]


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
