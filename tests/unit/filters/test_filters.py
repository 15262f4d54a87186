"""What the filter language takes, what it refuses and how its SQL looks; what the SQL finds is tested on Postgres."""

import pytest

from cairn.filters import compile_filter, has_entity, parse_filters
from cairn.kernel.errors import InvalidRequest

MEMORY_ID = "0192f0a1-7c3b-7def-8123-456789abcdef"


def compiled(raw):
    expression, parameters = compile_filter(parse_filters(raw))
    return expression.as_string(), parameters


def refusal(raw, **options):
    with pytest.raises(InvalidRequest) as caught:
        parse_filters(raw, **options)
    return str(caught.value)


@pytest.mark.parametrize("empty", [None, {}, {"AND": []}, {"AND": {}}, {"metadata": {}}])
def test_an_empty_filter_is_true_everywhere(empty):
    assert compiled(empty) == ("TRUE", {})


def test_an_or_of_nothing_is_true_nowhere():
    assert compiled({"OR": []}) == ("FALSE", {})


@pytest.mark.parametrize("key", ["user_id", "userId"])
@pytest.mark.parametrize("test", ["ada", {"eq": "ada"}, {"in": ["ada"]}])
def test_an_entity_id_compiles_to_the_plain_form_that_an_index_serves(key, test):
    assert compiled({key: test}) == ("m.user_id = %(f0)s", {"f0": "ada"})


def test_a_number_as_entity_id_means_its_string():
    assert compiled({"runId": 7}) == ("m.run_id = %(f0)s", {"f0": "7"})


def test_existing_entities_are_named_as_a_wildcard_names_them():
    assert compiled({"run_id": {"exists": True}}) == compiled({"run_id": "*"})
    assert has_entity(parse_filters({"run_id": {"exists": True}}))
    assert not has_entity(parse_filters({"run_id": {"exists": False}}))


def test_a_list_is_one_parameter_however_long_it_is():
    text, parameters = compiled({"agent_id": {"in": [str(number) for number in range(1000)]}})

    assert text == "m.agent_id = ANY(%(f0)s::text[])"
    assert len(parameters) == 1


def test_siblings_are_anded_also_when_and_stands_beside_or():
    raw = {"AND": [{"user_id": "ada"}], "OR": [{"text": "a"}, {"text": "b"}], "app_id": "x"}

    text, _ = compiled(raw)

    assert text == "(m.user_id = %(f0)s AND (m.text = %(f1)s OR m.text = %(f2)s) AND m.app_id = %(f3)s)"


def test_several_operators_in_one_object_are_anded():
    text, _ = compiled({"metadata": {"age": {"gt": 1}}, "expiration_date": {"gte": "2026-01-01", "lt": "2027-01-01"}})

    assert text.endswith("AND (m.expires_on >= %(f2)s AND m.expires_on < %(f3)s))")


def test_ne_keeps_rows_without_a_value():
    assert compiled({"user_id": {"ne": "ada"}})[0] == "((m.user_id = %(f0)s) IS NOT TRUE)"


@pytest.mark.parametrize("raw", [{"user_id": "*"}, {"user_id": {"eq": "*"}}, {"user_id": {"in": ["ada", "*"]}}])
def test_a_star_stands_for_any_value(raw):
    assert compiled(raw) == ("m.user_id IS NOT NULL", {})


def test_nothing_a_caller_wrote_stands_in_the_sql():
    hostile = "x'); DROP TABLE memories; --%(f9)s"
    raw = {
        "user_id": hostile,
        "text": {"icontains": hostile},
        "categories": {"contains": hostile},
        f"metadata.{hostile}.{hostile}": {"in": [hostile, {hostile: hostile}]},
        "metadata": {hostile: {"gt": hostile}},
    }

    text, _ = compiled(raw)

    assert "DROP" not in text


