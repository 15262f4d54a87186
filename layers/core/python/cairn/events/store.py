"""Events and messages in Postgres: the outbox of every accepted write."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from cairn.events import claim
from cairn.events.rows import to_event
from cairn.events.types import Event, EventStatus, NewEvent, Noted, QueuedEvent, Unclaimed, Work
from cairn.kernel.errors import Conflict
from cairn.kernel.tenancy import Page, Tenant
from cairn.kernel.usage import TokenUsage
from cairn.memories import changes, copy_in, repeats
from cairn.memories.being_erased import RUNNING
from cairn.memories.options import options_payload
from cairn.memories.types import NewMemory, Operation
from cairn.platform.database import Connection, Database
from cairn.platform.failing_rows import FailingRows
from cairn.platform.retries import LOST_AFTER, Failure, Retry
from cairn.platform.rows import scope_params
from cairn.platform.sql_files import named_statements
from cairn.projects import usage_rows

_SQL: Final = named_statements(__name__)
_GET: Final = _SQL["select"].format(which=sql.SQL("e.id = %(event_id)s AND e.type <> 'ERASED'"))
_BY_KEY: Final = _SQL["select"].format(which=_SQL["by_key"])
_LIST: Final = _SQL["select"].format(which=_SQL["page"])
_PARK: Final = _SQL["park"].format(erasing=RUNNING.format(event=sql.Identifier("e")))
_FAILED: Final = FailingRows(_SQL["failing"], _SQL["note_failure"], _SQL["give_up"], _SQL["postpone"])
_COPIED: Final = 4  # memories of one add: from so many on, copying them is quicker than inserting each


class PostgresEventStore:
    """Events and their messages: the outbox of every accepted write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accept(self, tenant: Tenant, event: NewEvent) -> tuple[Event, QueuedEvent | None]:
        """Stores a PENDING event with its messages in one transaction.

        Returns the event and what to send now, as `next_unsent` does: itself, unless an earlier one of its scope waits.
        Where the idempotency key is known already nothing is stored, and the event is the first one, with nothing to
        send.
        """
        with self._database.transaction(tenant) as connection:
            inserted = _insert_event(connection, tenant, event, EventStatus.PENDING, [])
            if inserted is None:
                return _by_key(connection, tenant, event), None
            with connection.pipeline():
                _insert_messages(connection, tenant, event)
                found = connection.execute(_SQL["next"], _next_params(tenant, event.id))
            return to_event(inserted | {"results": ()}), _queued(tenant, found.fetchone())

    def next_unsent(self, tenant: Tenant, event_id: UUID) -> QueuedEvent | None:
        """The first unfinished event of this one's scope that no message stands for, where there is one and it is due.

        Whoever ends an event sends the next one, so that those that wait behind it need no messages of their own.
        """
        (rows,) = self._database.read(tenant, [(_SQL["next"], _next_params(tenant, event_id))])
        return _queued(tenant, rows[0] if rows else None)

    def accept_done(self, tenant: Tenant, event: NewEvent, new: Sequence[NewMemory], noted: Noted) -> Event:
        """Stores a SUCCEEDED event, its messages and its memories in one transaction; a known key as in `accept`.

        A memory that its scope holds in the same words is known, and not stored again, unless the options allow it.
        """
        with self._database.transaction(tenant, with_vectors=True) as connection:
            known = {} if event.options.allow_duplicates else _known(connection, tenant, event, new)
            results = [_kept(memory, known) for memory in new]
            inserted = _insert_event(connection, tenant, event, EventStatus.SUCCEEDED, results)
            if inserted is None:
                return _by_key(connection, tenant, event)
            fresh = [memory for memory in new if known.get(memory.text_sha256, memory.id) == memory.id]
            if len(fresh) >= _COPIED:
                copy_in.memories(connection, tenant, event.id, fresh)
            with connection.pipeline():
                _insert_messages(connection, tenant, event)
                for sequence, memory in enumerate(fresh if len(fresh) < _COPIED else ()):
                    connection.execute(changes.INSERT, changes.insert_params(memory, tenant, event.id, sequence))
                for memory in new:
                    if known.get(memory.text_sha256, memory.id) != memory.id:
                        repeats.note(connection, tenant, known[memory.text_sha256], memory)
                usage_rows.record(connection, tenant, (), event.id, noted.payload)
        told = [{**result, "memory": memory.text} for result, memory in zip(results, new, strict=True)]
        return to_event(inserted | {"results": told, "usage": noted.payload})

    def accept_import(self, tenant: Tenant, event: NewEvent, new: Sequence[NewMemory]) -> Event:
        """Stores a SUCCEEDED event and its memories in one transaction; a known key as in `accept`.

        The event's one result counts what was `added` and what was `known`.
        """
        with self._database.transaction(tenant, with_vectors=True) as connection:
            inserted = _insert_event(connection, tenant, event, EventStatus.SUCCEEDED, [])
            if inserted is None:
                return _by_key(connection, tenant, event)
            added = copy_in.memories(connection, tenant, event.id, new)
            result = {"event": Operation.ADD.value, "added": added, "known": len(new) - added}
            params = {"project_id": tenant.project_id, "event_id": event.id, "results": Jsonb([result])}
            connection.execute(_SQL["set_results"], params)
        return to_event(inserted | {"results": [result | {"memory": None}]})

    def mark_enqueued(self, tenant: Tenant, event_ids: Sequence[UUID]) -> None:
        """Notes that the queue has taken these events.

        Losing this note only sends the event once more, so it does not wait for the disk.
        """
        with self._database.transaction(tenant) as connection, connection.pipeline():
            connection.execute("SET LOCAL synchronous_commit = off")
            connection.execute(_SQL["mark_enqueued"], {"project_id": tenant.project_id, "event_ids": list(event_ids)})

    def get(self, tenant: Tenant, event_id: UUID) -> Event | None:
        """The event with the texts of its results, or None."""
        (rows,) = self._database.read(tenant, [(_GET, {"project_id": tenant.project_id, "event_id": event_id})])
        return to_event(rows[0]) if rows else None

    def list_events(self, tenant: Tenant, page: Page, status: EventStatus | None) -> tuple[int, list[Event]]:
        """Count of all (of a status) and one page, newest first."""
        params = {
            "project_id": tenant.project_id,
            "size": page.size,
            "offset": page.offset,
            "status": status.value if status else None,
        }
        counted, rows = self._database.read(tenant, [(_SQL["count"], params), (_LIST, params)])
        return counted[0]["count"], [to_event(row) for row in rows]

    def claim(self, tenant: Tenant, event_id: UUID) -> Work | Unclaimed:
        """Marks the event RUNNING and returns what to consolidate, or why there is nothing to do now.

        An event waits for the earlier ones of its scope: queues keep that order by themselves, but not once one of them
        was put back to wait.
        """
        with self._database.transaction(tenant) as connection:
            return claim.claim(connection, tenant, event_id)

    def park(self, tenant: Tenant, event_id: UUID, reason: str) -> bool:
        """Puts an event back to PENDING, unsent, with `reason` as its error, to be sent when the one before it ends.

        False, and nothing done, where no earlier event of its scope is unfinished any more.
        """
        params = {"project_id": tenant.project_id, "event_id": event_id, "reason": reason}
        with self._database.transaction(tenant) as connection:
            return connection.execute(_PARK, params).rowcount > 0

    def note_usage(self, tenant: Tenant, event_id: UUID, usage: Sequence[TokenUsage]) -> None:
        """Adds what an attempt cost that came to nothing to the event's usage and the project's."""
        with self._database.transaction(tenant) as connection:
            usage_rows.record(connection, tenant, usage, event_id)

    def fail(self, tenant: Tenant, event_id: UUID, generation: int, failure: Failure) -> Retry | None:
        """Writes down that an attempt of this generation of an event failed, and what becomes of it.

        It keeps its message where it need not wait long, is unsent until its next try where it must, or is FAILED.
        None where it is finished, erased or in another generation.
        """
        params: dict[str, Any] = {"project_id": tenant.project_id, "event_id": event_id, "generation": generation}
        with self._database.transaction(tenant) as connection:
            return _FAILED.fail(connection, params, failure)

    def give_up(self, tenant: Tenant, event_id: UUID, generation: int, error: str) -> None:
        """Makes an event FAILED with this error. Does nothing to a finished event, or to another generation of it."""
        params = {"project_id": tenant.project_id, "event_id": event_id, "generation": generation, "error": error}
        with self._database.transaction(tenant) as connection:
            connection.execute(_SQL["give_up"], params)

    def redrive(self, tenant: Tenant, event_id: UUID) -> QueuedEvent | None:
        """Puts a FAILED event back to PENDING; None when it is not FAILED."""
        params = {"project_id": tenant.project_id, "event_id": event_id}
        with self._database.transaction(tenant) as connection:
            row = connection.execute(_SQL["redrive"], params).fetchone()
        return QueuedEvent(tenant.project_id, event_id, row["scope_key"], row["generation"]) if row else None

    def unfinished(self, unsent_after: timedelta, unfinished_after: timedelta) -> list[QueuedEvent]:
        """Events of all projects that were never sent or never finished and are due, oldest first; ids only.

        The first of each scope alone, unless `unfinished_after` is nothing: then the queue has lost what it had.
        """
        with self._database.session() as connection:
            rows = connection.execute(_SQL["unfinished"], [unsent_after, unfinished_after]).fetchall()
        return [QueuedEvent(r["project_id"], r["event_id"], r["scope_key"], r["redrives"]) for r in rows]


