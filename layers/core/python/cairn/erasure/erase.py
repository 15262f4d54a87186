"""Erasure: nothing of a deleted memory stays behind, in whatever table it left a trace.

A memory's history keeps its entries and loses its texts. A message that other memories were made from too stays, with
the deleted memory's span blanked; one that nothing else was made from goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from cairn.erasure import echoes
from cairn.erasure.types import Erasure
from cairn.filters import compile_filter
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Tenant
from cairn.memories.rows import SPANS
from cairn.memories.types import Receipt
from cairn.platform.database import Connection
from cairn.search import large_scope_indexes

_DELETE_MEMORIES: Final = """
DELETE FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s)
RETURNING m.id, m.event_id, m.user_id, m.agent_id, m.app_id, m.run_id, m.scope_key, m.text, m.source_message_ids,
    {spans} AS source_spans
"""
_DELETE_MATCHING: Final = """
DELETE FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.id = ANY(ARRAY(
    SELECT m.id FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.id <= %(until)s AND {where} ORDER BY m.id LIMIT %(at_most)s))
RETURNING m.id, m.event_id, m.user_id, m.agent_id, m.app_id, m.run_id, m.scope_key, m.text, m.source_message_ids,
    {spans} AS source_spans
"""
# UNION, and not UNION ALL: a circle of successors ends.
_WITH_SUPERSEDED: Final = """
WITH RECURSIVE chain AS (
    SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s)
    UNION
    SELECT m.id FROM chain c JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.superseded_by = c.id)
SELECT id FROM chain
"""
_BLANK_HISTORY: Final = """
UPDATE cairn.history SET old_memory = NULL, new_memory = NULL, actor = NULL
WHERE project_id = %(project_id)s AND memory_id = ANY(%(memory_ids)s)
"""
_TOMBSTONES: Final = """
INSERT INTO cairn.history (project_id, id, memory_id, event, user_id, agent_id, app_id, run_id)
SELECT %(project_id)s, t.id, t.memory_id, 'DELETE', t.user_id, t.agent_id, t.app_id, t.run_id
FROM unnest(%(ids)s::uuid[], %(memory_ids)s::uuid[], %(user_ids)s::text[], %(agent_ids)s::text[], %(app_ids)s::text[],
            %(run_ids)s::text[]) AS t (id, memory_id, user_id, agent_id, app_id, run_id)
"""
_DELETE_MESSAGES: Final = """
DELETE FROM cairn.messages s WHERE s.project_id = %(project_id)s AND s.id = ANY(%(message_ids)s)
AND s.id NOT IN (SELECT message_id FROM cairn.messages_in_use(%(message_ids)s))
"""
# A key as earlier releases kept it, as it came, becomes what events.py makes of one of the project.
_KEY_AS_DIGEST: Final = sql.SQL("""
CASE WHEN idempotency_key LIKE 'sha256:%%' THEN idempotency_key
     ELSE 'sha256:' || encode(sha256(convert_to(project_id || idempotency_key, 'UTF8')), 'hex') END""")
# What an add said about its memories (metadata, categories, instructions) goes with the last of them: in the events
# that made, changed or ended them, and in those that said the same again.
_BLANK_EVENTS: Final = sql.SQL("""
WITH blanked AS (
    UPDATE cairn.events e SET payload = e.payload - %(told)s::text[] || '{{"metadata": {{}}, "categories": []}}',
        request_sha256 = NULL,
        idempotency_key = {digest}
    WHERE e.project_id = %(project_id)s AND e.type = 'ADD' AND e.status = 'SUCCEEDED' AND e.id = ANY(
        %(event_ids)s::uuid[] || ARRAY(
            SELECT s.event_id FROM cairn.messages s
            WHERE s.project_id = %(project_id)s AND s.id = ANY(%(message_ids)s)
            UNION ALL SELECT h.event_id FROM cairn.history h
            WHERE h.project_id = %(project_id)s AND h.memory_id = ANY(%(memory_ids)s) AND h.event_id IS NOT NULL))
    AND NOT EXISTS (SELECT FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.event_id = e.id)
    RETURNING e.id)
UPDATE cairn.turns t SET metadata = '{{}}', categories = '{{}}'
WHERE t.project_id = %(project_id)s AND t.id = ANY(ARRAY(
    SELECT s.id FROM cairn.messages s WHERE s.project_id = %(project_id)s AND s.event_id IN (SELECT id FROM blanked)))
