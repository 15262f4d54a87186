"""How near memories are in the graph, and which entities belong together."""

import math
import uuid
from datetime import UTC, datetime

import pytest

from cairn.graph.communities import communities
from cairn.graph.nearness import GraphNeighbours, nearness
from cairn.graph.types import EntityRef, GraphEdge

ANNA, OSLO, REX = (EntityRef("s", key) for key in ("anna", "oslo", "rex"))
IDS = [uuid.UUID(int=n) for n in range(400)]


def test_a_memory_of_the_entity_is_nearest_and_one_of_a_neighbour_half_as_near():
    found = nearness(GraphNeighbours(mentions=((ANNA, IDS[1]),), of_neighbours=((OSLO, IDS[2]),)))
    assert found == ((IDS[1], 1.0), (IDS[2], 0.5))


def test_an_entity_that_many_memories_mention_says_less_of_each():
    often = tuple((ANNA, IDS[n]) for n in range(1, 4))
    found = dict(nearness(GraphNeighbours(mentions=(*often, (REX, IDS[9])))))
    assert found[IDS[9]] == 1
    assert found[IDS[1]] == pytest.approx(1 / (1 + math.log(3)))


def test_what_several_entities_of_the_question_share_comes_first_and_equals_by_their_ids():
    mentions = ((ANNA, IDS[3]), (ANNA, IDS[1]), (REX, IDS[2]), (REX, IDS[1]))
    assert [memory_id for memory_id, _ in nearness(GraphNeighbours(mentions=mentions))] == [IDS[1], IDS[2], IDS[3]]


def test_no_more_than_three_hundred_are_told_of():
    assert len(nearness(GraphNeighbours(mentions=tuple((ANNA, each) for each in IDS)))) == 300
    assert nearness(GraphNeighbours()) == ()


def related(one: str, other: str, kind: str = "knows", memory: int = 0) -> GraphEdge:
    return GraphEdge(
        EntityRef("s", one), kind, EntityRef("s", other), IDS[memory], datetime(2026, 1, 1, tzinfo=UTC), None
    )


def test_two_groups_that_hang_together_loosely_are_two():
    ring = [related(*pair) for pair in ("ab", "bc", "ca", "xy", "yz", "zx", "ax")]
    groups = communities(ring)
    assert [sorted(ref.key for ref in group.members) for group in groups] == [["a", "b", "c"], ["x", "y", "z"]]
    assert [(group.members[0].key, group.relations) for group in groups] == [("a", 3), ("x", 3)]


def test_a_relation_counts_once_whoever_tells_it_and_in_whichever_direction():
    once = communities([related("a", "b")])
    assert communities([related("a", "b"), related("b", "a"), related("a", "b", memory=1)]) == once
    assert once[0].relations == 1
    assert communities([]) == []
