"""What a parsed filter is made of. Leaves are positive: `ne` and `nin` are parsed as Not of `eq` and `in`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from cairn.kernel.tenancy import Scope

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
EntityColumn = Literal["user_id", "agent_id", "app_id", "run_id"]
StringColumn = Literal["user_id", "agent_id", "app_id", "run_id", "text"]
TimeColumn = Literal["created_at", "updated_at", "valid_from"]
Order = Literal["gt", "gte", "lt", "lte"]
Part = Literal["contains", "icontains"]

ENTITY_COLUMNS: Final[frozenset[str]] = frozenset({"user_id", "agent_id", "app_id", "run_id"})


@dataclass(frozen=True, slots=True)
class And:
    """True where every part is; with no parts, everywhere."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True where any part is; with no parts, nowhere."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True exactly where the part is not true, so also where it is unknown."""

    part: Filter


@dataclass(frozen=True, slots=True)
class Present:
    """The column has a value: every text and time has one, an entity id, an expiration date or a category may not."""

    column: StringColumn | TimeColumn | Literal["expires_on", "categories"]


@dataclass(frozen=True, slots=True)
class StringIn:
    """The column is one of the values."""

    column: StringColumn
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StringPart:
    """The column contains the value, exactly or in any case."""

    column: StringColumn
    operator: Part
    value: str


@dataclass(frozen=True, slots=True)
class Span:
    """The moments a time value stands for, both ends included: one instant, or a whole UTC day."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class TimeIn:
    """The time lies in one of the spans."""

    column: TimeColumn
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class TimeOrder:
    """The time lies before or after the span."""

    column: TimeColumn
    operator: Order
    span: Span


@dataclass(frozen=True, slots=True)
class ExpiryIn:
    """The expiration date is one of the dates."""

    dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class ExpiryOrder:
    """The expiration date lies before or after the date."""

    operator: Order
    value: date


@dataclass(frozen=True, slots=True)
class CategoryIn:
    """The memory has one of the categories."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryLike:
    """The memory has a category that contains the value in any case."""

    value: str


@dataclass(frozen=True, slots=True)
class MemoryIn:
    """The memory is one of these."""

    memory_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class MetadataPresent:
    """There is a value under the path, be it null."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetadataIn:
    """The value under the path is one of the JSON values, or an array that has one of them as an element."""

    path: tuple[str, ...]
    values: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class MetadataPart:
    """The string under the path contains the value, or the array under the path has it as an element."""

    path: tuple[str, ...]
    operator: Part
    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class MetadataOrder:
    """The number or string under the path lies before or after the value."""

    path: tuple[str, ...]
    operator: Order
    value: str | int | float


Leaf: TypeAlias = (
    Present
    | StringIn
    | StringPart
    | TimeIn
    | TimeOrder
    | ExpiryIn
    | ExpiryOrder
    | CategoryIn
    | CategoryLike
    | MemoryIn
    | MetadataPresent
    | MetadataIn
    | MetadataPart
    | MetadataOrder
)
Filter: TypeAlias = And | Or | Not | Leaf


def leaves(where: Filter) -> Iterator[Leaf]:
    """Every condition of a filter."""
    match where:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield where


def values_of(leaf: Leaf) -> int:
    """How many values a row is compared with."""
    match leaf:
        case StringIn(_, values) | MetadataIn(_, values) | CategoryIn(values) | MemoryIn(values):
            return len(values)
        case TimeIn(_, spans):
            return len(spans)
        case ExpiryIn(dates):
            return len(dates)
        case _:
            return 1


def looks_into(leaf: Leaf) -> bool:
    """Whether all of a text or of its metadata is read to know whether the row is meant."""
    match leaf:
        case StringPart(column):
            return column == "text"
        case MetadataPart() | CategoryLike():
            return True
        case _:
            return False


def has_entity(tree: Filter) -> bool:
    """Say whether the filter names an entity it wants: by id, by a list of ids or by "*", outside any NOT."""
    match tree:
        case And(parts) | Or(parts):
            return any(has_entity(part) for part in parts)
        case Present(column) | StringIn(column):
            return column in ENTITY_COLUMNS
        case _:
            return False


def only_entities(where: Filter) -> bool:
    """Whether nothing but user, agent, app and run is looked at."""
    match where:
        case And(parts) | Or(parts):
            return all(only_entities(part) for part in parts)
        case Not(part):
            return only_entities(part)
        case Present(column) | StringIn(column, _) | StringPart(column, _, _):
            return column in ENTITY_COLUMNS
        case _:
            return False


def filter_of(scope: Scope) -> Filter:
    """The filter of these entity ids, each as it is; an absent one is any."""
    ids: tuple[tuple[EntityColumn, str | None], ...] = (
        ("user_id", scope.user_id),
        ("agent_id", scope.agent_id),
        ("app_id", scope.app_id),
        ("run_id", scope.run_id),
    )
    return And(tuple(StringIn(column, (name,)) for column, name in ids if name is not None))


def named_entities(where: Filter) -> dict[str, str]:
    """The entity ids that everything the filter lets through has, by their columns."""
    match where:
        case And(parts):
            return {column: name for part in parts for column, name in named_entities(part).items()}
        case StringIn(column, (name,)) if column in ENTITY_COLUMNS:
            return {column: name}
        case _:
            return {}


def only_names(where: Filter) -> bool:
    """Whether the filter is nothing but entity ids, one of a kind."""
    match where:
        case And(parts):
            columns = [column for part in parts for column in named_entities(part)]
            return all(only_names(part) for part in parts) and len(columns) == len(set(columns))
        case StringIn(column, (_,)):
            return column in ENTITY_COLUMNS
        case _:
            return False
