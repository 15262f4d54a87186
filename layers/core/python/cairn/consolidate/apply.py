"""What consolidation decided about one event, applied inside one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from cairn.consolidate.entities_from_model import merged
from cairn.consolidate.types import Applied, Decision, Outcome
from cairn.events.types import Noted
from cairn.kernel.errors import Contended
from cairn.kernel.tenancy import Scope, Tenant
from cairn.language.entities import Read
from cairn.memories import changes, message_index, repeats
from cairn.memories.rows import (
    MEMORY_COLUMNS,
    SPANS,
    entities_param,
    halves,
    passages_param,
    relations_param,
    spans_param,
    to_entities,
    to_memory,
    to_relations,
)
from cairn.memories.types import Memory, NewMemory, Operation, text_sha256
from cairn.platform.database import Connection
from cairn.platform.sql_files import named_statements
from cairn.projects import usage_rows

_SQL: Final = named_statements(__name__)
_LOCK_TARGETS: Final = _SQL["lock_targets"].format(columns=MEMORY_COLUMNS)
_CHANGE: Final = _SQL["change"].format(spans=SPANS)
Result = Mapping[str, Any]


def outcome(connection: Connection, tenant: Tenant, event_id: UUID, made: Outcome) -> Applied | None:
    """Applies it and finishes the event; None when the event is finished or gone.

    The lock on the event's row makes the effect exactly-once: a second delivery finds the event finished.
    """
    event = {"project_id": tenant.project_id, "event_id": event_id}
    row = connection.execute(_SQL["lock_unfinished"], event).fetchone()
    if row is None:
        return None
    targets = _locked(connection, tenant, made.decisions)
    results: list[Result] = []
    known: dict[UUID | None, UUID] = {}  # what was not inserted, because it is there already under another id
    for decision in made.decisions:
        decision = replace(decision, known_id=known.get(decision.known_id, decision.known_id))
        done = _apply(connection, tenant, event_id, decision, targets, len(results))
        if decision.memory and done[0]["event"] == Operation.NOOP:
            known[decision.memory.id] = UUID(done[0]["id"])
        results += done
    if made.summary is not None:
        connection.execute(
            _SQL["summary"],
            {**row, "project_id": tenant.project_id, "summary": made.summary, "made_from": made.made_from},
        )
    message_index.insert(connection, tenant, event_id, made.turns, made.options)
    connection.execute(_SQL["finish"], event | {"results": Jsonb(results)})
    usage_rows.record(connection, tenant, made.usage, event_id, Noted(made.dropped, made.warnings).payload)
    return _counted(results)


def _locked(connection: Connection, tenant: Tenant, decisions: Sequence[Decision]) -> dict[UUID, Memory]:
    """The targets as they are; raises Contended where one is not what was decided about."""
    seen = {target.id: target for decision in decisions for target in decision.targets}
    if not seen:
        return {}
    params: dict[str, Any] = {"project_id": tenant.project_id, "memory_ids": list(seen)}
    found = {row["id"]: to_memory(row) for row in connection.execute(_LOCK_TARGETS, params)}
    for memory_id, target in seen.items():
        memory = found.get(memory_id)
        if memory is None or memory.version != target.version or memory.invalid_at is not None:
            raise Contended(f"Memory {str(memory_id)!r} changed while it was decided about; it is decided again.")
    return found


def _apply(
    connection: Connection,
    tenant: Tenant,
    event_id: UUID,
    decision: Decision,
    targets: Mapping[UUID, Memory],
    sequence: int,
) -> list[Result]:
    """Applies one decision; an ADD that an exact repeat forestalled becomes a NOOP."""
    known = [targets[target.id] for target in decision.targets]
    if decision.operation is Operation.UPDATE and decision.memory:
        return [_update(connection, tenant, event_id, decision, decision.memory, known[0])]
    results: list[Result] = []
    successor = decision.known_id
    if decision.memory:
        added = _insert(connection, tenant, event_id, decision.memory, decision.reason, sequence)
        successor = UUID(added["id"])
        results.append(added)
    for memory in known if decision.operation is Operation.DELETE else ():
        results.append(_close(connection, tenant, event_id, decision, memory, successor))
    if not results and decision.known_id and decision.repeated:
        repeats.note(connection, tenant, decision.known_id, decision.repeated)
    return results or [_result(Operation.NOOP, decision.known_id, decision.reason)]


def _insert(
    connection: Connection, tenant: Tenant, event_id: UUID, memory: NewMemory, reason: str, sequence: int
) -> Result:
    if memory.superseded_by:
        return _insert_late(connection, tenant, event_id, memory, reason, sequence)
    params = changes.insert_params(memory, tenant, event_id, sequence)
    if connection.execute(changes.INSERT, params).rowcount:
        return _result(Operation.ADD, memory.id, reason)
    known_id = _known(connection, tenant, memory.scope, memory.text_sha256)
    if known_id is None:  # what stood in its way had expired
        connection.execute(changes.INSERT, params)
        return _result(Operation.ADD, memory.id, reason)
    repeats.note(connection, tenant, known_id, memory)
    return _result(Operation.NOOP, known_id, "Said before in the same words.")


def _insert_late(
    connection: Connection, tenant: Tenant, event_id: UUID, memory: NewMemory, reason: str, sequence: int
) -> Result:
    """Puts a state that is told after its successor where it belongs among the states before that one."""
    params: dict[str, Any] = {
        "project_id": tenant.project_id,
        "scope_key": memory.scope.key,
        "text_sha256": memory.text_sha256,
        "valid_from": memory.valid_from,
    }
    told = connection.execute(_SQL["told_before"], params).fetchone()
    if told:  # an import that is made again
        repeats.note(connection, tenant, told["id"], memory)
        return _result(Operation.NOOP, told["id"], "Told before in the same words.")
    following, shortened = _place(connection, tenant, memory)
    if following:
        memory = replace(memory, invalid_at=following["valid_from"], superseded_by=following["id"])
    connection.execute(changes.INSERT, changes.insert_params(memory, tenant, event_id, sequence))
    if shortened:
        params = {"memory_id": shortened["id"], "at": memory.valid_from, "successor": memory.id}
        connection.execute(_SQL["close"], params | {"project_id": tenant.project_id})
    return _result(Operation.ADD, memory.id, reason)


def _place(connection: Connection, tenant: Tenant, memory: NewMemory) -> tuple[DictRow | None, DictRow | None]:
    """Of the states that led to its successor: the one that followed it, and the one that it ended.

    Where a state took the place of several at once, they ran beside each other: which of them belongs with this one is
    not known, and they stay as they are.
    """
    following: DictRow | None = None
    while True:
        successor = following["id"] if following else memory.superseded_by
        before = connection.execute(
            _SQL["before"], {"project_id": tenant.project_id, "successor": successor}
        ).fetchall()
        if len(before) != 1:
            return following, None
        (previous,) = before
        if previous["valid_from"] <= memory.valid_from:
            goes_on = previous["valid_from"] < memory.valid_from < previous["invalid_at"]
            return following, previous if goes_on else None
        following = previous


def _known(connection: Connection, tenant: Tenant, scope: Scope, digest: bytes) -> UUID | None:
    """The memory of the scope that says exactly this, and holds; one that has expired is ended, and in nobody's way."""
    repeats.close_expired(connection, tenant, [(scope, digest)])
    return repeats.known(connection, tenant, scope, [digest]).get(digest)


