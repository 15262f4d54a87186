"""How long a rebuild of the graph takes, and how quick it answers.

It makes a project of its own in the database, fills it with --memories memories of one user whose entities and
relations are invented, projects them all, rebuilds the graph and compares it with what it was, asks for what is within
two steps of --asked entities, and takes the memories away again. Most relations are the user's own, as in real
conversations. Run the service with CAIRN_LOCAL_MAINTAIN_SECONDS=3600: its upkeep would project the same memories at the
same time.

    python benchmarks/graph.py                                  # against the service that runs on this machine
    python benchmarks/graph.py --database-url postgresql://… --uri bolt://… --user neo4j --password … --database neo4j
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, cast
from uuid import UUID

from psycopg.types.json import Jsonb
from rich.console import Console
from rich.progress import Progress

from benchmarks.connection import percentile
from cairn.graph.neo4j.connection import GraphAddress, GraphConnection
from cairn.graph.neo4j.store import Neo4jGraphStore
from cairn.graph.outbox import TellGraph
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.types import EntityRef, GraphView
from cairn.graph.upkeep import RebuildGraph
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Scope, Tenant
from cairn.language.mentions import entity_key
from cairn.platform.database import Database

_WHO: Final = Scope(user_id="graph-benchmark")
_BATCH: Final = 500
_PROJECT: Final = "INSERT INTO cairn.projects (project_id, org_id, name) VALUES (%(project_id)s, %(id)s, 'benchmark')"
_INSERT: Final = """
INSERT INTO cairn.memories (project_id, id, user_id, scope_key, kind, text, text_sha256, embedding, lexemes,
                            lexeme_count, valid_from, extractor, entities, relations)
SELECT %(project_id)s, t.id, %(user_id)s, %(scope_key)s, 'verbatim', 'invented', t.sha,
       array_fill(0.05::real, ARRAY[384])::vector::halfvec, ''::tsvector, 0, t.valid_from, 'benchmark', t.entities,
       t.relations
FROM unnest(%(ids)s::uuid[], %(shas)s::bytea[], %(times)s::timestamptz[], %(entities)s::jsonb[],
            %(relations)s::jsonb[]) AS t (id, sha, valid_from, entities, relations)
"""
_NODES: Final = "MATCH (n {project_id: $project_id}) RETURN labels(n) AS labels, properties(n) AS own"
_EDGES: Final = """
MATCH (a {project_id: $project_id})-[r]->(b)
RETURN coalesce(a.memory_id, a.key) AS source, type(r) AS type, b.key AS target, properties(r) AS own
"""
_DELETE: Final = "DELETE FROM cairn.memories WHERE project_id = %(project_id)s"
_FORGET: Final = "DELETE FROM cairn.graph_outbox WHERE project_id = %(project_id)s"


def main() -> int:
    """Runs the benchmark once and prints a table's row."""
    arguments = _arguments()
    console = Console(stderr=True)
    address = GraphAddress(arguments.uri, arguments.user, arguments.password, arguments.database, 60)
    connection = GraphConnection(address)
    store = Neo4jGraphStore(connection)
    tenant = Tenant(new_id())
    with closing(Database(arguments.database_url)) as database, closing(store), Progress(console=console) as progress:
        try:
            loaded = _timed(lambda: _load(database, tenant, arguments.memories, progress))
            rebuild = RebuildGraph(
                PostgresGraphRows(database), lambda: store, TellGraph(PostgresGraphRows(database), None)
            )
            _rebuild(rebuild, tenant, progress, "project")
            before = _everything(connection, tenant)
            rebuilt = _timed(lambda: _rebuild(rebuild, tenant, progress, "rebuild"))
            same = _everything(connection, tenant) == before
            asked = _ask(store, tenant, arguments.asked, progress)
        finally:
            _clear(database, store, tenant)
    p50, p95 = percentile(asked, 0.5), percentile(asked, 0.95)
    sys.stdout.write(f"{arguments.memories} memories: loaded in {loaded:.1f} s, rebuilt in {rebuilt:.1f} s; ")
    sys.stdout.write(f"{len(before)} nodes and edges, {'the same' if same else 'NOT THE SAME'} before and after; ")
    sys.stdout.write(f"related, depth 2: p50 {p50:.1f} ms, p95 {p95:.1f} ms\n")
    return 0 if same else 1


def _rebuild(rebuild: RebuildGraph, tenant: Tenant, progress: Progress, name: str) -> None:
    bar = progress.add_task(name)
    for state in rebuild(tenant, _WHO):
        progress.update(bar, completed=state.done, total=state.total)


