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
from cairn.projects.settings import to_settings

_STANDING: Final = sql.SQL("""
SELECT e.scope_key, e.status = 'FAILED' AS failed, EXISTS (
    SELECT FROM cairn.events p WHERE p.project_id = e.project_id AND p.scope_key = e.scope_key AND p.id < e.id
    AND p.status IN ('PENDING', 'RUNNING')) OR {erasing} AS behind, e.type = 'DELETE' AS erasure
FROM cairn.events e
WHERE e.project_id = %(project_id)s AND e.id = %(event_id)s AND e.status <> 'SUCCEEDED'
""").format(erasing=RUNNING.format(event=sql.Identifier("e")))
_CLAIM: Final = """
UPDATE cairn.events SET status = 'RUNNING', attempts = attempts + 1, started_at = coalesce(started_at, now()),
    updated_at = now()
WHERE project_id = %(project_id)s AND id = %(event_id)s AND status IN ('PENDING', 'RUNNING')
RETURNING user_id, agent_id, app_id, run_id, payload
"""
_RECENT: Final = """
SELECT id, sequence, role, name, content, occurred_at FROM (
    SELECT * FROM cairn.messages
    WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s AND id < (
        SELECT id FROM cairn.messages WHERE project_id = %(project_id)s AND event_id = %(event_id)s
        ORDER BY sequence LIMIT 1)
    ORDER BY id DESC LIMIT 10) last
ORDER BY id
"""
_BACKGROUND: Final = """
SELECT p.settings,
       (SELECT s.text FROM cairn.summaries s
        WHERE s.project_id = %(project_id)s AND s.scope_key = %(scope_key)s) AS summary
FROM cairn.projects p WHERE p.project_id = %(project_id)s
"""
_MESSAGES: Final = """
SELECT id, sequence, role, name, content, occurred_at FROM cairn.messages
WHERE project_id = %(project_id)s AND event_id = %(event_id)s ORDER BY sequence
"""


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
        claimed = connection.execute(_CLAIM, params)
        messages = connection.execute(_MESSAGES, params)
        recent = connection.execute(_RECENT, params)
        background = connection.execute(_BACKGROUND, params)
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
