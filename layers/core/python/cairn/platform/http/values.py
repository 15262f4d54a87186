"""Checked values of request bodies. Errors name their field, and what Postgres would refuse does not get through."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Final, cast
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from cairn.kernel.ids import same_id
from cairn.language.dated import Dated, Precision, from_iso

MAX_TEXT: Final = 100_000  # characters of one message or memory
MAX_METADATA: Final = 65_536  # characters of JSON
_MAX_DEPTH: Final = 32
_MAX_VALUES: Final = 100_000
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


class Body(BaseModel):
    """A request body: extra keys are ignored, and text that cannot be stored is refused wherever it hides.

    What is optional and null or blank is as if it was not there: clients send what they have no value for.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    as_given: ClassVar[frozenset[str] | None] = frozenset()
    """Fields for which null or blank has a meaning, or must be refused; None is every field."""
    read_too: ClassVar[frozenset[str]] = frozenset()
    """Keys beside the fields that another validator of the body reads."""

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:
        if isinstance(data, dict):
            # What is ignored may hold anything.
            known = cls.read_too | cls._names()
            data = {k: v for k, v in cast("dict[str, Any]", data).items() if k in known}
        require_storable(data)
        if cls.as_given is None or not isinstance(data, dict):
            return data
        return {k: v for k, v in cast("dict[str, Any]", data).items() if not (is_absent(v) and cls._may_be_absent(k))}

    @classmethod
    def _names(cls) -> frozenset[str]:
        """The keys that are read: each field's name, and its other spellings."""
        aliases = (field.validation_alias for field in cls.model_fields.values())
        spelt = (alias.choices if isinstance(alias, AliasChoices) else [alias] for alias in aliases if alias)
        return frozenset(cls.model_fields) | {str(name) for names in spelt for name in names}

    @classmethod
    def _may_be_absent(cls, name: str) -> bool:
        field = cls.model_fields.get(name)
        return field is not None and not field.is_required() and name not in (cls.as_given or ())


def is_absent(value: object) -> bool:
    """Whether this stands for no value: null, or nothing but white space."""
    return value is None or (isinstance(value, str) and not value.strip())


class Unstorable(ValueError):
    """What a body holds cannot be stored; `field` is the field it is in, in whose depths the text names a place."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place} {what}")
        self.field = re.split(r"[.\[]", place, maxsplit=1)[0]
        self.what = what


def require_storable(data: Any) -> None:
    """Raises Unstorable naming the place of a NUL, a lone surrogate, a non-finite number or too deep a nesting.

    Also where there are more values than any request needs: looking at millions takes longer than answering.
    """
    pending: list[tuple[str, Any, int]] = [("", data, 0)]
    seen = 0
    while pending:
        place, value, depth = pending.pop()
        where = place.lstrip(".")[:100] or "the body"
        if depth > _MAX_DEPTH:
            raise Unstorable(where, f"is nested deeper than {_MAX_DEPTH} levels")
        if isinstance(value, str) and not storable(value):
            raise Unstorable(where, "holds a NUL character or a lone surrogate")
        if isinstance(value, float) and not math.isfinite(value):
            raise Unstorable(where, "holds a number that is not finite")
        seen += len(cast("list[Any]", value)) if isinstance(value, list | dict) else 0
        if seen > _MAX_VALUES:
            raise Unstorable(where, f"makes more than {_MAX_VALUES} values")
        pending += [(f"{place}{key}", item, depth + 1) for key, item in _items(where, value)]


def _items(where: str, value: Any) -> list[tuple[str, Any]]:
    """The entries of an object or a list, each with how its place is written."""
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return [(f"[{n}]", item) for n, item in enumerate(items)]
    if not isinstance(value, dict):
        return []
    entries = cast("dict[Any, Any]", value)
    if not all(storable(str(key)) for key in entries):
        raise Unstorable(where, "has a key with a NUL character or a lone surrogate")
    return [(f".{key}", item) for key, item in entries.items()]


def storable(text: str) -> bool:
    """Whether Postgres can store the text: UTF-8 without NUL."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def error_sentence(error: Mapping[str, Any]) -> str:
    """One sentence that names the field, from one of pydantic's errors."""
    location: Sequence[str | int] = error["loc"]
    if error["type"] == "json_invalid":
        return "The body is not valid JSON."
    names = location[1:] if location[:1] and location[0] in ("body", "query", "path", "header") else location
    field = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in names).lstrip(".")
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if error["type"] == "missing":
        message = "is required"
    elif error["type"] == "string_pattern_mismatch":
        message = "must not be blank"
    elif " should" in message[:20]:
        message = "should" + message.partition(" should")[2]
    subject = "" if error["type"] == "value_error" and not field else f"{field or 'The body'} "
    return f"{subject}{message}."


