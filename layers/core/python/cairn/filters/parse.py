"""From a JSON object to a checked filter tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, cast

from cairn.errors import InvalidRequest
from cairn.filters import values
from cairn.filters.tree import (
    And,
    CategoryIn,
    CategoryLike,
    EntityColumn,
    ExpiryIn,
    ExpiryOrder,
    Filter,
    MemoryIn,
    MetadataIn,
    MetadataOrder,
    MetadataPart,
    Not,
    Or,
    Order,
    Part,
    Present,
    StringColumn,
    StringIn,
    StringPart,
    TimeColumn,
    TimeIn,
    TimeOrder,
)

MAX_DEPTH: Final = 10
MAX_CONDITIONS: Final = 200
MAX_PATH: Final = 10
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
_OPERATORS: Final = frozenset({"eq", "ne", "in", "nin", "gt", "gte", "lt", "lte", "contains", "icontains"})

Test = Callable[[str, object, str], Filter]


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
    return _Parser(_Budget()).object(raw, field, 0)


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
            return self.tests(raw, at, lambda op, value, where: _entity_test(column, op, value, where))
        if moment := _TIMES.get(key):
            return self.tests(raw, at, lambda op, value, where: _time_test(moment, op, value, where))
        if test := _OTHERS.get(key):
            return self.tests(raw, at, test)
        raise InvalidRequest(f"{field} has the unknown key {key[:_SHOWN_KEY]!r}; it can have {_ALLOWED}.")

    def metadata(self, key: str, raw: object, field: str) -> Filter:
        path = tuple(key.split("."))
        at = f"{field}.metadata.{key[:_SHOWN_KEY]}"
        if len(path) > MAX_PATH:
            raise InvalidRequest(f"{at} must not have more than {MAX_PATH} levels.")
        return self.tests(raw, at, lambda op, value, where: _metadata_test(path, op, value, where))

    def tests(self, raw: object, field: str, test: Test) -> Filter:
        """Read what a key is compared with: an object of operators, or a bare value that stands for one."""
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
                raise InvalidRequest(f"{unknown}; it can have eq, ne, in, nin, gt, gte, lt, lte, contains, icontains.")
            parts.append(test(operator, value, f"{field}.{operator}"))
        return _joined(And, parts)


def _joined(kind: type[And] | type[Or], parts: list[Filter]) -> Filter:
    """Join the parts, without a node around a single one."""
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _no_such(field: str, allowed: str) -> InvalidRequest:
    return InvalidRequest(f"{field} is not an operator of this field; use {allowed}.")


def _order(operator: str) -> Order | None:
    return operator if operator in ("gt", "gte", "lt", "lte") else None


def _part(operator: str) -> Part | None:
    return operator if operator in ("contains", "icontains") else None


def _entity_test(column: EntityColumn, operator: str, raw: object, field: str) -> Filter:
    if operator in ("bare", "eq", "ne"):
        if raw is None:
            return Present(column) if operator == "ne" else Not(Present(column))
        test = _entity_in(column, (values.entity_id(raw, field),))
        return Not(test) if operator == "ne" else test
    if operator in ("in", "nin"):
        test = _entity_in(column, values.each(raw, field, values.entity_id))
        return Not(test) if operator == "nin" else test
    if part := _part(operator):
        return StringPart(column, part, values.entity_id(raw, field))
    raise _no_such(field, "eq, ne, in, nin, contains or icontains")


def _entity_in(column: EntityColumn, ids: tuple[str, ...]) -> Filter:
    return Present(column) if "*" in ids else StringIn(column, ids)


def _text_test(operator: str, raw: object, field: str) -> Filter:
    column: StringColumn = "text"
    if operator in ("bare", "eq", "ne"):
        test = StringIn(column, (values.string(raw, field),))
        return Not(test) if operator == "ne" else test
    if operator in ("in", "nin"):
        test = StringIn(column, values.each(raw, field, values.string))
        return Not(test) if operator == "nin" else test
    if part := _part(operator):
        return StringPart(column, part, values.string(raw, field))
    raise _no_such(field, "eq, ne, in, nin, contains or icontains")


def _keywords_test(operator: str, raw: object, field: str) -> Filter:
    if operator not in ("bare", "contains", "icontains"):
        raise _no_such(field, "contains or icontains")
    return StringPart("text", "icontains", values.string(raw, field))


def _time_test(column: TimeColumn, operator: str, raw: object, field: str) -> Filter:
    if order := _order(operator):
        return TimeOrder(column, order, values.span(raw, field))
    if operator in ("bare", "eq", "ne"):
        test = TimeIn(column, (values.span(raw, field),))
    elif operator in ("in", "nin"):
        test = TimeIn(column, values.each(raw, field, values.span))
    else:
        raise _no_such(field, "eq, ne, in, nin, gt, gte, lt or lte")
    return Not(test) if operator in ("ne", "nin") else test


def _expiry_test(operator: str, raw: object, field: str) -> Filter:
    if order := _order(operator):
        return ExpiryOrder(order, values.day(raw, field))
    test: Filter
    if operator in ("bare", "eq", "ne"):
        if raw is None:
            test = Not(Present("expires_on"))
        else:
            test = Present("expires_on") if raw == "*" else ExpiryIn((values.day(raw, field),))
    elif operator in ("in", "nin"):
        test = ExpiryIn(values.each(raw, field, values.day))
    else:
        raise _no_such(field, "eq, ne, in, nin, gt, gte, lt or lte")
    return Not(test) if operator in ("ne", "nin") else test


def _category_test(operator: str, raw: object, field: str) -> Filter:
    if operator in ("bare", "eq", "ne"):
        test = CategoryIn((values.string(raw, field),))
    elif operator in ("in", "nin"):
        test = CategoryIn(values.each(raw, field, values.string))
    elif operator in ("contains", "icontains"):
        return CategoryLike(values.string(raw, field))
    else:
        raise _no_such(field, "eq, ne, in, nin, contains or icontains")
    return Not(test) if operator in ("ne", "nin") else test


def _metadata_test(path: tuple[str, ...], operator: str, raw: object, field: str) -> Filter:
    if order := _order(operator):
        return MetadataOrder(path, order, values.ordered(raw, field))
    if part := _part(operator):
        return MetadataPart(path, part, values.json_scalar(raw, field))
    if operator in ("bare", "eq", "ne"):
        test = MetadataIn(path, (values.json_value(raw, field),))
    elif operator in ("in", "nin"):
        test = MetadataIn(path, values.each(raw, field, values.json_value))
    else:
        raise _no_such(field, "eq, ne, in, nin, contains, icontains, gt, gte, lt or lte, or a dotted key")
    return Not(test) if operator in ("ne", "nin") else test


def _memory_test(operator: str, raw: object, field: str) -> Filter:
    if operator not in ("bare", "eq", "ne", "in", "nin"):
        raise _no_such(field, "in, nin, eq or ne")
    if operator in ("in", "nin") or not isinstance(raw, str):
        test = MemoryIn(values.each(raw, field, values.memory_id))
    else:
        test = MemoryIn((values.memory_id(raw, field),))
    return Not(test) if operator in ("ne", "nin") else test


_OTHERS: Final[dict[str, Test]] = {
    "text": _text_test,
    "keywords": _keywords_test,
    "keywords_search": _keywords_test,
    "expiration_date": _expiry_test,
    "expirationDate": _expiry_test,
    "categories": _category_test,
    "memory_ids": _memory_test,
    "memoryIds": _memory_test,
}
