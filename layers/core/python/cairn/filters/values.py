"""The values in a filter, checked so strictly that nothing which passes can fail in Postgres."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from typing import Final, TypeVar, cast
from uuid import UUID

from cairn.filters.tree import Json, Span
from cairn.kernel.errors import InvalidRequest
from cairn.kernel.ids import same_id

MAX_ITEMS: Final = 1000
MAX_JSON_DEPTH: Final = 10
# A float's range. Postgres numeric holds more, but no client can mean a longer integer.
MAX_NUMBER_BITS: Final = 1024

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

T = TypeVar("T")


def as_object(raw: object, field: str) -> dict[str, object]:
    """Take a JSON object."""
    if not isinstance(raw, dict):
        raise InvalidRequest(f"{field} must be an object.")
    entries = cast("dict[object, object]", raw)
    for key in entries:
        string(key, f"A key of {field}")
    return cast("dict[str, object]", raw)


def as_list(raw: object, field: str) -> list[object]:
    """Take a JSON list that is not too long."""
    if not isinstance(raw, list | tuple):
        raise InvalidRequest(f"{field} must be a list.")
    items = list(cast("list[object]", raw))
    if len(items) > MAX_ITEMS:
        raise InvalidRequest(f"{field} must have at most {MAX_ITEMS} items.")
    return items


def each(raw: object, field: str, value: Callable[[object, str], T]) -> tuple[T, ...]:
    """Take a list and check each item of it."""
    return tuple(value(item, f"{field}[{index}]") for index, item in enumerate(as_list(raw, field)))


def string(raw: object, field: str) -> str:
    """Take a string that Postgres can store: no NUL, no lone surrogate."""
    if not isinstance(raw, str):
        raise InvalidRequest(f"{field} must be a string.")
    if "\x00" in raw or any("\ud800" <= character <= "\udfff" for character in raw):
        raise InvalidRequest(f"{field} must not contain NUL or lone surrogate characters.")
    return raw


def number(raw: object, field: str) -> int | float:
    """Take a finite number; true and false are none."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise InvalidRequest(f"{field} must be a number.")
    if (isinstance(raw, int) and raw.bit_length() > MAX_NUMBER_BITS) or (isinstance(raw, float) and not isfinite(raw)):
        raise InvalidRequest(f"{field} must be a finite number.")
    return raw


def entity_id(raw: object, field: str) -> str:
    """Take an entity id: a non-empty string, or a number, which stands for its string."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return str(number(raw, field))
    if not isinstance(raw, str) or not raw:
        raise InvalidRequest(f"{field} must be a non-empty string.")
    return same_id(string(raw, field))


def memory_id(raw: object, field: str) -> UUID:
    """Take a memory id."""
    if not isinstance(raw, str) or not _UUID.fullmatch(raw):
        raise InvalidRequest(f"{field} must be a valid UUID.")
    return UUID(raw)


def span(raw: object, field: str) -> Span:
    """Take a date, a time or epoch seconds as the moments it stands for."""
    if isinstance(raw, str) and _DATE.fullmatch(raw):
        day = _iso_date(raw, field)
        return Span(datetime.combine(day, time.min, UTC), datetime.combine(day, time.max, UTC))
    moment = _moment(raw, field)
    return Span(moment, moment)


def day(raw: object, field: str) -> date:
    """Take a date, or the UTC date of a time."""
    return span(raw, field).first.date()


def _moment(raw: object, field: str) -> datetime:
    try:
        if isinstance(raw, str) and _TIME.fullmatch(raw):
            moment = datetime.fromisoformat(raw.upper())
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return _EPOCH + timedelta(seconds=raw)
    except (ValueError, OverflowError) as exc:
        raise InvalidRequest(f"{field} must be a date or time between the years 1 and 9999.") from exc
    raise InvalidRequest(f"{field} must be an ISO 8601 date or time.")


def _iso_date(raw: str, field: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError as exc:
        raise InvalidRequest(f"{field} must be an ISO 8601 date or time.") from exc


def json_value(raw: object, field: str, depth: int = 0) -> Json:
    """Take any JSON value that jsonb can hold."""
    if depth > MAX_JSON_DEPTH:
        raise InvalidRequest(f"{field} must not be nested deeper than {MAX_JSON_DEPTH} levels.")
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        return string(raw, field)
    if isinstance(raw, list | tuple):
        return [json_value(item, field, depth + 1) for item in as_list(cast("list[object]", raw), field)]
    if isinstance(raw, dict):
        entries = as_object(cast("dict[str, object]", raw), field)
        return {key: json_value(item, field, depth + 1) for key, item in entries.items()}
    return number(raw, field)


def json_scalar(raw: object, field: str) -> str | int | float | bool:
    """Take a string, a number, true or false."""
    if isinstance(raw, bool):
        return raw
    return ordered(raw, field)


def truth(raw: object, field: str) -> bool:
    """Take true or false."""
    if not isinstance(raw, bool):
        raise InvalidRequest(f"{field} must be true or false.")
    return raw


def ordered(raw: object, field: str) -> str | int | float:
    """Take what has an order: a string or a number."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise InvalidRequest(f"{field} must be a string or a number.")
    return string(raw, field) if isinstance(raw, str) else number(raw, field)
