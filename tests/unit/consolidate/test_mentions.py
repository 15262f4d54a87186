"""What is believed of the entities and relations a model names."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairn.consolidate.entities_from_model import mentioned, merged
from cairn.consolidate.prompts.extract import ExtractedFact
from cairn.language.entities import Read, forms, read
from cairn.language.mentions import Mention, Relation, entity_key

TEXT = "User's sister Anna lives in Porto and works at Bosch."
QUOTE = "My sister Anna lives in Porto, she's with Bosch"


def believed(entities, relations=(), *, text=TEXT, quote=QUOTE, actor="user", from_user=True):
    fact = ExtractedFact(text=text, message=0, quote=quote, entities=entities, relations=list(relations))
    return mentioned(fact, text, actor, from_user=from_user)


def named(*entities, **more):
    return [m.name for m in believed(list(entities), **more).entities]


def test_a_fact_has_the_entities_and_relations_that_the_model_named():
    got = believed(
        [{"name": "Anna", "type": "Person", "aliases": ["my sister"]}, {"name": "Porto", "type": "place"}],
        [["Anna", "sister of", "User"], ["Anna", "livesIn", "Porto"]],
    )

    assert got.entities == (
        Mention("Anna", "person", ("User's sister",)), Mention("Porto", "place"), Mention("User", "person"),
    )  # fmt: skip
    assert got.relations == (Relation("Anna", "sister_of", "User"), Relation("Anna", "lives_in", "Porto"))


def test_rules_and_model_agree_on_the_names_of_one_fact():
    model = believed(
        [{"name": "User"}, {"name": "Anna", "aliases": ["the user's sister"]}, {"name": "Porto"}, {"name": "Bosch"}],
        [["my sister", "sister_of", "me"], ["Anna", "lives_in", "Porto"], ["Anna", "works_at", "Bosch"]],
    )

    for text in (TEXT, "My sister Anna lives in Porto and works at Bosch."):
        rules = read(text, "user")
        assert [(m.name, m.aliases) for m in rules.entities] == [(m.name, m.aliases) for m in model.entities]
        assert rules.relations == model.relations


@pytest.mark.parametrize("name", ["Berlin", "Ann", "Art", "port", "", "  ", "\x00", "'", "User's brother", "A" * 101])
def test_a_name_that_the_fact_does_not_say_is_dropped(name):
    assert named("Anna", name) == ["Anna"]


@pytest.mark.parametrize(
    ("name", "kept"), [("PORTO", "PORTO"), ("Por\u200bto", "Porto"), (" Porto\n", "Porto"), ("Bosch", "Bosch")]
)
def test_a_name_that_the_fact_says_is_kept_clean(name, kept):
    assert named(name) == [kept]


@pytest.mark.parametrize("name", ["User", "user", "the user", "I", "me", "Speaker"])
def test_the_speaker_has_one_name_whatever_the_model_calls_them(name):
    assert named(name) == ["User"]
    assert named(name, actor="Ana") == ["Ana"]


def test_the_user_in_what_an_assistant_did_is_not_the_assistant():
    got = named(
        "User", "Assistant", text="Assistant promised User a list.", quote="I", actor="assistant", from_user=False
    )

    assert got == ["User", "Assistant"]


@pytest.mark.parametrize("alias", ["her", "sister", "User's mother", "Anna", "the boss", "I", "\x00", "User's friend"])
def test_an_alias_that_the_fact_does_not_say_of_one_alone_is_dropped(alias):
    (anna,) = believed([{"name": "Anna", "aliases": [alias]}], text=TEXT + " Her friend is User's friend.").entities

    assert anna.aliases == ()


def test_who_is_named_by_name_and_by_role_is_one_entity():
    got = believed(
        [{"name": "Anna", "aliases": ["User's sister"]}, {"name": "User's sister"}, {"name": "Porto"}],
        [["User's sister", "lives_in", "Porto"]],
    )

    assert [m.name for m in got.entities] == ["Anna", "Porto"]
    assert got.relations == (Relation("Anna", "lives_in", "Porto"),)


def test_an_alias_of_two_is_none():
    entities = [{"name": "Anna", "aliases": ["User's sister"]}, {"name": "Porto", "aliases": ["User's sister"]}]

    assert [m.aliases for m in believed(entities).entities] == [(), ()]


@pytest.mark.parametrize(
    "relation",
    [
        ["Anna", "lives_in", "Berlin"],
        ["Anna", "", "Porto"],
        ["Anna", "住む", "Porto"],
        ["Anna", "is", "Anna"],
        ["", "", ""],
    ],
)
def test_a_relation_without_its_ends_or_its_verb_is_dropped(relation):
    assert believed(["Anna", "Porto"], [relation]).relations == ()


def test_an_end_that_the_fact_names_becomes_an_entity():
    got = believed(["Anna"], [["Anna", "works_at", "Bosch"]])

    assert got.entities == (Mention("Anna", "other"), Mention("Bosch", "other"))
    assert got.relations == (Relation("Anna", "works_at", "Bosch"),)


@pytest.mark.parametrize("entities", [[], ["Berlin"], [{"name": "\x00"}]])
def test_where_nothing_can_be_believed_the_rules_read_the_fact(entities):
    assert believed(entities) == read(TEXT, "user")


def test_names_of_other_scripts_are_found_inside_a_sentence():
    assert named("花子", "大阪", text="Userの姉の花子は大阪に住んでいる。") == ["花子", "大阪"]


def test_of_many_the_first_are_kept():
    text = " ".join(f"N{n}x" for n in range(40))
    names = [f"N{n}x" for n in range(40)]

    got = believed(names, [[names[0], f"v{n}", names[1]] for n in range(40)], text=text)

    assert [m.name for m in got.entities] == names[: forms.MAX_MENTIONS]
    assert len(got.relations) == forms.MAX_RELATIONS


@pytest.mark.parametrize(
    "name", ["Anna'}) DETACH DELETE (n", "<script>Anna</script>", "Anna; DROP TABLE memories", "</data>"]
)
def test_what_looks_like_code_is_a_name_only_where_the_fact_says_so(name):
    assert named(name, "Anna") == ["Anna"]
    assert named(name, text=f"Anna is called {name}.") == [name]


NAMES = st.one_of(
    st.text(st.characters(), max_size=120), st.sampled_from(["Anna", "my sister", "User", "Porto", "\ud83d"])
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), NAMES),
    lambda s: st.lists(s) | st.dictionaries(NAMES, s),
    max_leaves=8,
)
ENTITIES = st.lists(st.one_of(JSON, st.fixed_dictionaries({"name": NAMES, "type": JSON, "aliases": JSON})), max_size=30)
RELATIONS = st.lists(st.one_of(JSON, st.lists(NAMES, min_size=3, max_size=3)), max_size=30)


@given(ENTITIES, RELATIONS, st.text(max_size=80))
def test_whatever_the_model_answers_is_bounded_stated_and_storable(entities, relations, more):
    got = believed(entities, relations, text=f"{TEXT} {more}")

    names = [m.name for m in got.entities]
    assert 0 < len({entity_key(name) for name in names}) == len(names) <= forms.MAX_MENTIONS
    assert len(got.relations) <= forms.MAX_RELATIONS
    assert {end for r in got.relations for end in (r.source, r.target)} <= set(names)
    assert all(len(m.aliases) <= forms.MAX_ALIASES for m in got.entities)
    texts = [*names, *(a for m in got.entities for a in (*m.aliases, m.type)), *(r.type for r in got.relations)]
    assert all(text == forms.clean_name(text) != "" for text in texts)
    json.dumps(texts, ensure_ascii=False).encode()


OLD = Read((Mention("User", "person"), Mention("Oslo", "other")), (Relation("User", "lives_in", "Oslo"),))
NEW = Read(
    (Mention("User", "person"), Mention("Oslo", "place"), Mention("Sagene", "place")),
    (Relation("User", "lives_in", "Sagene"),),
)


def test_a_merged_text_names_what_its_parts_named():
    got = merged("User lives in Oslo, in Sagene.", "user", (NEW, OLD))

    assert got.entities == (Mention("User", "person"), Mention("Oslo", "place"), Mention("Sagene", "place"))
    assert got.relations == (*NEW.relations, *OLD.relations)


def test_what_a_merged_text_no_longer_names_is_gone_from_it():
    got = merged("User lives in Sagene.", "user", (NEW, OLD))

    assert [m.name for m in got.entities] == ["User", "Sagene"]
    assert got.relations == NEW.relations


def test_the_rules_read_a_merged_text_whose_parts_named_nothing():
    assert merged("User lives in Oslo.", "user", (Read(), Read())) == read("User lives in Oslo.", "user")