@pytest.mark.parametrize(
    ("raw", "scoped"),
    [
        ({"user_id": "ada"}, True),
        ({"session_id": "*"}, True),
        ({"OR": [{"text": "x"}, {"AND": {"agent_id": {"in": ["a", "b"]}}}]}, True),
        ({"user_id": {"ne": "bob"}}, False),
        ({"user_id": {"nin": ["bob"]}}, False),
        ({"user_id": {"icontains": "b"}}, False),
        ({"user_id": None}, False),
        ({"NOT": {"user_id": "ada"}}, False),
        ({"NOT": [{"NOT": {"user_id": "ada"}}]}, False),
        ({"text": "ada"}, False),
        ({"expiration_date": "*"}, False),
        ({}, False),
    ],
)
def test_only_an_entity_that_is_asked_for_counts_as_scope(raw, scoped):
    assert has_entity(parse_filters(raw)) is scoped


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ([], "filters must be an object."),
        ("user_id", "filters must be an object."),
        ({"user_id": ["ada"]}, "filters.user_id must be a non-empty string."),
        ({"user_id": ""}, "filters.user_id must be a non-empty string."),
        ({"user_id": True}, "filters.user_id must be a non-empty string."),
        ({"user_id": {}}, "filters.user_id must not be an empty object."),
        ({"user_id": {"in": "ada"}}, "filters.user_id.in must be a list."),
        ({"user_id": {"in": ["a", None]}}, "filters.user_id.in[1] must be a non-empty string."),
        ({"user_id": {"in": ["a"] * 1001}}, "filters.user_id.in must have at most 1000 items."),
        ({"text": {"eq": 1}}, "filters.text.eq must be a string."),
        ({"text": "a\x00"}, "filters.text must not contain NUL or lone surrogate characters."),
        ({"text": "a\ud800"}, "filters.text must not contain NUL or lone surrogate characters."),
        ({"metadata": {"a": ["\x00"]}}, "filters.metadata.a must not contain NUL or lone surrogate characters."),
        ({"metadata.a\x00": 1}, "A key of filters must not contain NUL or lone surrogate characters."),
        ({"metadata": "a"}, "filters.metadata must be an object."),
        ({"metadata": {"a": float("nan")}}, "filters.metadata.a must be a finite number."),
        ({"metadata": {"a": 10**400}}, "filters.metadata.a must be a finite number."),
        ({"metadata": {"a": {"gt": True}}}, "filters.metadata.a.gt must be a string or a number."),
        ({"metadata": {"a": {"contains": None}}}, "filters.metadata.a.contains must be a string or a number."),
        (
            {"metadata": {".".join("abcdefghijk"): 1}},
            "filters.metadata.a.b.c.d.e.f.g.h.i.j.k must not have more than 10 levels.",
        ),
        ({"created_at": {"gte": "soon"}}, "filters.created_at.gte must be an ISO 8601 date or time."),
        ({"created_at": "2026-02-30"}, "filters.created_at must be an ISO 8601 date or time."),
        ({"created_at": None}, "filters.created_at must be an ISO 8601 date or time."),
        ({"created_at": {"lt": 10**12}}, "filters.created_at.lt must be a date or time between the years 1 and 9999."),
        (
            {"timestamp": "0001-01-01T00:00:00+01:00"},
            "filters.timestamp must be a date or time between the years 1 and 9999.",
        ),
        ({"memory_ids": ["m1"]}, "filters.memory_ids[0] must be a valid UUID."),
        ({"memory_ids": [f"{{{MEMORY_ID}}}"]}, "filters.memory_ids[0] must be a valid UUID."),
        ({"memory_ids": 7}, "filters.memory_ids must be a list."),
        ({"OR": "x"}, "filters.OR must be a list of filters or one filter."),
        ({"AND": [{"NOT": [{"text": 1}]}]}, "filters.AND[0].NOT[0].text must be a string."),
        ({"AND": [{}] * 1001}, "filters.AND must have at most 1000 items."),
        ({"run_id": {"exists": "yes"}}, "filters.run_id.exists must be true or false."),
        ({"metadata": {"a": {"exists": None}}}, "filters.metadata.a.exists must be true or false."),
        (
            {"memory_ids": {"exists": True}},
            "filters.memory_ids.exists is not an operator of this field; use in, nin, eq or ne.",
        ),
        (
            {"keywords": {"eq": "x"}},
            "filters.keywords.eq is not an operator of this field; use contains or icontains.",
        ),
        (
            {"user_id": {"gt": "x"}},
            "filters.user_id.gt is not an operator of this field; use eq, ne, in, nin, contains, icontains or exists.",
        ),
    ],
)
def test_a_wrong_filter_is_refused_with_one_sentence_that_names_the_field(raw, sentence):
    assert refusal(raw) == sentence


