"""From a filter tree to SQL over the alias `m` of memories; every value and every metadata key is a parameter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from psycopg.sql import SQL, Composable, Placeholder
from psycopg.types.json import Jsonb

from cairn.filters.tree import (
    And,
    CategoryIn,
    CategoryLike,
    ExpiryIn,
    ExpiryOrder,
    Filter,
    Leaf,
    MemoryIn,
    MetadataIn,
    MetadataOrder,
    MetadataPart,
    MetadataPresent,
    Not,
    Or,
    Present,
    StringIn,
    StringPart,
    TimeIn,
    TimeOrder,
)

_COLUMNS: Final = {
    "user_id": SQL("m.user_id"),
    "agent_id": SQL("m.agent_id"),
    "app_id": SQL("m.app_id"),
    "run_id": SQL("m.run_id"),
    "text": SQL("m.text"),
    "created_at": SQL("m.created_at"),
    "updated_at": SQL("m.updated_at"),
    "valid_from": SQL("m.valid_from"),
    "expires_on": SQL("m.expires_on"),
}
_ORDERS: Final = {"gt": SQL(">"), "gte": SQL(">="), "lt": SQL("<"), "lte": SQL("<=")}


def compile_filter(tree: Filter) -> tuple[Composable, dict[str, object]]:
    """Compile a filter to a boolean SQL expression and its parameters.

    Returns:
        The expression over the alias `m`, with the named placeholders f0, f1 …, and their values by name. An empty
        filter is TRUE. The expression may be NULL where it is not true, as usual in a WHERE.
    """
    compiler = _Compiler()
    return compiler.tree(tree), compiler.parameters


MetadataLeaf: TypeAlias = MetadataPresent | MetadataIn | MetadataPart | MetadataOrder


@dataclass
class _Compiler:
    parameters: dict[str, object] = field(default_factory=dict[str, object])

    def parameter(self, value: object) -> Placeholder:
        name = f"f{len(self.parameters)}"
        self.parameters[name] = value
        return Placeholder(name)

    def tree(self, tree: Filter) -> Composable:
        match tree:
            case And(parts):
                return _any_of(SQL(" AND "), [self.tree(part) for part in parts], SQL("TRUE"))
            case Or(parts):
                return _any_of(SQL(" OR "), [self.tree(part) for part in parts], SQL("FALSE"))
            case Not(part):
                return SQL("(({}) IS NOT TRUE)").format(self.tree(part))
            case _:
                return self.leaf(tree)

    def leaf(self, leaf: Leaf) -> Composable:
        match leaf:
            case Present("categories"):
                return SQL("cardinality(m.categories) > 0")
            case Present(column):
                return SQL("{} IS NOT NULL").format(_COLUMNS[column])
            case StringIn(column, values):
                return self.among(_COLUMNS[column], values)
            case StringPart(column, operator, value):
                return self.part(_COLUMNS[column], value, ignore_case=operator == "icontains")
            case MemoryIn(memory_ids):
                return SQL("m.id = ANY({})").format(self.parameter(list(memory_ids)))
            case TimeIn() | TimeOrder() | ExpiryIn() | ExpiryOrder():
                return self.time(leaf)
            case CategoryIn() | CategoryLike():
                return self.category(leaf)
            case _:
                return self.metadata(leaf)

    def among(self, column: Composable, values: tuple[str, ...]) -> Composable:
        # One value keeps the plain form `m.user_id = …`, which an index serves best.
        if len(values) == 1:
            return SQL("{} = {}").format(column, self.parameter(values[0]))
        return SQL("{} = ANY({}::text[])").format(column, self.parameter(list(values)))

    def part(self, text: Composable, value: str, *, ignore_case: bool) -> Composable:
        # strpos, not LIKE: nothing in the value has a meaning, so nothing needs to be escaped.
        form = "strpos(lower({}), lower({}::text)) > 0" if ignore_case else "strpos({}, {}::text) > 0"
        return SQL(form).format(text, self.parameter(value))

    def time(self, leaf: TimeIn | TimeOrder | ExpiryIn | ExpiryOrder) -> Composable:
        match leaf:
            case TimeOrder(column, operator, span):
                # Later than a day is later than its end; from a day on is from its start.
                edge = span.last if operator in ("gt", "lte") else span.first
                return SQL("{} {} {}").format(_COLUMNS[column], _ORDERS[operator], self.parameter(edge))
            case TimeIn(column, (span,)):
                first, last = self.parameter(span.first), self.parameter(span.last)
                return SQL("{} BETWEEN {} AND {}").format(_COLUMNS[column], first, last)
            case TimeIn(column, spans):
                return SQL(
                    "EXISTS (SELECT 1 FROM unnest({}::timestamptz[], {}::timestamptz[]) AS s (first, last)"
                    " WHERE {} BETWEEN s.first AND s.last)"
                ).format(
                    self.parameter([span.first for span in spans]),
                    self.parameter([span.last for span in spans]),
                    _COLUMNS[column],
                )
            case ExpiryOrder(operator, value):
                return SQL("m.expires_on {} {}").format(_ORDERS[operator], self.parameter(value))
            case ExpiryIn(dates):
                return SQL("m.expires_on = ANY({}::date[])").format(self.parameter(list(dates)))

    def category(self, leaf: CategoryIn | CategoryLike) -> Composable:
        if isinstance(leaf, CategoryIn):
            return SQL("m.categories && {}::text[]").format(self.parameter(list(leaf.values)))
        return SQL(
            "EXISTS (SELECT 1 FROM unnest(m.categories) AS c (name) WHERE strpos(lower(c.name), lower({}::text)) > 0)"
        ).format(self.parameter(leaf.value))

    def metadata(self, leaf: MetadataLeaf) -> Composable:
        value = self.nested(leaf.path)
        if len(leaf.path) == 1:
            return self.metadata_test(value, leaf)
        spelt_with_dots = self.nested((".".join(leaf.path),))
        tests = [self.metadata_test(place, leaf) for place in (value, spelt_with_dots)]
        return _any_of(SQL(" OR "), tests, SQL("FALSE"))

    def nested(self, path: tuple[str, ...]) -> Composable:
        keys = [SQL(" -> {}::text").format(self.parameter(key)) for key in path]
        return SQL("(m.metadata{})").format(SQL("").join(keys))

    def metadata_test(self, value: Composable, leaf: MetadataLeaf) -> Composable:
        match leaf:
            case MetadataPresent():
                return SQL("{} IS NOT NULL").format(value)
            case MetadataIn(_, values):
                wanted = self.parameter([Jsonb(one) for one in values])
                element = _element(value, SQL("e.item = ANY({}::jsonb[])").format(wanted))
                # The elements are looked at only where there are some: most values are no array.
                return SQL("({0} = ANY({1}::jsonb[]) OR CASE WHEN jsonb_typeof({0}) = 'array' THEN {2} END)").format(
                    value, wanted, element
                )
            case MetadataPart(_, operator, needle):
                return self.metadata_part(value, needle, ignore_case=operator == "icontains")
            case MetadataOrder(_, operator, str() as bound):
                return SQL(
                    "CASE WHEN jsonb_typeof({0}) = 'string' THEN ({0} #>> '{{}}') COLLATE \"C\" {1} {2} END"
                ).format(value, _ORDERS[operator], self.parameter(bound))
            case MetadataOrder(_, operator, bound):
                # jsonb compares its own numbers, so there is no cast that could fail on other rows.
                return SQL("CASE WHEN jsonb_typeof({0}) = 'number' THEN {0} {1} {2} END").format(
                    value, _ORDERS[operator], self.parameter(Jsonb(bound))
                )

    def metadata_part(self, value: Composable, needle: str | float | bool, *, ignore_case: bool) -> Composable:
        if not isinstance(needle, str):
            return _element(value, SQL("e.item = {}").format(self.parameter(Jsonb(needle))))
        text = SQL("({} #>> '{{}}')").format(value)
        inside = self.part(text, needle, ignore_case=ignore_case)
        form = "lower(e.item #>> '{{}}') = lower({}::text)" if ignore_case else "e.item #>> '{{}}' = {}::text"
        element = SQL("jsonb_typeof(e.item) = 'string' AND " + form).format(self.parameter(needle))
        return SQL("CASE jsonb_typeof({}) WHEN 'string' THEN {} WHEN 'array' THEN {} END").format(
            value, inside, _element(value, element)
        )


def _any_of(joint: SQL, parts: list[Composable], nothing: SQL) -> Composable:
    return SQL("({})").format(joint.join(parts)) if parts else nothing


def _element(array: Composable, test: Composable) -> Composable:
    """Test the elements of what may not be an array: then there are none."""
    return SQL(
        "EXISTS (SELECT 1 FROM jsonb_array_elements("
        "CASE WHEN jsonb_typeof({0}) = 'array' THEN {0} ELSE '[]'::jsonb END) AS e (item) WHERE {1})"
    ).format(array, test)