def _everything(connection: GraphConnection, tenant: Tenant) -> frozenset[str]:
    """Every node and edge of the project, but for the moment of its last write."""
    params = {"project_id": str(tenant.project_id)}
    found: list[str] = []
    for record in (record for rows in connection.read([(_NODES, params), (_EDGES, params)]) for record in rows):
        own = {name: value for name, value in record["own"].items() if value is not None and name != "written"}
        found.append(json.dumps(record | {"own": own}, sort_keys=True, default=str))
    return frozenset(found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = _running_here()
    parser.add_argument("--database-url", default=here.get("database_url"), help="the application role's database")
    parser.add_argument("--uri", default=here.get("graph_uri"), help="Bolt address of the graph")
    parser.add_argument("--user", default=here.get("graph_user", "neo4j"))
    parser.add_argument("--password", default=here.get("graph_password", ""))
    parser.add_argument("--database", default=here.get("graph_database", "neo4j"))
    parser.add_argument("--memories", type=int, default=20_000)
    parser.add_argument("--asked", type=int, default=200, help="reads to measure")
    parsed = parser.parse_args()
    if not parsed.database_url or not parsed.uri:
        parser.error("start the service with `make run`, or name --database-url and --uri.")
    return parsed


def _running_here() -> dict[str, str]:
    file = Path(os.environ.get("CAIRN_LOCAL_DIR", ".local")) / "local.json"
    return cast("dict[str, str]", json.loads(file.read_text())) if file.exists() else {}


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _load(database: Database, tenant: Tenant, memories: int, progress: Progress) -> None:
    own = {"project_id": tenant.project_id, "user_id": _WHO.user_id, "scope_key": _WHO.key}
    with database.transaction(tenant) as connection:
        connection.execute(_PROJECT, own | {"id": new_id()})
    bar = progress.add_task("load", total=memories)
    random = Random(7)
    for start in range(0, memories, _BATCH):
        many = min(_BATCH, memories - start)
        with database.transaction(tenant) as connection:
            connection.execute(_INSERT, own | _invented(random, start, many, memories))
        progress.advance(bar, many)


def _invented(random: Random, start: int, many: int, memories: int) -> dict[str, Any]:
    said = [_said(random, memories) for _ in range(many)]
    began = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        "ids": [new_id() for _ in range(many)],
        "shas": [hashlib.sha256(f"{start + n}".encode()).digest() for n in range(many)],
        "times": [began + timedelta(minutes=start + n) for n in range(many)],
        "entities": [Jsonb(entities) for entities, _ in said],
        "relations": [Jsonb(relations) for _, relations in said],
    }


def _said(random: Random, memories: int) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Two or three entities; two relations of three are the user's own, one in fifty names an alias."""
    person, place = f"Person {random.randrange(memories // 20 + 1)}", f"Place {random.randrange(memories // 40 + 1)}"
    aliases = [f"{person}'s nickname"] if random.random() < 0.02 else []
    entities: list[dict[str, Any]] = [
        {"name": "User", "type": "person", "aliases": []},
        {"name": person, "type": "person", "aliases": aliases},
        {"name": place, "type": "place", "aliases": []},
    ]
    source = "User" if random.random() < 0.67 else person
    relations = [{"source": source, "type": "visited", "target": place}]
    if random.random() < 0.5:
        relations.append({"source": person, "type": "friend_of", "target": "User"})
    return entities, relations


def _ask(store: Neo4jGraphStore, tenant: Tenant, many: int, progress: Progress) -> list[float]:
    view = GraphView(tenant.project_id, _WHO, datetime.now(UTC))
    bar = progress.add_task("ask", total=many)
    took: list[float] = []
    for number in range(many):
        ref = EntityRef(_WHO.graph.key, entity_key(f"Person {number}"))
        began = time.perf_counter()
        store.related(view, [ref], 2, 50)
        took.append((time.perf_counter() - began) * 1000)
        progress.advance(bar)
    return took


def _clear(database: Database, store: Neo4jGraphStore, tenant: Tenant) -> None:
    own: dict[str, UUID] = {"project_id": tenant.project_id}
    with database.transaction(tenant) as connection:
        connection.execute(_DELETE, own)
        connection.execute(_FORGET, own)
    store.drop(tenant.project_id, _WHO.graph.key)


if __name__ == "__main__":
    sys.exit(main())