def _next_params(tenant: Tenant, event_id: UUID) -> dict[str, Any]:
    return {"project_id": tenant.project_id, "event_id": event_id, "lost_after": LOST_AFTER}


def _queued(tenant: Tenant, row: DictRow | None) -> QueuedEvent | None:
    return QueuedEvent(tenant.project_id, row["id"], row["scope_key"], row["generation"]) if row else None


def _known(connection: Connection, tenant: Tenant, event: NewEvent, new: Sequence[NewMemory]) -> dict[bytes, UUID]:
    """By their words, the memories that say what `new` says: those of the scope, or the first of `new`."""
    digests = {memory.text_sha256: memory.id for memory in reversed(new)}
    return digests | repeats.known(connection, tenant, event.scope, digests, lock=True)


def _kept(memory: NewMemory, known: Mapping[bytes, UUID]) -> dict[str, Any]:
    """The result of keeping a message, or of leaving it out because it is there."""
    memory_id = known.get(memory.text_sha256, memory.id)
    if memory_id == memory.id:
        return {"event": Operation.ADD, "id": str(memory.id), "reason": "Kept as said (infer=false)."}
    return {"event": Operation.NOOP, "id": str(memory_id), "reason": "Said before in the same words."}


def _insert_event(
    connection: Connection, tenant: Tenant, event: NewEvent, status: EventStatus, results: Sequence[Mapping[str, Any]]
) -> DictRow | None:
    """The row without its results; None when the idempotency key is known: then nothing was stored."""
    event_params = {
        "project_id": tenant.project_id,
        "id": event.id,
        **scope_params(event.scope),
        "scope_key": event.scope.key,
        "payload": Jsonb(options_payload(event.options)),
        **_key_params(tenant, event),
        "request_sha256": event.request_sha256,
        "status": status.value,
        "results": Jsonb(list(results)),
        "done": status is EventStatus.SUCCEEDED,
    }
    return connection.execute(_SQL["insert_event"], event_params).fetchone()