def _update(
    connection: Connection, tenant: Tenant, event_id: UUID, decision: Decision, new: NewMemory, current: Memory
) -> Result:
    digest = text_sha256(new.text, current.actor)
    known_id = _known(connection, tenant, new.scope, digest)
    if known_id is not None:
        repeats.note(connection, tenant, known_id, new)
        return _result(Operation.NOOP, known_id, "A memory of this scope says exactly that.")
    params: dict[str, Any] = {
        "project_id": tenant.project_id,
        "memory_id": current.id,
        "text": new.text,
        "text_sha256": digest,
        "embedding": halves(new.embedding),
        "passages": passages_param(new.passages),
        "indexed_text": new.indexed_texts[0],
        "categories": list(new.categories),
        "importance": new.importance,
        "event_time": new.event and new.event.at,
        "event_precision": new.event and new.event.precision.value,
        "source_message_ids": list(new.source_message_ids),
        "source_spans": spans_param(new.source_spans),
        "extractor": new.extractor,
    }
    named = _named(connection, params, new, current)
    connection.execute(_CHANGE, {**params, **named})
    # Each text holds from when the one before it does, or later: the last one is what the memory says now.
    last = connection.execute(_SQL["last_change"], params).fetchone()
    moments: list[datetime | None] = [decision.at, last["at"] if last else None]
    at = max((moment for moment in moments if moment), default=None)
    changes.write_history(
        connection, tenant, current, Operation.UPDATE, new.text, actor=decision.by, event_id=event_id, at=at
    )
    return _result(Operation.UPDATE, current.id, decision.reason)


def _named(connection: Connection, ids: Mapping[str, Any], new: NewMemory, current: Memory) -> Mapping[str, Any]:
    """What the merged text names: all that the memory and the fact named, as far as the text still does."""
    row = connection.execute(_SQL["named"], ids).fetchone()
    before = Read(to_entities(row), to_relations(row)) if row else Read()
    found = merged(new.text, current.actor, (Read(new.entities, new.relations), before))
    return {"entities": entities_param(found.entities), "relations": relations_param(found.relations)}


def _close(
    connection: Connection,
    tenant: Tenant,
    event_id: UUID,
    decision: Decision,
    current: Memory,
    successor: UUID | None,
) -> Result:
    # What a fact says of the time before a memory began does not end the memory before it began.
    at = max(decision.at, current.valid_from) if decision.at else current.valid_from
    params = {"project_id": tenant.project_id, "memory_id": current.id, "at": at, "successor": successor}
    connection.execute(_SQL["close"], params)
    changes.write_history(
        connection, tenant, current, Operation.DELETE, None, actor=decision.by, event_id=event_id, at=at
    )
    result = _result(Operation.DELETE, current.id, decision.reason)
    return {**result, "replaced_by": str(successor)} if successor else result


def _result(operation: Operation, memory_id: UUID | None, reason: str) -> dict[str, Any]:
    return {"event": operation.value, "id": str(memory_id) if memory_id else None, "reason": reason}


def _counted(results: Sequence[Result]) -> Applied:
    operations = [result["event"] for result in results]
    return Applied(
        operations.count(Operation.ADD),
        operations.count(Operation.UPDATE),
        operations.count(Operation.DELETE),
        operations.count(Operation.NOOP),
    )
