"""What the tests of the graph share: rows with entities, a worker that projects them, and the graph as plain values."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from cairn.graph.neo4j.connection import GraphAddress, GraphConnection
from cairn.graph.neo4j.store import Neo4jGraphStore
from cairn.graph.neo4j.writing import moment
from cairn.graph.outbox import NEVER
from cairn.graph.resolve import GraphRow, Names, claims_of, named, projected
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.sync import GraphSync
from cairn.graph.types import EntityRef, GraphChange, GraphView
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Scope, Tenant
from cairn.language.mentions import Mention, Relation
from cairn.platform.database import Database
from tests.graph_servers import Address

ADA = Scope(user_id="ada")
START = datetime(2026, 1, 1, tzinfo=UTC)

_INSERT = """
INSERT INTO cairn.memories (project_id, id, user_id, agent_id, app_id, run_id, scope_key, kind, text, text_sha256,
                            embedding, lexemes, lexeme_count, valid_from, extractor, entities, relations)
VALUES (%(project_id)s, %(id)s, %(user_id)s, %(agent_id)s, %(app_id)s, %(run_id)s, %(scope_key)s, 'verbatim', 'said',
        %(sha)s, (SELECT ('[1' || repeat(',0', dimensions - 1) || ']')::halfvec FROM cairn.embedding_model),
        ''::tsvector, 0, %(valid_from)s, 'test', %(entities)s, %(relations)s)
