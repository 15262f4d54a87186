"""How much of long texts is embedded at once: a request and an event end in time, whatever they are sent."""

from dataclasses import replace

import pytest

from cairn.memories.embed import IN_A_REQUEST, IN_AN_EVENT, embedded
from tests.unit.consolidate.test_decisions import candidate

LONG = "The shelf by the window holds a row of clay pots. " * 1_900  # 95,000 characters


def drafts(*texts):
    return [replace(candidate().draft, text=text) for text in texts]


def embed(texts):
    return [(float(len(text)),) for text in texts]


@pytest.mark.parametrize("room", [IN_A_REQUEST, IN_AN_EVENT])
def test_what_is_embedded_of_many_long_texts_is_bounded_and_each_has_a_vector(room):
    made = embedded(drafts(*[LONG] * 60), embed, room=room)
    assert all(draft.embedding for draft in made)
    read = sum(int(vector[0]) for draft in made for vector in draft.passages)
    assert room / 2 < read < 2 * room


def test_a_text_that_fits_has_all_its_passages_and_short_ones_cost_no_room():
    fitting = LONG[:20_000]
    short, first, again, last = embedded(drafts("I own a boat.", fitting, LONG, fitting), embed, room=IN_A_REQUEST)
    assert short.passages == ()
    assert len(first.passages) == len(first.indexed_texts) - 1
    assert 0 < len(again.passages) < len(again.indexed_texts) - 1
    assert last.passages == ()
