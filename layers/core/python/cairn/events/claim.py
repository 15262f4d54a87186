"""Claiming an event for consolidation: is it its turn, and what does its scope know already."""

from typing import Any, Final
from uuid import UUID

from psycopg import sql

from cairn.events.types import Unclaimed, Work
from cairn.kernel.tenancy import Tenant
from cairn.memories.being_erased import RUNNING
from cairn.memories.messages import Message
from cairn.memories.options import to_options
from cairn.platform.database import Connection
from cairn.platform.rows import to_scope
from cairn.platform.sql_files import named_statements
from cairn.projects.settings import to_settings

_SQL: Final = named_statements(__name__)
_STANDING: Final = _SQL["standing"].format(erasing=RUNNING.format(event=sql.Identifier("e")))


def claim(connection: Connection, tenant: Tenant, event_id: UUID) -> Work | Unclaimed:
    """Marks the event RUNNING and returns what to consolidate, or why there is nothing to do now."""
    params: dict[str, Any] = {"project_id": tenant.project_id, "event_id": event_id}
    standing = connection.execute(_STANDING, params).fetchone()
    if standing is None:
        return Unclaimed.FINISHED
    if standing["failed"]:
        return Unclaimed.FAILED
    if standing["behind"]:
        return Unclaimed.BEHIND
    if standing["erasure"]:
        return Unclaimed.ERASURE
    return _work(connection, params | {"scope_key": standing["scope_key"]})


def _work(connection: Connection, params: dict[str, Any]) -> Work | Unclaimed:
    with connection.pipeline():
        claimed = connection.execute(_SQL["claim"], params)
        messages = connection.execute(_SQL["messages"], params)
        recent = connection.execute(_SQL["recent"], params)
        background = connection.execute(_SQL["background"], params)
    row, about = claimed.fetchone(), background.fetchone()
    if row is None or about is None:
        return Unclaimed.FINISHED
    return Work(
        scope=to_scope(row),
        options=to_options(row["payload"]),
        messages=tuple(Message(**m) for m in messages),
        recent=tuple(Message(**m) for m in recent),
        summary=about["summary"],
        settings=to_settings(about["settings"]),
    )