"""
_CHANGE = """
UPDATE cairn.memories SET entities = %(entities)s, relations = %(relations)s, version = version + 1
WHERE project_id = %(project_id)s AND id = %(id)s
"""
_CLOSE = """
UPDATE cairn.memories SET invalid_at = %(at)s, version = version + 1 WHERE project_id = %(project_id)s AND id = %(id)s
"""
_DELETE = "DELETE FROM cairn.memories WHERE project_id = %(project_id)s AND id = %(id)s"
_ALL = """
SELECT id, user_id, agent_id, app_id, run_id, version, valid_from, invalid_at, entities, relations
FROM cairn.memories WHERE project_id = %(project_id)s
"""

_NODES = "MATCH (n {project_id: $project_id}) RETURN labels(n) AS labels, properties(n) AS properties"
_EDGES = """
MATCH (a {project_id: $project_id})-[r]->(b)
RETURN coalesce(a.memory_id, a.key) AS source, type(r) AS kind, b.key AS target, properties(r) AS properties
"""

Snapshot = frozenset[tuple[Any, ...]]


def mention(text: str) -> Mention:
    """From "Anna:person=my sister": name, type and aliases."""
    name, _, aliases = text.partition("=")
    name, _, kind = name.partition(":")
    return Mention(name, kind or "person", tuple(filter(None, aliases.split("|"))))


def relation(text: str) -> Relation:
    """From "Anna lives_in Porto"."""
    source, kind, target = text.split(" ")
    return Relation(source.replace("_", " "), kind, target.replace("_", " "))


def connect(address: Address, timeout: float = 30) -> Neo4jGraphStore:
    return Neo4jGraphStore(
        GraphConnection(GraphAddress(address.uri, address.user, address.password, address.database, timeout))
    )


@dataclass
class World:
    """One project: its rows, its part of the graph, and whoever carries the one into the other."""

    database: Database
    graph: Neo4jGraphStore
    tenant: Tenant = field(default_factory=lambda: Tenant(new_id()))

    def __post_init__(self) -> None:
        self.rows = PostgresGraphRows(self.database)
        self.sync = GraphSync(self.rows, lambda: self.graph)
        with self.database.transaction(self.tenant) as connection:
            connection.execute(
                "INSERT INTO cairn.projects (project_id, org_id, name) VALUES (%s, %s, 'graph')",
                [self.tenant.project_id, new_id()],
            )

    def put(self, entities: Iterable[str] = (), relations: Iterable[str] = (), scope: Scope = ADA) -> UUID:
        memory_id = new_id()
        ids = {"user_id": scope.user_id, "agent_id": scope.agent_id, "app_id": scope.app_id, "run_id": scope.run_id}
        own = {
            "scope_key": scope.key,
            "sha": hashlib.sha256(secrets.token_bytes(8)).digest(),
            "valid_from": START,
        }
        self._execute(_INSERT, ids | own | self._said(entities, relations), memory_id)
        return memory_id

    def change(self, memory_id: UUID, entities: Iterable[str] = (), relations: Iterable[str] = ()) -> None:
        self._execute(_CHANGE, self._said(entities, relations), memory_id)

    def close(self, memory_id: UUID, at: datetime = START + timedelta(days=10)) -> None:
        self._execute(_CLOSE, {"at": at}, memory_id)

    def delete(self, memory_id: UUID) -> None:
        self._execute(_DELETE, {}, memory_id)

    def messages(self) -> list[GraphChange]:
        """What would be sent now."""
        return self.rows.take(self.tenant, 1000, timedelta(), NEVER)

    def take(self, messages: Sequence[GraphChange]) -> None:
        for message in messages:
            self.sync(self.tenant, message.scope, message.memory_ids)

    def settle(self) -> None:
        """Everything that waits is projected."""
        while messages := self.messages():
            self.take(messages)

    def view(self, whose: Scope = ADA, at: datetime | None = None) -> GraphView:
        return GraphView(self.tenant.project_id, whose, at or datetime.now(UTC))

    def triples(self, start: str, *, depth: int = 1, at: datetime | None = None) -> set[str]:
        view = self.view(at=at)
        starts = [entity.ref for entity in self.graph.find(view, [start])]
        edges = self.graph.related(view, starts, depth, 100).edges
        return {f"{e.source.key} {e.type} {e.target.key}" for e in edges}

    def ref(self, key: str, scope: Scope = ADA) -> EntityRef:
        return EntityRef(scope.graph.key, key)

    def waiting(self) -> int:
        return self.rows.waiting(self.tenant).waiting

    def snapshot(self) -> Snapshot:
        """All that the graph has of the project, but for the moment of its last write."""
        params = {"project_id": str(self.tenant.project_id)}
        nodes, edges = self.graph._connection.read([(_NODES, params), (_EDGES, params)])
        found: list[tuple[Any, ...]] = []
        for node in nodes:
            own = {k: _plain(v) for k, v in node["properties"].items() if v is not None and k != "written"}
            found.append((*node["labels"], *sorted(own.items())))
        for edge in edges:
            own = {k: _plain(v) for k, v in edge["properties"].items() if v is not None}
            found.append((edge["source"], edge["kind"], edge["target"], *sorted(own.items())))
        assert len(found) == len(set(found)), "something is there twice"
        return frozenset(found)

    def expected(self) -> Snapshot:
        """What the graph should be, from the rows alone."""
        with self.database.transaction(self.tenant) as connection:
            rows = [_row(r) for r in connection.execute(_ALL, {"project_id": self.tenant.project_id})]
        scopes: dict[str, list[GraphRow]] = {}
        for row in rows:
            scopes.setdefault(row.scope.graph.key, []).append(row)
        return frozenset(item for key, own in scopes.items() for item in _scope(str(self.tenant.project_id), key, own))

    def _execute(self, statement: Any, params: dict[str, Any], memory_id: UUID) -> None:
        with self.database.transaction(self.tenant) as connection:
            connection.execute(statement, params | {"project_id": self.tenant.project_id, "id": memory_id})

    def _said(self, entities: Iterable[str], relations: Iterable[str]) -> dict[str, Any]:
        said = [mention(text) for text in entities]
        told = [relation(text) for text in relations]
        return {
            "entities": Jsonb([{"name": m.name, "type": m.type, "aliases": list(m.aliases)} for m in said]),
            "relations": Jsonb([{"source": r.source, "type": r.type, "target": r.target} for r in told]),
        }


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _row(row: dict[str, Any]) -> GraphRow:
    return GraphRow(
        row["id"],
        Scope(row["user_id"], row["agent_id"], row["app_id"], row["run_id"]),
        row["version"],
        row["valid_from"],
        row["invalid_at"],
        tuple(Mention(e["name"], e["type"], tuple(e["aliases"])) for e in row["entities"]),
        tuple(Relation(r["source"], r["type"], r["target"]) for r in row["relations"]),
    )


def _scope(project_id: str, key: str, rows: Sequence[GraphRow]) -> list[tuple[Any, ...]]:
    base: dict[str, Any] = {"project_id": project_id, "scope": key}
    names = Names(claim for row in rows if row.invalid_at is None for claim in claims_of(row.entities))
    found: list[tuple[Any, ...]] = [("Scope", *_items(base | _ids(rows[0].scope.graph)))]
    labels: dict[str, list[str]] = {}
    for memory in (projected(row, names) for row in rows):
        row = memory.row
        times = {"version": row.version, "valid_from": moment(row.valid_from), "invalid_at": moment(row.invalid_at)}
        claims = tuple(sorted(f"{alias}\t{name}" for alias, name in row.claims))
        own = base | times | _ids(row.scope) | {"memory_id": str(row.memory_id), "claims": claims}
        found.append(("Memory", *_items(own)))
        for m in memory.mentions:
            labels.setdefault(m.entity, []).append(m.label)
            said = base | {"said": m.said, "label": m.label}
            found.append((str(row.memory_id), "MENTIONS", m.entity, *_items(said)))
        for source, kind, target in memory.relations:
            told = base | times | {"type": kind, "memory_id": str(row.memory_id)}
            found.append((source, "RELATION", target, *_items(told)))
    for entity, own_labels in labels.items():
        name, kind = named(own_labels)
        found.append(
            ("Entity", *_items(base | _ids(rows[0].scope.graph) | {"key": entity, "name": name, "type": kind}))
        )
    return found


def _ids(scope: Scope) -> dict[str, str | None]:
    return {"user_id": scope.user_id, "agent_id": scope.agent_id, "app_id": scope.app_id, "run_id": scope.run_id}


def _items(properties: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted((k, v) for k, v in properties.items() if v is not None)
