"""Random filters over a fixed table: Postgres and the plain evaluator of filter_reference must return the same rows."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.types.json import Jsonb

from cairn.filters import compile_filter, parse_filters
from cairn.kernel.errors import InvalidRequest
from tests.unit.filters.filter_reference import matches

TABLE = """
    CREATE TEMP TABLE memories_of_the_test (
        id uuid PRIMARY KEY, user_id text, agent_id text, app_id text, run_id text, text text NOT NULL,
        metadata jsonb NOT NULL, categories text[] NOT NULL, created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL, valid_from timestamptz NOT NULL, expires_on date
    )
"""
INSERT = """
    INSERT INTO memories_of_the_test VALUES (%(id)s, %(user_id)s, %(agent_id)s, %(app_id)s, %(run_id)s, %(text)s,
        %(metadata)s, %(categories)s, %(created_at)s, %(updated_at)s, %(valid_from)s, %(expires_on)s)
"""

# Few values, so that random filters meet random rows; the odd ones are those that SQL, LIKE or JSON could trip over.
# Letters outside ASCII are those that Python and Postgres lower alike: no dotted I, no final sigma.
STRINGS = (
    "ada",
    "Ada",
    "bob",
    "",
    "50%",
    "5_%",
    "back\\slash",
    "o'hara",
    "Ünïcode",
    "日本",
    "🙂 smile",
    '{"a":1}',
    "*",
)
ENTITY_IDS = ("ada", "Ada", "bob", "7", "a%", "o'hara", "Ünïcode")
CATEGORIES = ("work", "Work", "health", "o'hara", "ÜBER", "über", "%")
PARTS_OF_CATEGORIES = ("", "WOR", "al", "_", "'", "Über")
MOMENTS = (
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, 12, 30, tzinfo=UTC),
    datetime(2026, 1, 1, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 1, 2, tzinfo=UTC),
    datetime(2025, 6, 30, 8, 0, 0, 500000, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 0, tzinfo=UTC),
)
DATES = (date(2026, 1, 1), date(2026, 1, 2), date(2025, 6, 30), date(1, 1, 1), date(9999, 12, 31))
NUMBERS = (0, 1, 1.0, -1, 0.5, 2**70, 1e22, 0.1)
SCALARS = (*STRINGS, *NUMBERS, True, False, None)
NESTED = ([], [["ada"], [True]], ["ada", 1], ["Ada", None, True], {"b": "ada"}, {"b": 1, "c": {"d": "x"}}, [[1]], {})
JSON_VALUES = (*SCALARS, *NESTED)
METADATA_KEYS = ("a", "A", "a.b", "o'key", "", "ключ")
FILTER_PATHS = (*METADATA_KEYS, "a.c.d", "a.b.c", "missing", "a.0")


def varied_rows():
    """Sixty rows, the same in each run."""
    pick = random.Random(2026)
    return [
        {
            "id": UUID(int=pick.getrandbits(128)),
            **{column: pick.choice((None, *ENTITY_IDS)) for column in ("user_id", "agent_id", "app_id", "run_id")},
            "text": " ".join(pick.choices(STRINGS, k=pick.randint(0, 3))),
            "metadata": {key: pick.choice(JSON_VALUES) for key in pick.sample(METADATA_KEYS, pick.randint(0, 4))},
            "categories": pick.sample(CATEGORIES, pick.randint(0, 3)),
            "created_at": pick.choice(MOMENTS),
            "updated_at": pick.choice(MOMENTS),
            "valid_from": pick.choice(MOMENTS),
            "expires_on": pick.choice((None, *DATES)),
        }
        for _ in range(60)
    ]


ROWS = varied_rows()
IDS = tuple(str(row["id"]) for row in ROWS[:8])


@st.composite
def spelt_moments(draw):
    """A time in one of the ways a client may write it."""
    moment = draw(st.sampled_from(MOMENTS)) + draw(st.sampled_from((timedelta(0), timedelta(seconds=-1))))
    spellings = [
        "%Y-%m-%d",
        "%Y-%m-%dT%H:%M:%S.%f",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%SZ",
        "%Y-%m-%dT%H:%M:%S.%f+00:00",
    ]
    written = [moment.strftime(spelling) for spelling in spellings]
    if moment.year < 9999:
        written.append(moment.astimezone(tz=None).isoformat())
        written.append((moment + timedelta(hours=5, minutes=30)).replace(tzinfo=None).isoformat() + "+05:30")
    written += [int(moment.timestamp()), moment.timestamp() // 0.25 * 0.25]
    return draw(st.sampled_from(written))


def operators(names, one):
    """A test as an object: one or two operators with fitting values."""
    lists = st.lists(one, max_size=3)
    tests = [st.tuples(st.just(name), lists if name in ("in", "nin") else one) for name in names]
    return st.lists(st.one_of(tests), min_size=1, max_size=2).map(dict)


def also_exists(tests):
    return st.one_of(tests, st.booleans().map(lambda there: {"exists": there}))


def keyed(keys, tests):
    return st.builds(lambda key, test: {key: test}, st.sampled_from(keys), tests)


EQUAL = ("eq", "ne", "in", "nin")
PARTS = ("contains", "icontains")
ORDERS = ("gt", "gte", "lt", "lte")
entity_ids = st.sampled_from((*ENTITY_IDS, "nobody", "*", 7))
strings = st.sampled_from(STRINGS)
json_values = st.sampled_from(JSON_VALUES)
scalars = st.sampled_from([one for one in SCALARS if one is not None])
ordered = st.sampled_from((*STRINGS, *NUMBERS))
memory_ids = st.sampled_from((*IDS, IDS[0].upper(), str(UUID(int=0))))
id_lists = st.lists(memory_ids, max_size=3)

entity_tests = also_exists(
    st.one_of(
        entity_ids,
        st.none(),
        operators(EQUAL, entity_ids),
        operators(PARTS, st.sampled_from((*ENTITY_IDS, "nobody", "*"))),  # a part is a text, an id may be a number
        st.just({"ne": None}),
    )
)
text_tests = also_exists(st.one_of(strings, operators((*EQUAL, *PARTS), strings)))
keyword_tests = st.one_of(strings, operators(PARTS, strings))
time_tests = also_exists(st.one_of(spelt_moments(), operators((*EQUAL, *ORDERS), spelt_moments())))
expiry_tests = st.one_of(time_tests, st.sampled_from(("*", None)))
category_parts = st.sampled_from((*CATEGORIES, *PARTS_OF_CATEGORIES, "none"))
category_tests = also_exists(st.one_of(st.sampled_from(CATEGORIES), operators((*EQUAL, *PARTS), category_parts)))
id_tests = st.one_of(memory_ids, id_lists, operators(EQUAL, memory_ids), st.builds(lambda ids: {"ne": ids}, id_lists))
metadata_tests = also_exists(
    st.one_of(
        st.sampled_from([one for one in JSON_VALUES if not isinstance(one, dict)]),
        operators(EQUAL, json_values),
        operators(PARTS, scalars),
        operators(ORDERS, ordered),
    )
)
ENTITY_KEYS = ("user_id", "agent_id", "app_id", "run_id", "userId", "agentId", "appId", "runId", "session_id")

conditions = st.one_of(
    keyed(ENTITY_KEYS, entity_tests),
    keyed(("created_at", "updated_at", "timestamp", "createdAt", "updatedAt"), time_tests),
    keyed(("expiration_date", "expirationDate"), expiry_tests),
    keyed(("text",), text_tests),
    keyed(("keywords", "keywords_search"), keyword_tests),
    keyed(("categories",), category_tests),
    keyed(("memory_ids", "memoryIds"), id_tests),
    keyed(tuple(f"metadata.{path}" for path in FILTER_PATHS), metadata_tests),
    keyed(("metadata",), st.dictionaries(st.sampled_from(FILTER_PATHS), metadata_tests, max_size=2)),
)


def nested(inner):
    several = st.lists(inner, max_size=3)
    logic = st.one_of(several, inner)
    merged = several.map(lambda filters: {key: value for one in filters for key, value in one.items()})
    return st.one_of(
        merged, keyed(("AND", "OR", "NOT"), logic), st.builds(lambda a, b: {"AND": a, "OR": b}, logic, logic)
    )


filters = st.recursive(conditions, nested, max_leaves=8)


@pytest.fixture(scope="module")
def connection(database_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TABLE)
        for row in ROWS:
            connection.execute(INSERT, {**row, "metadata": Jsonb(row["metadata"])})
        yield connection


def found_by_postgres(connection, raw):
    expression, parameters = compile_filter(parse_filters(raw))
    query = sql.SQL("SELECT m.id FROM memories_of_the_test m WHERE {}").format(expression)
    return {row[0] for row in connection.execute(query, parameters)}


WRITTEN_MOMENTS = ("2026-01-01", "9999-12-31", "2026-01-01T12:30:00Z", "2026-01-02T00:00:00", 1767270600, "2025-06-30")
EVERY_SINGLE_TEST = {
    "user_id": (EQUAL[:2] + PARTS, (*ENTITY_IDS, "*")),
    "text": (EQUAL[:2] + PARTS, STRINGS),
    "created_at": (EQUAL[:2] + ORDERS, WRITTEN_MOMENTS),
    "expiration_date": (EQUAL[:2] + ORDERS, WRITTEN_MOMENTS),
    "categories": (EQUAL[:2] + PARTS, (*CATEGORIES, *PARTS_OF_CATEGORIES)),
    "metadata.a": (EQUAL[:2], JSON_VALUES),
    "metadata.a.b": (PARTS, [one for one in SCALARS if one is not None]),
    "metadata.a.b.c": (EQUAL[:2], JSON_VALUES),
    "metadata.o'key": (ORDERS, (*STRINGS, *NUMBERS)),
}


EXISTING = (*ENTITY_KEYS, "created_at", "updated_at", "timestamp", "expiration_date", "text", "categories")


def test_exists_agrees_on_every_field(connection):
    for key in (*EXISTING, *(f"metadata.{path}" for path in FILTER_PATHS)):
        for raw in [{key: {"exists": there}} for there in (True, False)]:
            assert found_by_postgres(connection, raw) == {row["id"] for row in ROWS if matches(raw, row)}, raw


def test_every_operator_agrees_on_every_value(connection):
    for key, (names, tested) in EVERY_SINGLE_TEST.items():
        for raw in [{key: {name: value}} for name in names for value in tested]:
            assert found_by_postgres(connection, raw) == {row["id"] for row in ROWS if matches(raw, row)}, raw


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(raw=filters)
def test_postgres_returns_the_rows_that_the_plain_evaluator_returns(connection, raw):
    assert found_by_postgres(connection, raw) == {row["id"] for row in ROWS if matches(raw, row)}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(raw=filters)
def test_not_of_a_filter_returns_exactly_the_other_rows(connection, raw):
    assert found_by_postgres(connection, {"NOT": raw}) == {row["id"] for row in ROWS if not matches(raw, row)}


ODD_VALUES = ("\x00", "\ud800", "x" * 5000, float("nan"), float("inf"), 1e308, 10**400, -(2**63), 5e-324, "0000-01-01")
ODD_TIMES = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30",
    "2026-01-01T24:00:00",
    "٢٠٢٦-01-01",
)
KEYS = (
    "AND",
    "OR",
    "NOT",
    *ENTITY_KEYS,
    "created_at",
    "timestamp",
    "expiration_date",
    "text",
    "keywords",
    "categories",
)
MORE_KEYS = (
    "metadata",
    "metadata.a",
    "metadata.a\x00",
    "metadata.\udfff.b",
    "memory_ids",
    "unknown",
    "bare",
    "",
    "$gt",
)
anything = st.recursive(
    st.one_of(st.sampled_from((*ODD_VALUES, *ODD_TIMES, *SCALARS)), st.integers(), st.floats(), st.text(), memory_ids),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from((*KEYS, *MORE_KEYS, *EQUAL, *PARTS, *ORDERS, "exists")), inner, max_size=4),
    ),
    max_leaves=10,
)
almost_filters = st.dictionaries(st.sampled_from((*KEYS, *MORE_KEYS)), anything, max_size=3)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(raw=st.one_of(almost_filters, anything))
def test_whatever_a_client_sends_is_refused_with_a_sentence_or_runs_in_postgres(connection, raw):
    try:
        expression, parameters = compile_filter(parse_filters(raw))
    except InvalidRequest as exc:
        refusal = str(exc)
    else:
        refusal = "filters were taken."
        connection.execute(sql.SQL("SELECT 1 FROM memories_of_the_test m WHERE {}").format(expression), parameters)

    assert "filters" in refusal
    assert refusal.encode().endswith(b".")