def _to_id(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _one_line(value: str) -> str:
    if len(value.splitlines()) > 1:
        raise ValueError("must not have a line break")
    return value


def _not_wildcard(value: str) -> str:
    if value == "*":
        raise ValueError("must name one entity: '*' is a wildcard of filters")
    return value


def to_moment(value: Any) -> datetime:
    """A moment from Unix seconds (int or float) or ISO 8601 text; without an offset it is UTC."""
    moment = to_wall_time(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_wall_time(value: Any) -> datetime:
    """The same, but without an offset it has no time zone yet: `in_zone` gives it one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("must be Unix seconds or an ISO 8601 date or time")
    try:
        moment = datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else _from_text(value)
    except (ValueError, OverflowError, OSError):
        raise ValueError("must be Unix seconds or an ISO 8601 date or time") from None
    if not _FIRST <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) <= _LAST:
        raise ValueError("must lie between the years 1 and 9999")
    return moment


def _from_text(value: str) -> datetime:
    if value.isdigit() and len(value) == 4:  # a bare year
        return datetime(int(value), 1, 1)  # noqa: DTZ001  # the zone comes later
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment


def to_told(value: Any) -> Dated:
    """A date as precise as it is written: `to_moment`, and a month, a week or a quarter of ISO 8601 besides."""
    told = from_iso(value, ZoneInfo("UTC")) if isinstance(value, str) else None
    if told is None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValueError("must be Unix seconds, or ISO 8601: a time, a day, a week, a month or a year")
        return Dated(to_moment(value), Precision.TIME)
    if not _FIRST <= told.at <= _LAST:
        raise ValueError("must lie between the years 1 and 9999")
    return told


def in_zone(moment: datetime, time_zone: str) -> datetime:
    """The moment in UTC; one that has no time zone yet is a local time of this one."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))).astimezone(UTC)


def to_day(value: Any) -> date:
    """A day from YYYY-MM-DD, or from an ISO 8601 time: its day in UTC where it has an offset, else its own."""
    if not isinstance(value, str):
        raise ValueError("must be a date as YYYY-MM-DD")
    try:
        return date.fromisoformat(value) if len(value) == 10 else _from_text(value).date()
    except ValueError:
        raise ValueError("must be a date as YYYY-MM-DD") from None


# Constraints stand next to their type, so that a breach is reported in the type's own words.
EntityId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256),
    BeforeValidator(_to_id),
    AfterValidator(same_id),
    AfterValidator(_one_line),
    AfterValidator(_not_wildcard),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "minLength": 1, "maxLength": 256}, {"type": "integer"}],
            "description": "One line of text other than '*'; a number stands for its digits.",
        }
    ),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT, pattern=r"\S")]
Moment = Annotated[datetime, BeforeValidator(to_moment)]
Told = Annotated[Dated, BeforeValidator(to_told)]
WallTime = Annotated[datetime, BeforeValidator(to_wall_time)]
Day = Annotated[date, BeforeValidator(to_day)]
# What these hold is read by the filter language, whose errors name the place in it.
_WRITTEN_MOMENT: Final = [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
FilterObject = Annotated[Any, WithJsonSchema({"type": "object", "description": "A filter: conditions by name."})]
FilterMoment = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [*_WRITTEN_MOMENT, {"type": "number", "minimum": -62135596800, "maximum": 253402300799}],
            "description": "A UTC day, a time, or Unix seconds.",
        }
    ),
]
WrittenMoment = Annotated[str, WithJsonSchema({"anyOf": _WRITTEN_MOMENT, "description": "A UTC day, or a time."})]
Names = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=256)]], Field(max_length=100)]


def _small(value: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(value)) > MAX_METADATA:
        raise ValueError(f"must be at most {MAX_METADATA} characters of JSON")
    return value


Metadata = Annotated[dict[str, Any], AfterValidator(_small)]


def _named_categories(value: Any) -> tuple[tuple[str, str], ...]:
    """Categories as {name: what it covers}, a list of such, or a list of names; they become pairs."""
    entries = cast("list[Any]", value) if isinstance(value, list) else [value]
    pairs: list[tuple[str, Any]] = []
    for entry in entries:
        named = {entry: ""} if isinstance(entry, str) else entry
        if not isinstance(named, dict):
            raise ValueError("must be a list of names, or of objects as {name: what it covers}")
        pairs += [(str(name), text) for name, text in cast("dict[Any, Any]", named).items()]
    if len(pairs) > 100 or any(not isinstance(text, str) or len(name) + len(text) > 1_000 for name, text in pairs):
        raise ValueError("must be at most 100 names with what each covers, of at most 1000 characters")
    if not all(name.strip() for name, _ in pairs):
        raise ValueError("must not hold a blank name")
    return tuple(pairs)


def _blank_to_none(value: Any) -> Any:
    return None if is_absent(value) else value


def _time_zone(value: str) -> str:
    # Names of zones are file names: one that is not plainly a zone's must not reach the file system.
    if not re.fullmatch(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+){0,2}", value):
        raise ValueError("must be an IANA time zone, as 'Europe/Berlin'")
    try:
        return ZoneInfo(value).key
    except (ValueError, KeyError, OSError):
        raise ValueError("must be an IANA time zone, as 'Europe/Berlin'") from None


Categories = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_named_categories)]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_time_zone)]
Wish = Annotated[Annotated[str, StringConstraints(max_length=10_000)] | None, BeforeValidator(_blank_to_none)]