@pytest.mark.parametrize("operator", ["bare", "gtt", "", "*", "city"])
def test_an_unknown_operator_is_refused_and_the_known_ones_listed(operator):
    message = refusal({"metadata": {"address": {operator: "Oslo"}}})

    assert message.startswith(f"filters.metadata.address has the unknown operator {operator!r}; it can have eq, ne,")


def test_an_unknown_key_is_refused_and_the_known_ones_listed():
    message = refusal({"AND": [{"colour": "red"}]})

    assert message.startswith("filters.AND[0] has the unknown key 'colour'; it can have AND, OR, NOT, user_id,")


def test_a_long_key_is_not_repeated_in_full():
    assert len(refusal({"x" * 10_000: 1})) < 500
    assert len(refusal({"metadata": {"x" * 10_000: "\x00"}})) < 500


def test_the_field_can_have_another_name_in_messages():
    assert refusal({"text": 1}, field="body") == "body.text must be a string."


def nested(levels):
    raw = {"user_id": "ada"}
    for _ in range(levels):
        raw = {"AND": [raw]}
    return raw


def test_ten_levels_are_taken_and_eleven_refused():
    assert compiled(nested(10))[0] == "m.user_id = %(f0)s"
    assert refusal(nested(11)).endswith("must not be nested deeper than 10 levels.")


def test_two_hundred_conditions_are_taken_and_one_more_refused():
    conditions = [{"created_at": {"gt": 0, "lt": 1}} for _ in range(100)]

    assert len(compiled({"OR": conditions})[1]) == 200
    assert refusal({"OR": [*conditions, {"text": "x"}]}) == (
        "filters.OR[100].text is one condition too many: a filter has at most 200."
    )


def test_deep_json_values_are_refused():
    value = []
    for _ in range(11):
        value = [value]

    assert refusal({"metadata": {"a": value}}) == "filters.metadata.a must not be nested deeper than 10 levels."


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026-01-01", "2026-01-01T00:00:00+00:00", "2026-01-01T23:59:59.999999+00:00"),
        ("2026-01-01T10:00", "2026-01-01T10:00:00+00:00", "2026-01-01T10:00:00+00:00"),
        ("2026-01-01t10:00:00.5z", "2026-01-01T10:00:00.500000+00:00", "2026-01-01T10:00:00.500000+00:00"),
        ("2026-01-01T10:00:00+0530", "2026-01-01T04:30:00+00:00", "2026-01-01T04:30:00+00:00"),
        (0, "1970-01-01T00:00:00+00:00", "1970-01-01T00:00:00+00:00"),
        (-0.5, "1969-12-31T23:59:59.500000+00:00", "1969-12-31T23:59:59.500000+00:00"),
    ],
)
def test_a_time_can_be_written_in_many_ways_and_a_date_means_the_whole_day(written, first, last):
    _, parameters = compiled({"created_at": written})

    assert [moment.isoformat() for moment in parameters.values()] == [first, last]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (
            {"AND": [{"created_at": {"in": ["2026-01-01"] * 1000}} for _ in range(3)]},
            "filters must have at most 2000 values in all its lists.",
        ),
        (
            {"OR": [{"user_id": {"in": [str(n) for n in range(700)]}} for _ in range(3)]},
            "filters must have at most 2000 values in all its lists.",
        ),
        (
            {"NOT": [{"metadata.tags": {"contains": str(n)}} for n in range(11)]},
            "filters must look into texts, metadata or categories at most 10 times.",
        ),
        (
            {"OR": [{"text": {"icontains": str(n)}} for n in range(11)]},
            "filters must look into texts, metadata or categories at most 10 times.",
        ),
    ],
)
def test_what_would_take_too_long_on_every_row_is_refused(raw, sentence):
    with pytest.raises(InvalidRequest) as caught:
        parse_filters(raw)
    assert str(caught.value) == sentence


def test_ten_looks_into_texts_and_two_thousand_values_are_taken():
    parse_filters({"OR": [{"text": {"icontains": str(n)}} for n in range(10)]})
    parse_filters({"OR": [{"user_id": {"in": [str(n) for n in range(1000)]}} for _ in range(2)]})
    parse_filters({"OR": [{"user_id": {"contains": str(n)}} for n in range(100)]})