""").format(digest=_KEY_AS_DIGEST)
# Earlier releases kept a model's own words as reasons, which may quote any memory it was shown.
_BLANK_REASONS: Final = """
UPDATE cairn.events e SET results = (
    SELECT jsonb_agg(r.result - 'reason' ORDER BY r.position)
    FROM jsonb_array_elements(e.results) WITH ORDINALITY AS r (result, position))
WHERE e.project_id = %(project_id)s AND e.results @? '$[*].reason' AND e.id = ANY(ARRAY(
    SELECT h.event_id FROM cairn.history h
    WHERE h.project_id = %(project_id)s AND h.memory_id = ANY(%(memory_ids)s) AND h.event_id IS NOT NULL))
"""
_TOLD: Final = [
    "custom_instructions",
    "agent_custom_instructions",
    "includes",
    "excludes",
    "custom_categories",
]
# What stays of a shared message: the same length, so that the spans of the other memories still fit.
_BLANK_SPAN: Final = """
UPDATE cairn.messages SET content = overlay(
    content PLACING repeat(' ', %(until)s - %(start)s) FROM %(start)s + 1 FOR %(until)s - %(start)s)
WHERE project_id = %(project_id)s AND id = %(message_id)s
"""
# Who ended a predecessor is who said what is erased.
_FORGET_SUCCESSORS: Final = """
WITH ended AS (
    UPDATE cairn.memories SET superseded_by = NULL
    WHERE project_id = %(project_id)s AND superseded_by = ANY(%(memory_ids)s) RETURNING id)
UPDATE cairn.history SET actor = NULL
WHERE project_id = %(project_id)s AND event = 'DELETE' AND memory_id IN (SELECT id FROM ended)
"""
# A summary was made of all its scope said, the deleted memory too; the next event of the scope begins another. It is
# blanked, also where there was none, so that an event in progress sees that it has read what is erased now.
_BLANK_SUMMARIES: Final = """
INSERT INTO cairn.summaries (project_id, scope_key, user_id, agent_id, app_id, run_id, text)
SELECT DISTINCT ON (t.scope_key) %(project_id)s::uuid, t.scope_key, t.user_id, t.agent_id, t.app_id, t.run_id, ''
FROM unnest(%(row_scope_keys)s::text[], %(user_ids)s::text[], %(agent_ids)s::text[], %(app_ids)s::text[],
            %(run_ids)s::text[]) AS t (scope_key, user_id, agent_id, app_id, run_id)
ORDER BY t.scope_key
ON CONFLICT (project_id, scope_key) DO UPDATE SET text = '', updated_at = now()
"""
# As whoever applies an event locks it before its messages and memories: the other way round both would wait for ever.
_HOLD_EVENTS: Final = """
SELECT m.id FROM cairn.events m
WHERE m.project_id = %(project_id)s AND m.status IN ('PENDING', 'RUNNING') AND {where} ORDER BY m.id FOR UPDATE
"""
_DELETE_SCOPE_SUMMARIES: Final = "DELETE FROM cairn.summaries m WHERE m.project_id = %(project_id)s AND {where}"
_DELETE_SCOPE_MESSAGES: Final = """
DELETE FROM cairn.messages m WHERE m.project_id = %(project_id)s AND m.id = ANY(ARRAY(
    SELECT m.id FROM cairn.messages m
    WHERE m.project_id = %(project_id)s AND m.id <= %(until)s AND {where} LIMIT %(at_most)s))
