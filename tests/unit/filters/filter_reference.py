"""The filter language once more, as slowly and plainly as possible: the yardstick for the SQL that filters compile to.

It reads the JSON a caller sends, not our tree, and shares no code with cairn.filters, so the two cannot be wrong alike.
"""

from datetime import UTC, date, datetime, timedelta

ALIASES = {
    "userId": "user_id",
    "agentId": "agent_id",
    "appId": "app_id",
    "runId": "run_id",
    "session_id": "run_id",
    "sessionId": "run_id",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "expirationDate": "expiration_date",
    "memoryIds": "memory_ids",
    "keywords_search": "keywords",
}
ENTITIES = ("user_id", "agent_id", "app_id", "run_id")
MISSING = object()


def matches(raw, row):
    """Whether the filter holds for the row, a dict of the columns of memories."""
    return all(entry_holds(key, value, row) for key, value in raw.items())


def entry_holds(key, value, row):
    key = ALIASES.get(key, key)
    if key == "AND":
        return all(matches(one, row) for one in value) if isinstance(value, list) else matches(value, row)
    if key == "OR":
        alternatives = value if isinstance(value, list) else [{name: test} for name, test in value.items()]
        return any(matches(one, row) for one in alternatives)
    if key == "NOT":
        return not (any(matches(one, row) for one in value) if isinstance(value, list) else matches(value, row))
    if key == "metadata":
        return all(test_holds("metadata", test, metadata_places(row, name)) for name, test in value.items())
    if key.startswith("metadata."):
        return test_holds("metadata", value, metadata_places(row, key[len("metadata.") :]))
    return test_holds(key, value, row)


def test_holds(key, test, row):
    if not isinstance(test, dict):
        test = {"in" if isinstance(test, list) and key == "memory_ids" else "eq": test}
    return all(operator_holds(key, operator, value, row) for operator, value in test.items())


test_holds.__test__ = False  # a name that pytest would collect


def operator_holds(key, operator, value, row):
    if operator == "ne":
        wrong = "in" if isinstance(value, list) and key == "memory_ids" else "eq"
        return not operator_holds(key, wrong, value, row)
    if operator == "nin":
        return not operator_holds(key, "in", value, row)
    if operator == "exists":
        return value == is_there(key, row)
    if operator == "in":
        return any(operator_holds(key, "eq", one, row) for one in value)
    return KINDS[key](operator, value, row)


def is_there(key, row):
    """Whether there is a value; `row` are the places of a metadata key, as everywhere."""
    if key == "metadata":
        return any(place is not MISSING for place in row)
    if key == "categories":
        return row[key] != []
    return row[{"expiration_date": "expires_on", "timestamp": "valid_from"}.get(key, key)] is not None


def entity(column):
    def holds(operator, value, row):
        mine = row[column]
        if value is None:
            return mine is None
        value = str(value)
        if operator == "eq" and value == "*":
            return mine is not None
        return mine is not None and text_holds(operator, value, mine)

    return holds


def text_holds(operator, value, mine):
    if operator == "eq":
        return mine == value
    return value in mine if operator == "contains" else value.lower() in mine.lower()


def keywords(operator, value, row):
    return value.lower() in row["text"].lower()


def moments(value):
    """First and last moment that a time in a filter means."""
    if isinstance(value, int | float):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
        return moment, moment
    moment = datetime.fromisoformat(value)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if len(value) == len("2026-01-01"):
        return moment, moment + timedelta(hours=23, minutes=59, seconds=59, microseconds=999999)
    return moment, moment


def moment(column):
    def holds(operator, value, row):
        first, last = moments(value)
        mine = row[column]
        return {
            "eq": first <= mine <= last,
            "gt": mine > last,
            "gte": mine >= first,
            "lt": mine < first,
            "lte": mine <= last,
        }[operator]

    return holds


def expiry(operator, value, row):
    mine = row["expires_on"]
    if value is None:
        return mine is None
    if mine is None or value == "*":
        return mine is not None
    bound = moments(value)[0].date()
    assert isinstance(bound, date)
    return {
        "eq": mine == bound,
        "gt": mine > bound,
        "gte": mine >= bound,
        "lt": mine < bound,
        "lte": mine <= bound,
    }[operator]


def categories(operator, value, row):
    if operator == "eq":
        return value in row["categories"]
    return any(value.lower() in category.lower() for category in row["categories"])


def memory_ids(operator, value, row):
    return str(row["id"]) == value.lower()


def metadata_places(row, name):
    """The values a metadata key can mean: along the dots, and under the key as it is spelt."""
    nested = row["metadata"]
    for step in name.split("."):
        nested = nested.get(step, MISSING) if isinstance(nested, dict) else MISSING
    return [nested, row["metadata"].get(name, MISSING)]


def metadata(operator, value, places):
    return any(place is not MISSING and json_holds(operator, value, place) for place in places)


def json_holds(operator, value, mine):
    if operator == "eq":
        return value == "*" or any(same_json(value, one) for one in [mine, *(mine if isinstance(mine, list) else ())])
    if operator in ("contains", "icontains"):
        return json_contains(value, mine, fold=str.lower if operator == "icontains" else str)
    if not (isinstance(value, str) and isinstance(mine, str)) and not (is_number(value) and is_number(mine)):
        return False
    return {"gt": mine > value, "gte": mine >= value, "lt": mine < value, "lte": mine <= value}[operator]


def json_contains(value, mine, fold):
    if isinstance(mine, str):
        return isinstance(value, str) and fold(value) in fold(mine)
    if not isinstance(mine, list):
        return False
    if isinstance(value, str):
        return any(isinstance(item, str) and fold(item) == fold(value) for item in mine)
    return any(same_json(value, item) for item in mine)


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def same_json(one, other):
    """Equality of JSON values: unlike Python's, it tells true from 1."""
    if is_number(one) or is_number(other):
        return is_number(one) and is_number(other) and one == other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


KINDS = {
    **{column: entity(column) for column in ENTITIES},
    "text": lambda operator, value, row: text_holds(operator, value, row["text"]),
    "keywords": keywords,
    "created_at": moment("created_at"),
    "updated_at": moment("updated_at"),
    "timestamp": moment("valid_from"),
    "expiration_date": expiry,
    "categories": categories,
    "memory_ids": memory_ids,
    "metadata": metadata,
}
