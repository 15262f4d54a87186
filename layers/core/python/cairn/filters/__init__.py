"""The filter language of search, list and delete: parse, validate, compile to parameterised SQL.

A filter is a JSON object. Its entries are ANDed, also when AND, OR and NOT stand side by side:

    {"user_id": "ada", "OR": [{"categories": {"in": ["work"]}}, {"created_at": {"gte": "2026-01-01"}}]}

AND, OR and NOT take a list of objects or one object. AND and OR of one object join its entries; NOT of a list is true
where none of its objects is, NOT of one object where the object as a whole is not. Conditions are plain two-valued
logic: what compares a missing value is false, so `ne`, `nin` and NOT also return rows where the value is missing.

    user_id agent_id app_id run_id    bare or eq, ne, in, nin, contains, icontains; "*" any value; null no value
    (all but keywords, memory_ids)    exists: true where there is a value, false where there is none
    text                              bare or eq, ne, in, nin, contains, icontains
    keywords keywords_search          bare, contains or icontains: part of the text in any case
    created_at updated_at timestamp   bare or eq, ne, in, nin, gt, gte, lt, lte; a date alone means its whole UTC day
    expiration_date                   the same over dates; "*" has one, null has none
    categories                        bare or eq, ne, in (any of), nin, contains and icontains (part of one in any case)
    metadata, metadata.key            {"key": test}: bare or eq, ne, in, nin, contains, icontains, gt, gte, lt, lte; "*"
                                      any value
    memory_ids                        a UUID or a list of them, or in, nin, eq, ne

A dot in a metadata key means the nested path and also the key that is spelt with the dot; either one matches. Metadata
compares as JSON: 1 equals 1.0, true is not 1, and null matches a stored null but not a missing key, while `exists` and
"*" match a stored null too. An array equals a value if it is the same array or has the value as an element. The order
comparisons compare numbers with numbers and strings with strings by code point; any other pair does not match.
"""

from cairn.filters.compile import compile_filter
from cairn.filters.parse import parse_filters
from cairn.filters.tree import Filter, filter_of, has_entity, named_entities, only_entities, only_names

__all__ = [
    "Filter",
    "compile_filter",
    "filter_of",
    "has_entity",
    "named_entities",
    "only_entities",
    "only_names",
    "parse_filters",
]
