"""Which entity a name stands for, and what of a memory is projected."""

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairn.graph.resolve import GraphRow, Names, claims_of, named, projected
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Scope
from cairn.language.mentions import Mention, Relation, entity_key


def row(*entities: Mention, relations: tuple[Relation, ...] = (), closed: bool = False) -> GraphRow:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return GraphRow(new_id(), Scope(user_id="ada"), 1, now, now if closed else None, entities, relations)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Anna", "anna"),
        ("  ANNA\tBerg ", "anna berg"),
        ("Ａｎｎａ", "anna"),
        ("Straße", "strasse"),
        ("ﬁ", "fi"),
        ("", ""),
        (" \n", ""),
        ("x" * 500, "x" * 200),
    ],
)
def test_spellings_of_a_name_share_a_key(name: str, key: str):
    assert entity_key(name) == key


@given(st.text())
def test_the_key_of_a_key_is_itself(name: str):
    key = entity_key(name)
    assert entity_key(key) == key


@pytest.mark.parametrize(
    ("claims", "name", "stands_for"),
    [
        ([], "sis", "sis"),
        ([("sis", "anna")], "sis", "anna"),
        ([("sis", "anna"), ("sis", "berta")], "sis", "sis"),
        ([("sis", "anna"), ("anna", "anna berg")], "sis", "anna berg"),
        ([("sis", "anna"), ("sis", "annie"), ("annie", "anna")], "sis", "anna"),
        ([("b", "a"), ("a", "b")], "a", "a"),
        ([("b", "a"), ("a", "b")], "b", "a"),
        ([("c", "b"), ("b", "a"), ("a", "b")], "c", "a"),
        ([("b", "c"), ("c", "a"), ("a", "b")], "c", "a"),
    ],
)
def test_a_name_stands_for(claims: list[tuple[str, str]], name: str, stands_for: str):
    for order in itertools.permutations(claims):
        assert Names(order).resolve(name) == stands_for


keys = st.sampled_from("abcdef")
claims = st.sets(st.tuples(keys, keys).filter(lambda c: c[0] != c[1]), max_size=12)


@given(claims, keys)
def test_what_a_name_stands_for_stands_for_itself(said: set[tuple[str, str]], name: str):
    names = Names(said)
    entity = names.resolve(name)
    assert names.resolve(entity) == entity


@given(claims, claims)
def test_a_name_whose_meaning_changed_is_reached_from_the_claims_that_changed(
    before: set[tuple[str, str]], after: set[tuple[str, str]]
):
    # Of what is said, only the names reached are looked at again.
    reached = Names(after).reaching({alias for alias, _ in before ^ after})
    changed = {n for n in "abcdef" if Names(before).resolve(n) != Names(after).resolve(n)}
    assert changed <= reached


def test_an_alias_is_claimed_by_what_holds_and_never_for_somebody_elses_kin():
    anna = Mention("Anna", "person", ("My  Sister", "her sister", "ANNA", " ", "their boss"))
    assert row(anna).claims == {("my sister", "anna")}
    assert row(anna, closed=True).claims == frozenset()
    assert claims_of([Mention(" ", "person", ("x",))]) == set()


def test_a_memory_is_projected_by_its_entities():
    told = (Relation("my sister", "lives_in", "Porto"), Relation("Anna", "lives_in", "PORTO"))
    memory = projected(
        row(Mention("Anna", "person"), Mention("my sister", "person"), relations=told), Names([("my sister", "anna")])
    )
    assert [(m.said, m.entity) for m in memory.mentions] == [
        ("anna", "anna"),
        ("my sister", "anna"),
        ("porto", "porto"),
    ]
    assert memory.relations == (("anna", "lives_in", "porto"),)


def test_a_relation_of_an_entity_with_itself_says_nothing():
    told = (Relation("my sister", "is", "Anna"), Relation("", "is", "Anna"))
    memory = projected(row(Mention("Anna", "person"), relations=told), Names([("my sister", "anna")]))
    assert memory.relations == ()
    assert {m.said for m in memory.mentions} == {"anna", "my sister"}


def test_an_entity_is_named_as_itself_and_typed_by_who_knows():
    names = Names([("my sister", "anna")])
    said = [
        row(Mention("my sister", "person")),
        row(Mention("anna", "thing")),
        row(Mention("Anna", "person")),
        row(Mention("ANNA", "place of birth")),
    ]
    labels = [projected(r, names).mentions[0].label for r in said]
    for order in itertools.permutations(labels):
        assert named(order) == ("Anna", "person")
    assert named(labels[:1]) == ("my sister", "person")
    assert named(labels[3:]) == ("ANNA", "place_of_birth")


def test_a_memory_mentions_whom_it_gives_an_alias_under_both_names():
    memory = row(Mention("User", "person", ("李娜",)))
    said = {m.said: m.entity for m in projected(memory, Names(memory.claims)).mentions}
    assert said == {"user": "user", "李娜": "user"}
    two = [*memory.claims, ("李娜", "anna")]
    assert {m.said: m.entity for m in projected(memory, Names(two)).mentions} == {"user": "user", "李娜": "李娜"}
