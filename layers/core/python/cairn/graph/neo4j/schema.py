"""Constraints and indexes of the graph: the keys that MERGE goes by, and the ids that a scope is found by."""

from typing import Final, LiteralString

SCHEMA: Final[tuple[LiteralString, ...]] = (
    """CREATE CONSTRAINT cairn_scope IF NOT EXISTS
    FOR (s:Scope) REQUIRE (s.project_id, s.scope) IS UNIQUE""",
    """CREATE CONSTRAINT cairn_memory IF NOT EXISTS
    FOR (m:Memory) REQUIRE (m.project_id, m.scope, m.memory_id) IS UNIQUE""",
    """CREATE CONSTRAINT cairn_entity IF NOT EXISTS
    FOR (e:Entity) REQUIRE (e.project_id, e.scope, e.key) IS UNIQUE""",
    "CREATE INDEX cairn_memory_id IF NOT EXISTS FOR (m:Memory) ON (m.project_id, m.memory_id)",
    "CREATE INDEX cairn_scope_user IF NOT EXISTS FOR (s:Scope) ON (s.project_id, s.user_id)",
    "CREATE INDEX cairn_scope_agent IF NOT EXISTS FOR (s:Scope) ON (s.project_id, s.agent_id)",
    "CREATE INDEX cairn_scope_app IF NOT EXISTS FOR (s:Scope) ON (s.project_id, s.app_id)",
    "CREATE INDEX cairn_scope_run IF NOT EXISTS FOR (s:Scope) ON (s.project_id, s.run_id)",
)