"""
_SCOPE_EVENTS: Final = """
SELECT m.id, m.idempotency_key IS NOT NULL AS keyed FROM cairn.events m
WHERE m.project_id = %(project_id)s AND m.type = 'ADD' AND m.id <= %(until)s AND m.status = ANY(%(statuses)s)
AND {where} LIMIT %(at_most)s
"""
# A repeat must not bring an erased add back: its key stays, as a digest, with what its first answer said besides texts.
_KEEP_KEYS: Final = sql.SQL("""
UPDATE cairn.events m SET type = 'ERASED', user_id = NULL, agent_id = NULL, app_id = NULL, run_id = NULL,
    scope_key = '',
    payload = jsonb_build_object('infer', coalesce(m.payload -> 'infer', 'true')), request_sha256 = NULL,
    status = 'SUCCEEDED', error = NULL, usage = '{{}}', not_before = NULL,
    completed_at = now(), updated_at = now(),
    results = jsonb_path_query_array(m.results, '$[*] ? (exists (@.added))'),
    idempotency_key = {digest}
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(event_ids)s)
""").format(digest=_KEY_AS_DIGEST)
_DELETE_MESSAGES_OF: Final = """
DELETE FROM cairn.messages m WHERE m.project_id = %(project_id)s AND m.event_id = ANY(%(event_ids)s)
"""
_DELETE_EVENTS: Final = "DELETE FROM cairn.events m WHERE m.project_id = %(project_id)s AND m.id = ANY(%(event_ids)s)"
# What keeps an erased add's key names nobody any more, and so is no row of a pinned key's user.
_AS_PROJECT: Final = "SELECT set_config('cairn.user_id', '', true)"
_AS_TENANT: Final = "SELECT set_config('cairn.user_id', %(user_id)s, true)"
_LAST: Final = """
SELECT m.id FROM {table} m WHERE m.project_id = %(project_id)s AND {where} ORDER BY m.id DESC LIMIT 1
"""
_QUEUED: Final = ["PENDING", "RUNNING"]
_ENDED: Final = ["SUCCEEDED", "FAILED"]
_NONE: Final = UUID(int=0)
_LATEST: Final = UUID(int=2**128 - 1)
_RECORD: Final = """
INSERT INTO cairn.events (project_id, id, type, user_id, scope_key, payload, status, results, enqueued_at, started_at,
                          completed_at)
