"""What may be known of a filter without asking the database."""

from typing import Any

import pytest

from cairn.filters import parse_filters
from cairn.filters.tree import filter_of, has_entity, named_entities, only_entities, only_names
from cairn.kernel.tenancy import Scope

USER, AGENT = {"user_id": "ana"}, {"agent_id": "nurse"}


@pytest.mark.parametrize(
    ("where", "wants", "entities", "names", "ids"),
    [
        ({}, False, True, True, {}),
        (USER, True, True, True, USER),
        (USER | AGENT, True, True, True, USER | AGENT),
        ({"user_id": "*"}, True, True, False, {}),
        ({"user_id": {"in": ["ana", "ben"]}}, True, True, False, {}),
        ({"user_id": {"in": ["ana"]}}, True, True, True, USER),
        ({"user_id": {"ne": "ana"}}, False, True, False, {}),
        ({"NOT": [USER]}, False, True, False, {}),
        ({"OR": [USER, AGENT]}, True, True, False, {}),
        ({"AND": [USER, {"OR": [AGENT, {"run_id": "r"}]}]}, True, True, False, USER),
        ({"AND": [USER, {"categories": {"contains": "food"}}]}, True, False, False, USER),
        ({"AND": [USER, {"user_id": "ben"}]}, True, True, False, {"user_id": "ben"}),
        ({"user_id": {"contains": "an"}}, False, True, False, {}),
        ({"metadata": {"a": 1}}, False, False, False, {}),
        ({"created_at": {"gte": "2026-01-01"}}, False, False, False, {}),
        ({"keywords": "ana"}, False, False, False, {}),
    ],
)
def test_what_a_filter_says_of_entities(
    where: dict[str, Any], wants: bool, entities: bool, names: bool, ids: dict[str, str]
):
    tree = parse_filters(where)
    assert has_entity(tree) is wants
    assert only_entities(tree) is entities
    assert only_names(tree) is names
    assert named_entities(tree) == ids


@pytest.mark.parametrize("ids", [{}, USER, USER | AGENT, {"app_id": "a", "run_id": "r"}])
def test_the_filter_of_a_scope_names_its_ids(ids: dict[str, str]):
    tree = filter_of(Scope(**ids))
    assert named_entities(tree) == ids
    assert only_names(tree)
    assert has_entity(tree) is bool(ids)
