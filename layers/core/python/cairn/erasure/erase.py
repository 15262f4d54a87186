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
from cairn.platform.sql_files import named_statements
from cairn.search import large_scope_indexes

_SQL: Final = named_statements(__name__)
# A key as earlier releases kept it, as it came, becomes what events.py makes of one of the project.
_KEY_AS_DIGEST: Final = sql.SQL("""
CASE WHEN idempotency_key LIKE 'sha256:%%' THEN idempotency_key
     ELSE 'sha256:' || encode(sha256(convert_to(project_id || idempotency_key, 'UTF8')), 'hex') END""")
_BLANK_EVENTS: Final = _SQL["blank_events"].format(digest=_KEY_AS_DIGEST)
_TOLD: Final = [
    "custom_instructions",
    "agent_custom_instructions",
    "includes",
    "excludes",
    "custom_categories",
]
_KEEP_KEYS: Final = _SQL["keep_keys"].format(digest=_KEY_AS_DIGEST)
_QUEUED: Final = ["PENDING", "RUNNING"]
_ENDED: Final = ["SUCCEEDED", "FAILED"]
_NONE: Final = UUID(int=0)
_LATEST: Final = UUID(int=2**128 - 1)


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
    rows = connection.execute(_SQL["delete_memories"].format(spans=SPANS), params).fetchall()
    return _erase_traces(connection, tenant, rows), {row["id"] for row in rows}


def with_superseded(connection: Connection, tenant: Tenant, memory_ids: Sequence[UUID]) -> list[UUID]:
    """The ids of these memories, of those they superseded, of what these superseded, and so on."""
    params = {"project_id": tenant.project_id, "memory_ids": list(memory_ids)}
    return [row["id"] for row in connection.execute(_SQL["with_superseded"], params).fetchall()]


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
    messages = connection.execute(_SQL["delete_scope_messages"].format(where=condition), params).rowcount
    receipt += Receipt(messages=messages)
    if messages == at_most:
        return receipt, False
    events = _scope_events(connection, tenant, erasure, _ENDED, until.events, at_most)
    receipt += events
    if events.events == at_most:
        return receipt, False
    connection.execute(_SQL["delete_scope_summaries"].format(where=condition), params)
    large_scope_indexes.forget(connection, tenant, erasure.where)
    return receipt, True


def _matching(connection: Connection, tenant: Tenant, erasure: Erasure, until: UUID, at_most: int) -> Receipt:
    condition, params = compile_filter(erasure.where)
    statement = _SQL["delete_matching"].format(where=condition, spans=SPANS)
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
    history = connection.execute(_SQL["blank_history"], params).rowcount
    connection.execute(_SQL["tombstones"], params)
    connection.execute(_SQL["forget_successors"], params)
    connection.execute(_SQL["blank_summaries"], params)
    echoes.blank(connection, tenant.project_id, memory_ids, params["message_ids"], [row["text"] for row in rows])
    connection.execute(_BLANK_EVENTS, params)
    connection.execute(_SQL["blank_reasons"], params)
    messages = connection.execute(_SQL["delete_messages"], params).rowcount
    # One by one: a message may lose several parts.
    connection.cursor().executemany(_SQL["blank_span"], spans)
    # The trigger on the table has left a row in the graph's outbox for each.
    return Receipt(memories=len(rows), history=history, messages=messages, graph_queued=len(rows))


def queued(connection: Connection, tenant: Tenant, erasure: Erasure) -> Receipt:
    """Erases what waits in the queue for a scope, so that its messages find nothing.

    Waits for events that are being applied and keeps others back; before anything of the scope is erased.
    """
    condition, params = compile_filter(erasure.where)
    statement = _SQL["hold_events"].format(where=condition)
    connection.execute(statement, params | {"project_id": tenant.project_id})
    return _scope_events(connection, tenant, erasure, _QUEUED, ALL.events, None)


def _scope_events(
    connection: Connection, tenant: Tenant, erasure: Erasure, statuses: list[str], until: UUID, at_most: int | None
) -> Receipt:
    """Erases adds of a scope with their messages; of one with an idempotency key the key's digest stays."""
    condition, params = compile_filter(erasure.where)
    own: dict[str, Any] = {"project_id": tenant.project_id, "user_id": tenant.user_id or ""}
    wanted = {"until": until, "at_most": at_most, "statuses": statuses}
    rows = connection.execute(_SQL["scope_events"].format(where=condition), params | own | wanted).fetchall()
    messages = connection.execute(_SQL["delete_messages_of"], own | {"event_ids": [row["id"] for row in rows]}).rowcount
    if keyed := [row["id"] for row in rows if row["keyed"]]:
        connection.execute(_SQL["as_project"])
        connection.execute(_KEEP_KEYS, own | {"event_ids": keyed})
        connection.execute(_SQL["as_tenant"], own)
    connection.execute(_SQL["delete_events"], own | {"event_ids": [row["id"] for row in rows if not row["keyed"]]})
    return Receipt(messages=messages, events=len(rows))


def until_now(connection: Connection, tenant: Tenant, erasure: Erasure) -> Until:
    """How far the tables go for this erasure now: what is written later is not meant."""
    condition, params = compile_filter(erasure.where)
    params = params | {"project_id": tenant.project_id}

    def last(table: str) -> UUID:
        statement = _SQL["last"].format(table=sql.Identifier("cairn", table), where=condition)
        row = connection.execute(statement, params).fetchone()
        return row["id"] if row else _NONE

    if not erasure.whole_scope:  # metadata and filters are of memories alone
        return Until(last("memories"), _NONE, _NONE)
    return Until(last("memories"), last("messages"), last("events"))


def store(connection: Connection, tenant: Tenant, event_id: UUID, payload: dict[str, Any], results: list[Any]) -> None:
    """Stores a receipt as it reads, as a finished event of the tenant's."""
    own = {"project_id": tenant.project_id, "id": event_id, "user_id": tenant.user_id}
    connection.execute(_SQL["record"], own | {"payload": Jsonb(payload), "results": Jsonb(results)})
