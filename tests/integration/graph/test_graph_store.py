"""The same promises on both servers: what the graph shows is a function of the rows, whatever happened on the way."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cairn.graph.outbox import TellGraph
from cairn.graph.resolve import ScopeState
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.sync import GraphSync
from cairn.graph.upkeep import GraphDrift, RebuildGraph
from cairn.kernel.errors import GraphUnavailable, NotFound
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Scope, Tenant
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.graph_servers import Address
from tests.integration.graphing import ADA, START, World, connect

ANNA = ["User", "Anna=User's sister", "Porto:place"]
ANNA_TELLS = ["Anna sister_of User", "Anna lives_in Porto"]
SISTER = ["User", "User's sister", "tea:food"]
SISTER_TELLS = ["User's_sister likes tea"]


def test_a_memory_is_projected_with_its_entities_and_relations(world: World):
    world.put(ANNA, ANNA_TELLS)
    world.put(["Porto:city", "Portugal:country"], ["Porto lies_in Portugal"])
    world.settle()
    assert world.snapshot() == world.expected()
    assert world.triples("anna", depth=1) == {"anna sister_of user", "anna lives_in porto"}
    assert world.triples("anna", depth=2) == {"anna sister_of user", "anna lives_in porto", "porto lies_in portugal"}
    assert world.waiting() == 0


def test_a_repeat_changes_nothing(world: World):
    world.put(ANNA, ANNA_TELLS)
    messages = world.messages()
    world.take(messages)
    first = world.snapshot()
    world.take(messages * 2)
    assert world.snapshot() == first == world.expected()


def test_an_update_takes_the_old_edges_with_it(world: World):
    memory_id = world.put(["Anna", "Porto:place"], ["Anna lives_in Porto"])
    world.settle()
    world.change(memory_id, ["Anna", "Oslo:place"], ["Anna lives_in Oslo"])
    world.settle()
    assert world.snapshot() == world.expected()
    assert world.graph.find(world.view(), ["porto"]) == []


def test_closing_a_memory_closes_its_edges(world: World):
    memory_id = world.put(ANNA, ANNA_TELLS)
    world.settle()
    world.close(memory_id, START + timedelta(days=10))
    world.settle()
    assert world.snapshot() == world.expected()
    assert world.triples("anna") == set()
    assert world.triples("anna", at=START + timedelta(days=9)) == {"anna sister_of user", "anna lives_in porto"}
    assert world.triples("anna", at=START - timedelta(days=1)) == set()


def test_deleting_leaves_nothing(world: World):
    kept = world.put(["Porto:place"])
    gone = world.put(ANNA, ANNA_TELLS)
    world.settle()
    world.delete(gone)
    world.settle()
    assert world.snapshot() == world.expected()
    world.delete(kept)
    world.settle()
    assert world.snapshot() == frozenset()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_alias_means_the_one_who_claims_it_in_either_order(world: World, order: tuple[int, int]):
    told = [(ANNA, ANNA_TELLS), (SISTER, SISTER_TELLS)]
    for n in order:
        world.put(*told[n])
        world.settle()
    assert "anna likes tea" in world.triples("anna")
    assert [e.name for e in world.graph.find(world.view(), ["user's sister"])] == ["Anna"]
    assert world.snapshot() == world.expected()


def test_an_alias_that_two_claim_stays_an_entity_of_its_own(world: World):
    world.put(SISTER, SISTER_TELLS)
    world.put(ANNA, ANNA_TELLS)
    world.settle()
    world.put(["Berta=User's sister"])
    world.settle()
    assert world.triples("user's sister") == {"user's sister likes tea"}
    assert world.snapshot() == world.expected()


@pytest.mark.parametrize("end", ["delete", "close", "change"])
def test_a_claim_that_ends_gives_the_name_back(world: World, end: str):
    world.put(SISTER, SISTER_TELLS)
    claimer = world.put(ANNA, ANNA_TELLS)
    world.settle()
    ends: dict[str, Callable[[UUID], None]] = {"delete": world.delete, "close": world.close, "change": world.change}
    ends[end](claimer)
    world.settle()
    assert world.triples("user's sister") == {"user's sister likes tea"}
    assert world.snapshot() == world.expected()


def test_whose_sister_her_sister_is_nobody_knows(world: World):
    world.put(["Anna=her sister"])
    world.put(["her sister", "tea:food"], ["her_sister likes tea"])
    world.settle()
    assert world.triples("her sister") == {"her sister likes tea"}


def test_an_alias_of_an_alias_leads_to_the_same_one(world: World):
    world.put(["sis", "tea:food"], ["sis likes tea"])
    world.put(["User's sister=sis"])
    world.put(["Anna=User's sister"])
    world.settle()
    assert world.triples("anna") == {"anna likes tea"}
    assert world.snapshot() == world.expected()


def test_runs_of_one_user_share_their_entities_and_users_do_not(world: World):
    for n in range(2):
        world.put(["Anna", f"City{n}:place"], [f"Anna visited City{n}"], Scope(user_id="ada", run_id=f"r{n}"))
    world.put(["Anna", "Oslo:place"], ["Anna visited Oslo"], Scope(user_id="bob"))
    world.put(["Anna", "Rome:place"], ["Anna visited Rome"], Scope(run_id="alone"))
    world.settle()
    assert world.snapshot() == world.expected()
    assert world.triples("anna") == {"anna visited city0", "anna visited city1"}
    found = world.graph.find(world.view(Scope()), ["anna"])
    owners = sorted((e.owner.user_id or "", e.owner.run_id or "") for e in found)
    assert owners == [("", "alone"), ("ada", ""), ("bob", "")]


def test_an_address_of_another_scope_opens_nothing(world: World):
    memory_id = world.put(["Anna", "Oslo:place"], ["Anna visited Oslo"], Scope(user_id="bob"))
    world.settle()
    bobs, adas = world.ref("anna", Scope(user_id="bob")), world.view()
    assert world.graph.related(adas, [bobs], 3, 10).edges == ()
    assert world.graph.path(adas, [bobs], [world.ref("oslo", Scope(user_id="bob"))], 3) is None
    assert world.graph.memories_of(adas, [bobs], 10) == []
    assert world.graph.entities_of(adas, [memory_id]) == {}
    assert world.graph.entities_at(adas, [bobs]) == []
    assert world.graph.whole(adas, 10).edges == ()
    assert world.graph.counts(adas).memories == 0
    assert len(world.graph.related(world.view(Scope()), [bobs], 3, 10).edges) == 1


def test_no_read_sees_another_project(world: World, connection: Database):
    other = World(connection, world.graph)
    memory_id = other.put(["Anna", "Oslo:place"], ["Anna visited Oslo"])
    other.settle()
    world.put(["Anna", "Porto:place"], ["Anna visited Porto"])
    world.settle()
    assert world.triples("anna") == {"anna visited porto"}
    assert world.graph.find(world.view(Scope()), ["oslo"]) == []
    assert world.graph.entities_of(world.view(), [memory_id]) == {}
    assert len(world.graph.versions(world.tenant.project_id, Scope(), None, 10)) == 1
    assert world.graph.scopes(new_id(), Scope()) == []
    before = other.snapshot()
    list(RebuildGraph(world.rows, lambda: world.graph, TellGraph(world.rows, None))(world.tenant, Scope()))
    assert other.snapshot() == before == other.expected()


def test_reads_are_bounded_and_say_so(world: World):
    for n in range(12):
        world.put(["User", f"Place{n}:place"], [f"User visited Place{n}"])
    world.settle()
    few = world.graph.related(world.view(), [world.ref("user")], 2, 5)
    assert (len(few.edges), few.complete) == (5, False)
    everything = world.graph.related(world.view(), [world.ref("place3")], 2, 50)
    assert (len(everything.edges), everything.complete, len(everything.entities)) == (12, True, 13)
    assert len(world.graph.whole(world.view(), 7).edges) == 7
    assert not world.graph.whole(world.view(), 7).complete
    assert world.graph.whole(world.view(), 12).complete
    assert len(world.graph.memories_of(world.view(), [world.ref("user")], 4)) == 4


def test_a_path_is_a_shortest_one_of_what_holds(world: World):
    world.put(["A", "B"], ["A knows B"])
    world.put(["B", "C"], ["C knows B"])
    world.put(["C", "D"], ["C knows D"])
    shortcut = world.put(["A", "D"], ["A met D"])
    world.settle()

    def path(longest: int) -> list[str] | None:
        found = world.graph.path(world.view(), [world.ref("a")], [world.ref("d")], longest)
        return None if found is None else [f"{e.source.key} {e.type} {e.target.key}" for e in found]

    assert path(3) == ["a met d"]
    world.close(shortcut)
    world.settle()
    assert path(3) == ["a knows b", "c knows b", "c knows d"]
    assert path(2) is None
    assert world.graph.path(world.view(), [world.ref("a")], [world.ref("a")], 2) == []
    assert world.graph.path(world.view(), [world.ref("a")], [world.ref("nobody")], 4) is None


def test_memories_are_found_by_what_they_mention(world: World):
    both = world.put(["Anna", "Porto:place"])
    one = world.put(["Anna"])
    old = world.put(["Anna"])
    world.put(["Oslo:place"])
    world.close(old)
    world.settle()
    found = world.graph.memories_of(world.view(), [world.ref("anna"), world.ref("porto")], 10)
    assert found == [(both, 2), (one, 1)]
    assert [e.key for e in (x.ref for x in world.graph.entities_of(world.view(), [both])[both])] == ["anna", "porto"]


def test_drift_compares_so_many_memories_and_says_where_to_go_on(world: World):
    drift = GraphDrift(world.rows, lambda: world.graph, most=2)
    ids = [world.put(["Anna"]) for _ in range(3)]
    gone = world.put(["Tom"])
    world.settle()
    world._execute("DELETE FROM cairn.memories WHERE project_id = %(project_id)s AND id = %(id)s", {}, gone)
    world.change(ids[2])
    first = drift(world.tenant, Scope(), 10)
    assert (first.rows, first.projections, first.missing, first.extra, first.last) == (2, 2, 0, 0, ids[1])
    rest = drift(world.tenant, Scope(), 10, first.last)
    assert (rest.rows, rest.projections, rest.outdated_ids, rest.extra_ids) == (1, 2, (ids[2],), (gone,))
    assert rest.last is None


def test_drift_names_what_differs_and_is_nothing_after_quiet(world: World):
    drift = GraphDrift(world.rows, lambda: world.graph)
    kept, changed, gone = (world.put(["Anna"]) for _ in range(3))
    world.settle()
    quiet = drift(world.tenant, Scope(), 10)
    assert (quiet.rows, quiet.projections, quiet.missing, quiet.outdated, quiet.extra) == (3, 3, 0, 0, 0)
    world.change(changed, ["Berta"])
    world.delete(gone)
    new = world.put(["Anna"])
    found = drift(world.tenant, Scope(), 10)
    assert (found.missing_ids, found.outdated_ids, found.extra_ids) == ((new,), (changed,), (gone,))
    assert drift(Tenant(world.tenant.project_id, user_id="bob"), Scope(), 10).rows == 0
    world.settle()
    assert drift(world.tenant, ADA, 10).projections == 3
    assert kept in {m for m, _, _ in world.graph.versions(world.tenant.project_id, ADA, None, 10)}


def test_a_rebuild_makes_the_same_graph_again(world: World):
    for n in range(30):
        world.put([f"P{n % 7}=alias {n % 3}", f"alias {n % 5}"], [f"P{n % 7} knows alias_{n % 5}"])
    world.put(["X"], scope=Scope(user_id="bob"))
    world.settle()
    assert world.snapshot() == world.expected()
    rebuild = RebuildGraph(world.rows, lambda: world.graph, TellGraph(world.rows, None))
    progress = list(rebuild(world.tenant, ADA))
    assert (progress[0].done, progress[-1].done, progress[-1].total) == (0, 30, 30)
    assert world.snapshot() == world.expected()
    for scope in world.graph.scopes(world.tenant.project_id, Scope()):
        world.graph.drop(world.tenant.project_id, scope)
    assert world.snapshot() == frozenset()
    list(rebuild(world.tenant, Scope()))
    assert world.snapshot() == world.expected()


def test_a_queued_rebuild_mends_both_sides(world: World):
    memory_id, gone = world.put(["Anna"]), world.put(["Berta"])
    world.settle()
    world.graph.drop(world.tenant.project_id, ADA.key)
    world.delete(gone)
    stray = world.messages()
    world.rows.done(world.tenant, [i for message in stray for i in message.outbox_ids])
    rebuild = RebuildGraph(world.rows, lambda: world.graph, TellGraph(world.rows, None))
    assert rebuild.queue(world.tenant, ADA) == 1
    assert rebuild.waiting(world.tenant).waiting == 1
    world.settle()
    assert world.snapshot() == world.expected()
    assert rebuild.waiting(world.tenant).waiting == 0
    world.delete(memory_id)
    stray = world.messages()
    world.rows.done(world.tenant, [i for message in stray for i in message.outbox_ids])
    assert world.snapshot() != frozenset()
    assert rebuild.queue(world.tenant, Scope()) == 1
    world.settle()
    assert world.snapshot() == frozenset()


def test_one_memory_can_be_projected_now(world: World):
    memory_id = world.put(["Anna"])
    assert world.sync.one(world.tenant, memory_id).put == 1
    assert world.waiting() == 0
    with pytest.raises(NotFound):
        world.sync.one(world.tenant, new_id())


class HeldUp(PostgresGraphRows):
    """Rows whose reader is held up once, after it has read and before it writes, while something else happens."""

    def __init__(self, database: Database, meanwhile: Callable[[], None], reads: int) -> None:
        super().__init__(database)
        self._meanwhile = meanwhile
        self._reads = reads

    def read(self, tenant: Tenant, scope: str, memory_ids: Sequence[UUID]) -> ScopeState:
        state = super().read(tenant, scope, memory_ids)
        self._reads -= 1
        if self._reads == 0:
            self._meanwhile()
        return state


@pytest.mark.parametrize("reads", [1, 2])
def test_a_worker_that_was_held_up_brings_nothing_deleted_back(world: World, reads: int):
    memory_id = world.put(ANNA, ANNA_TELLS)
    (message,) = world.messages()

    def meanwhile() -> None:
        world.delete(memory_id)
        world.settle()

    late = GraphSync(HeldUp(world.database, meanwhile, reads), lambda: world.graph)
    late(world.tenant, message.scope, message.memory_ids)
    assert world.snapshot() == frozenset()


@pytest.mark.parametrize("reads", [1, 2])
def test_a_worker_that_was_held_up_does_not_miss_a_claim(world: World, reads: int):
    world.put(SISTER, SISTER_TELLS)
    (message,) = world.messages()

    def meanwhile() -> None:
        world.put(ANNA, ANNA_TELLS)
        world.settle()

    late = GraphSync(HeldUp(world.database, meanwhile, reads), lambda: world.graph)
    late(world.tenant, message.scope, message.memory_ids)
    assert world.snapshot() == world.expected()


def test_scopes_can_be_written_side_by_side(world: World, database: TestDatabase, graph_address: Address):
    people = [Scope(user_id=f"u{n}") for n in range(6)]
    for scope in people:
        for n in range(20):
            world.put(["User", f"P{n}"], [f"User knows P{n}"], scope)
    messages = world.messages()
    errors: list[Exception] = []
    lost: list[GraphUnavailable] = []

    def work(own: list[Any]) -> None:
        app, store = Database(database.app_url), connect(graph_address)
        try:
            sync = GraphSync(PostgresGraphRows(app), lambda: store)
            left = own * 2
            while left:  # who lost a race comes again, as from the queue
                try:
                    sync(world.tenant, left[-1].scope, left[-1].memory_ids)
                    left.pop()
                except GraphUnavailable as exc:
                    lost.append(exc)
        except Exception as exc:  # noqa: BLE001  # carried over to the thread that waits
            errors.append(exc)
        finally:
            app.close()
            store.close()

    # Two of them write the same scopes, as happens when a message becomes visible again too early.
    threads = [threading.Thread(target=work, args=(part,)) for part in (messages[::2], messages[1::2], messages)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert world.snapshot() == world.expected()


def test_a_server_that_is_not_there_is_unavailable_at_once():
    store = connect(Address("bolt://127.0.0.1:9", "neo4j", "x", "neo4j"), timeout=1)
    with pytest.raises(GraphUnavailable):
        store.check()
    store.close()


def test_a_wrong_password_is_said(graph_address: Address):
    store = connect(Address(graph_address.uri, graph_address.user, "wrong-one", graph_address.database))
    with pytest.raises(GraphUnavailable, match="password"):
        store.check()
    store.close()


NAMES = ["User", "Anna", "ANNA", "Berta", "my sister", "my boss", "Porto", "tea"]
said = st.lists(st.sampled_from(NAMES), min_size=0, max_size=3, unique=True)
aliases = st.lists(st.sampled_from(["my sister", "my boss", "Anna", "tea"]), max_size=2, unique=True)
entity = st.tuples(st.sampled_from(NAMES), st.sampled_from(["person", "thing", "place"]), aliases)
step = st.one_of(
    st.tuples(st.just("put"), st.lists(entity, max_size=3), said, st.sampled_from(["ada", "bob"])),
    st.tuples(st.just("change"), st.integers(0, 9), st.lists(entity, max_size=3), said),
    st.tuples(st.sampled_from(["close", "delete"]), st.integers(0, 9)),
    st.tuples(st.just("work"), st.randoms(use_true_random=False), st.integers(0, 4)),
)


def _perform(world: World, steps: list[Any]) -> None:
    alive: list[UUID] = []
    sent: list[Any] = []
    for name, *arguments in steps:
        if name == "work":
            random, many = arguments
            sent += world.messages()
            # Some are late, some come again, in no order.
            world.take([random.choice(sent) for _ in range(many) if sent])
        elif name == "put":
            entities, told, user = arguments
            alive.append(world.put(*_telling(entities, told), Scope(user_id=user)))
        elif alive:
            memory_id = alive[arguments[0] % len(alive)]
            if name == "change":
                world.change(memory_id, *_telling(*arguments[1:]))
            elif name == "close":
                world.close(memory_id)
            else:
                alive.remove(memory_id)
                world.delete(memory_id)
    sent += world.messages()
    world.take(list(reversed(sent)))


def _telling(entities: list[Any], told: list[str]) -> tuple[list[str], list[str]]:
    mentions = [f"{name}:{kind}={'|'.join(aliases)}" for name, kind, aliases in entities]
    pairs = pairwise(told)
    return mentions, [f"{a.replace(' ', '_')} knows {b.replace(' ', '_')}" for a, b in pairs]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, max_size=14))
def test_any_order_of_messages_ends_in_the_same_graph(world: World, steps: list[Any]):
    fresh = World(world.database, world.graph)
    _perform(fresh, steps)
    assert fresh.snapshot() == fresh.expected()
    assert fresh.waiting() == 0
    found = GraphDrift(fresh.rows, lambda: fresh.graph)(fresh.tenant, Scope(), 10)
    assert (found.missing, found.outdated, found.extra) == (0, 0, 0)