VALUES (%(project_id)s, %(id)s, 'DELETE', %(user_id)s, '', %(payload)s, 'SUCCEEDED', %(results)s, now(), now(), now())
"""


@dataclass(frozen=True, slots=True)
class Until:
    """The last memory, message and event, by id, that an erasure is to reach."""

    memories: UUID
    messages: UUID
    events: UUID


ALL: Final = Until(_LATEST, _LATEST, _LATEST)


def memories(connection: Connection, tenant: Tenant, memory_ids: Sequence[UUID]) -> tuple[Receipt, set[UUID]]:
    """Erases memories by id; returns the receipt and the ids that were there."""
    params = {"project_id": tenant.project_id, "memory_ids": list(memory_ids)}
    rows = connection.execute(sql.SQL(_DELETE_MEMORIES).format(spans=SPANS), params).fetchall()
    return _erase_traces(connection, tenant, rows), {row["id"] for row in rows}


def with_superseded(connection: Connection, tenant: Tenant, memory_ids: Sequence[UUID]) -> list[UUID]:
    """The ids of these memories, of those they superseded, of what these superseded, and so on."""
    params = {"project_id": tenant.project_id, "memory_ids": list(memory_ids)}
    return [row["id"] for row in connection.execute(_WITH_SUPERSEDED, params).fetchall()]


def some(
    connection: Connection, tenant: Tenant, erasure: Erasure, until: Until, *, at_most: int
) -> tuple[Receipt, bool]:
    """Erases up to `at_most` memories of what is to go, then as many messages, then as many events.

    Superseded and expired memories go too. Returns what it removed, and whether nothing is left; once that is so, what
    was known of the scope as a whole is gone as well.
    """
    receipt = _matching(connection, tenant, erasure, until.memories, at_most)
    if receipt.memories == at_most or not erasure.whole_scope:
        return receipt, receipt.memories < at_most
    condition, params = compile_filter(erasure.where)
    params = params | {"project_id": tenant.project_id, "until": until.messages, "at_most": at_most}
    messages = connection.execute(sql.SQL(_DELETE_SCOPE_MESSAGES).format(where=condition), params).rowcount
    receipt += Receipt(messages=messages)
    if messages == at_most:
        return receipt, False
    events = _scope_events(connection, tenant, erasure, _ENDED, until.events, at_most)
    receipt += events
    if events.events == at_most:
        return receipt, False
    connection.execute(sql.SQL(_DELETE_SCOPE_SUMMARIES).format(where=condition), params)
    large_scope_indexes.forget(connection, tenant, erasure.where)
    return receipt, True


def _matching(connection: Connection, tenant: Tenant, erasure: Erasure, until: UUID, at_most: int) -> Receipt:
    condition, params = compile_filter(erasure.where)
    statement = sql.SQL(_DELETE_MATCHING).format(where=condition, spans=SPANS)
    own = {"project_id": tenant.project_id, "until": until, "at_most": at_most}
    return _erase_traces(connection, tenant, connection.execute(statement, params | own).fetchall())


def _erase_traces(connection: Connection, tenant: Tenant, rows: Sequence[dict[str, Any]]) -> Receipt:
    if not rows:
        return Receipt()
    memory_ids = [row["id"] for row in rows]
    # Rows without a span were not made from a part of their message.
    spans = [
        {"project_id": tenant.project_id, "message_id": message_id, "start": span.lower, "until": span.upper}
        for row in rows
        for message_id, span in zip(row["source_message_ids"], row["source_spans"], strict=False)
        if not span.isempty
    ]
    params: dict[str, Any] = {
        "project_id": tenant.project_id,
        "memory_ids": memory_ids,
        "ids": [new_id() for _ in rows],
        "user_ids": [row["user_id"] for row in rows],
        "agent_ids": [row["agent_id"] for row in rows],
        "app_ids": [row["app_id"] for row in rows],
        "run_ids": [row["run_id"] for row in rows],
        "row_scope_keys": [row["scope_key"] for row in rows],
        "told": _TOLD,
        "event_ids": [row["event_id"] for row in rows if row["event_id"]],
        "message_ids": sorted({m for row in rows for m in row["source_message_ids"]}),
    }
    history = connection.execute(_BLANK_HISTORY, params).rowcount
    connection.execute(_TOMBSTONES, params)
    connection.execute(_FORGET_SUCCESSORS, params)
    connection.execute(_BLANK_SUMMARIES, params)
    echoes.blank(connection, tenant.project_id, memory_ids, params["message_ids"], [row["text"] for row in rows])
    connection.execute(_BLANK_EVENTS, params)
    connection.execute(_BLANK_REASONS, params)
    messages = connection.execute(_DELETE_MESSAGES, params).rowcount
    # One by one: a message may lose several parts.
    connection.cursor().executemany(_BLANK_SPAN, spans)
    # The trigger on the table has left a row in the graph's outbox for each.
    return Receipt(memories=len(rows), history=history, messages=messages, graph_queued=len(rows))


def queued(connection: Connection, tenant: Tenant, erasure: Erasure) -> Receipt:
    """Erases what waits in the queue for a scope, so that its messages find nothing.

    Waits for events that are being applied and keeps others back; before anything of the scope is erased.
    """
    condition, params = compile_filter(erasure.where)
    statement = sql.SQL(_HOLD_EVENTS).format(where=condition)
    connection.execute(statement, params | {"project_id": tenant.project_id})
    return _scope_events(connection, tenant, erasure, _QUEUED, ALL.events, None)


def _scope_events(
    connection: Connection, tenant: Tenant, erasure: Erasure, statuses: list[str], until: UUID, at_most: int | None
) -> Receipt:
    """Erases adds of a scope with their messages; of one with an idempotency key the key's digest stays."""
    condition, params = compile_filter(erasure.where)
    own: dict[str, Any] = {"project_id": tenant.project_id, "user_id": tenant.user_id or ""}
    wanted = {"until": until, "at_most": at_most, "statuses": statuses}
    rows = connection.execute(sql.SQL(_SCOPE_EVENTS).format(where=condition), params | own | wanted).fetchall()
    messages = connection.execute(_DELETE_MESSAGES_OF, own | {"event_ids": [row["id"] for row in rows]}).rowcount
    if keyed := [row["id"] for row in rows if row["keyed"]]:
        connection.execute(_AS_PROJECT)
        connection.execute(_KEEP_KEYS, own | {"event_ids": keyed})
        connection.execute(_AS_TENANT, own)
    connection.execute(_DELETE_EVENTS, own | {"event_ids": [row["id"] for row in rows if not row["keyed"]]})
    return Receipt(messages=messages, events=len(rows))


def until_now(connection: Connection, tenant: Tenant, erasure: Erasure) -> Until:
    """How far the tables go for this erasure now: what is written later is not meant."""
    condition, params = compile_filter(erasure.where)
    params = params | {"project_id": tenant.project_id}

    def last(table: str) -> UUID:
        statement = sql.SQL(_LAST).format(table=sql.Identifier("cairn", table), where=condition)
        row = connection.execute(statement, params).fetchone()
        return row["id"] if row else _NONE

    if not erasure.whole_scope:  # metadata and filters are of memories alone
        return Until(last("memories"), _NONE, _NONE)
    return Until(last("memories"), last("messages"), last("events"))


def store(connection: Connection, tenant: Tenant, event_id: UUID, payload: dict[str, Any], results: list[Any]) -> None:
    """Stores a receipt as it reads, as a finished event of the tenant's."""
    own = {"project_id": tenant.project_id, "id": event_id, "user_id": tenant.user_id}
    connection.execute(_RECORD, own | {"payload": Jsonb(payload), "results": Jsonb(results)})
