"""From a JSON object to a checked filter tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, cast

from cairn.filters import conditions, values
from cairn.filters.conditions import Test
from cairn.filters.tree import (
    And,
    EntityColumn,
    Filter,
    MetadataPresent,
    Not,
    Or,
    Present,
    TimeColumn,
    leaves,
    looks_into,
    values_of,
)
from cairn.kernel.errors import InvalidRequest

MAX_DEPTH: Final = 10
MAX_CONDITIONS: Final = 200
MAX_PATH: Final = 10
MAX_VALUES: Final = 2_000
MAX_LOOKS: Final = 10
# How much of a key that a caller made up is repeated in an error message.
_SHOWN_KEY: Final = 60

_ENTITIES: Final[dict[str, EntityColumn]] = {
    "user_id": "user_id",
    "userId": "user_id",
    "agent_id": "agent_id",
    "agentId": "agent_id",
    "app_id": "app_id",
    "appId": "app_id",
    "run_id": "run_id",
    "runId": "run_id",
    "session_id": "run_id",
    "sessionId": "run_id",
}
_TIMES: Final[dict[str, TimeColumn]] = {
    "created_at": "created_at",
    "createdAt": "created_at",
    "updated_at": "updated_at",
    "updatedAt": "updated_at",
    "timestamp": "valid_from",
}
_ALLOWED: Final = (
    "AND, OR, NOT, user_id, agent_id, app_id, run_id, created_at, updated_at, timestamp, expiration_date, text, "
    "categories, metadata, metadata.<key>, keywords, keywords_search, memory_ids"
)
_OPERATORS: Final = ("eq", "ne", "in", "nin", "gt", "gte", "lt", "lte", "contains", "icontains", "exists")


@dataclass
class _Budget:
    """How many conditions a request has used up."""

    conditions: int = 0

    def spend(self, field: str) -> None:
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            raise InvalidRequest(f"{field} is one condition too many: a filter has at most {MAX_CONDITIONS}.")


def parse_filters(raw: object, *, field: str = "filters") -> Filter:
    """Check a filter as a caller sent it and return its tree; no filter at all (None) matches everything.

    Args:
        raw: the decoded JSON.
        field: what the filter is called in error messages.

    Raises:
        InvalidRequest: with one sentence that names the field that is wrong.
    """
    if raw is None:
        return And(())
    parsed = _Parser(_Budget()).object(raw, field, 0)
    _check_cost(parsed, field)
    return parsed


def _check_cost(parsed: Filter, field: str) -> None:
    """Raises InvalidRequest where every row would be compared for longer than a request may take."""
    conditions = list(leaves(parsed))
    if sum(map(values_of, conditions)) > MAX_VALUES:
        raise InvalidRequest(f"{field} must have at most {MAX_VALUES} values in all its lists.")
    if sum(map(looks_into, conditions)) > MAX_LOOKS:
        raise InvalidRequest(f"{field} must look into texts, metadata or categories at most {MAX_LOOKS} times.")


@dataclass
class _Parser:
    budget: _Budget

    def object(self, raw: object, field: str, depth: int) -> Filter:
        return _joined(And, list(self.entries(raw, field, depth)))

    def entries(self, raw: object, field: str, depth: int) -> Iterator[Filter]:
        if depth > MAX_DEPTH:
            raise InvalidRequest(f"{field} must not be nested deeper than {MAX_DEPTH} levels.")
        for key, value in values.as_object(raw, field).items():
            if key in ("AND", "OR", "NOT"):
                yield self.logic(key, value, f"{field}.{key}", depth + 1)
            elif key == "metadata":
                keys = values.as_object(value, f"{field}.{key}")
                yield _joined(And, [self.metadata(name, tests, field) for name, tests in keys.items()])
            elif key.startswith("metadata."):
                yield self.metadata(key.removeprefix("metadata."), value, field)
            else:
                yield self.condition(key, value, field)

    def logic(self, key: Literal["AND", "OR", "NOT"], raw: object, field: str, depth: int) -> Filter:
        if isinstance(raw, dict):
            parts = list(self.entries(cast("dict[str, object]", raw), field, depth))
            return Not(_joined(And, parts)) if key == "NOT" else _joined(And if key == "AND" else Or, parts)
        if not isinstance(raw, list | tuple):
            raise InvalidRequest(f"{field} must be a list of filters or one filter.")
        parts = list(values.each(cast("list[object]", raw), field, lambda item, at: self.object(item, at, depth)))
        return Not(_joined(Or, parts)) if key == "NOT" else _joined(And if key == "AND" else Or, parts)

    def condition(self, key: str, raw: object, field: str) -> Filter:
        at = f"{field}.{key}"
        if column := _ENTITIES.get(key):
            return self.tests(raw, at, partial(conditions.entity_test, column), Present(column))
        if moment := _TIMES.get(key):
            return self.tests(raw, at, partial(conditions.time_test, moment), Present(moment))
        if test := conditions.OTHERS.get(key):
            return self.tests(raw, at, test, conditions.PRESENT.get(key))
        raise InvalidRequest(f"{field} has the unknown key {key[:_SHOWN_KEY]!r}; it can have {_ALLOWED}.")

    def metadata(self, key: str, raw: object, field: str) -> Filter:
        path = tuple(key.split("."))
        at = f"{field}.metadata.{key[:_SHOWN_KEY]}"
        if len(path) > MAX_PATH:
            raise InvalidRequest(f"{at} must not have more than {MAX_PATH} levels.")
        return self.tests(raw, at, partial(conditions.metadata_test, path), MetadataPresent(path))

    def tests(self, raw: object, field: str, test: Test, present: Filter | None) -> Filter:
        """Read what a key is compared with: an object of operators, or a bare value that stands for one.

        `present` is what `exists` asks of the key; None where it asks nothing.
        """
        if not isinstance(raw, dict):
            self.budget.spend(field)
            return test("bare", raw, field)
        operators = values.as_object(cast("dict[str, object]", raw), field)
        if not operators:
            raise InvalidRequest(f"{field} must not be an empty object.")
        parts: list[Filter] = []
        for operator, value in operators.items():
            self.budget.spend(field)
            if operator not in _OPERATORS:
                unknown = f"{field} has the unknown operator {operator[:_SHOWN_KEY]!r}"
                raise InvalidRequest(f"{unknown}; it can have {', '.join(_OPERATORS)}.")
            at = f"{field}.{operator}"
            parts.append(
                conditions.exists(present, value, at) if operator == "exists" and present else test(operator, value, at)
            )
        return _joined(And, parts)


def _joined(kind: type[And] | type[Or], parts: list[Filter]) -> Filter:
    """Join the parts, without a node around a single one."""
    return parts[0] if len(parts) == 1 else kind(tuple(parts))
