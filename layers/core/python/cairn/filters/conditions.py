"""What each kind of field can be compared with: one function a kind, from an operator and its value to a condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cairn.filters import values
from cairn.filters.tree import (
    CategoryIn,
    CategoryLike,
    EntityColumn,
    ExpiryIn,
    ExpiryOrder,
    Filter,
    Json,
    MemoryIn,
    MetadataIn,
    MetadataOrder,
    MetadataPart,
    MetadataPresent,
    Not,
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
from cairn.kernel.errors import InvalidRequest

Test = Callable[[str, object, str], Filter]
"""Of an operator, its value as it was sent, and what it is called in an error message."""


def _no_such(field: str, allowed: str) -> InvalidRequest:
    return InvalidRequest(f"{field} is not an operator of this field; use {allowed}.")


def _order(operator: str) -> Order | None:
    return operator if operator in ("gt", "gte", "lt", "lte") else None


def _part(operator: str) -> Part | None:
    return operator if operator in ("contains", "icontains") else None


def exists(present: Filter, raw: object, field: str) -> Filter:
    """Whether a field is there (true) or not (false)."""
    return present if values.truth(raw, field) else Not(present)


def entity_test(column: EntityColumn, operator: str, raw: object, field: str) -> Filter:
    """A test of an entity id."""
    if operator in ("bare", "eq", "ne"):
        if raw is None:
            return Present(column) if operator == "ne" else Not(Present(column))
        test = _entity_in(column, (values.entity_id(raw, field),))
        return Not(test) if operator == "ne" else test
    if operator in ("in", "nin"):
        test = _entity_in(column, values.each(raw, field, values.entity_id))
        return Not(test) if operator == "nin" else test
    if part := _part(operator):
        return StringPart(column, part, values.string(raw, field))
    raise _no_such(field, "eq, ne, in, nin, contains, icontains or exists")


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
    raise _no_such(field, "eq, ne, in, nin, contains, icontains or exists")


def _keywords_test(operator: str, raw: object, field: str) -> Filter:
    if operator not in ("bare", "contains", "icontains"):
        raise _no_such(field, "contains or icontains")
    return StringPart("text", "icontains", values.string(raw, field))


def time_test(column: TimeColumn, operator: str, raw: object, field: str) -> Filter:
    """A test of a moment."""
    if order := _order(operator):
        return TimeOrder(column, order, values.span(raw, field))
    if operator in ("bare", "eq", "ne"):
        test = TimeIn(column, (values.span(raw, field),))
    elif operator in ("in", "nin"):
        test = TimeIn(column, values.each(raw, field, values.span))
    else:
        raise _no_such(field, "eq, ne, in, nin, gt, gte, lt, lte or exists")
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
        raise _no_such(field, "eq, ne, in, nin, gt, gte, lt, lte or exists")
    return Not(test) if operator in ("ne", "nin") else test


def _category_test(operator: str, raw: object, field: str) -> Filter:
    if operator in ("bare", "eq", "ne"):
        test = CategoryIn((values.string(raw, field),))
    elif operator in ("in", "nin"):
        test = CategoryIn(values.each(raw, field, values.string))
    elif operator in ("contains", "icontains"):
        return CategoryLike(values.string(raw, field))
    else:
        raise _no_such(field, "eq, ne, in, nin, contains, icontains or exists")
    return Not(test) if operator in ("ne", "nin") else test


def metadata_test(path: tuple[str, ...], operator: str, raw: object, field: str) -> Filter:
    """A test of the value under a path of metadata."""
    if order := _order(operator):
        return MetadataOrder(path, order, values.ordered(raw, field))
    if part := _part(operator):
        return MetadataPart(path, part, values.json_scalar(raw, field))
    if operator in ("bare", "eq", "ne"):
        test = _metadata_in(path, (values.json_value(raw, field),))
    elif operator in ("in", "nin"):
        test = _metadata_in(path, values.each(raw, field, values.json_value))
    else:
        raise _no_such(field, "eq, ne, in, nin, contains, icontains, gt, gte, lt, lte or exists, or a dotted key")
    return Not(test) if operator in ("ne", "nin") else test


def _metadata_in(path: tuple[str, ...], wanted: tuple[Json, ...]) -> Filter:
    return MetadataPresent(path) if "*" in wanted else MetadataIn(path, wanted)


def _memory_test(operator: str, raw: object, field: str) -> Filter:
    if operator not in ("bare", "eq", "ne", "in", "nin"):
        raise _no_such(field, "in, nin, eq or ne")
    if operator in ("in", "nin") or not isinstance(raw, str):
        test = MemoryIn(values.each(raw, field, values.memory_id))
    else:
        test = MemoryIn((values.memory_id(raw, field),))
    return Not(test) if operator in ("ne", "nin") else test


PRESENT: Final[dict[str, Filter]] = {
    "text": Present("text"),
    "expiration_date": Present("expires_on"),
    "expirationDate": Present("expires_on"),
    "categories": Present("categories"),
}
OTHERS: Final[dict[str, Test]] = {
    "text": _text_test,
    "keywords": _keywords_test,
    "keywords_search": _keywords_test,
    "expiration_date": _expiry_test,
    "expirationDate": _expiry_test,
    "categories": _category_test,
    "memory_ids": _memory_test,
    "memoryIds": _memory_test,
}