def _key_params(tenant: Tenant, event: NewEvent) -> dict[str, Any]:
    """What the idempotency key of this caller is kept as, and as what else its first request may have been kept."""
    key = event.idempotency_key
    if key is None:
        return {"idempotency_key": None, "other_keys": []}
    of_project = _digest(f"{tenant.project_id}{key}")
    # Neither an id nor a key holds a NUL.
    of_user = _digest(f"{tenant.project_id}\0{event.scope.user_id}\0{key}") if event.scope.user_id else of_project
    own, other = (of_project, of_user) if tenant.user_id is None else (of_user, of_project)
    return {"idempotency_key": own, "other_keys": [key, other]}


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _insert_messages(connection: Connection, tenant: Tenant, event: NewEvent) -> None:
    messages = event.messages
    connection.execute(
        _SQL["insert_messages"],
        {
            "project_id": tenant.project_id,
            "event_id": event.id,
            **scope_params(event.scope),
            "scope_key": event.scope.key,
            "ids": [m.id for m in messages],
            "sequences": [m.sequence for m in messages],
            "roles": [m.role for m in messages],
            "names": [m.name for m in messages],
            "contents": [m.content for m in messages],
            "times": [m.occurred_at for m in messages],
        },
    )


def _by_key(connection: Connection, tenant: Tenant, event: NewEvent) -> Event:
    params = {"project_id": tenant.project_id, **_key_params(tenant, event)}
    row = connection.execute(_BY_KEY, params).fetchone()
    if row is None:  # it was erased meanwhile, or belongs to a user that this pinned key may not see
        raise Conflict("This Idempotency-Key is taken.")
    return to_event(row)
