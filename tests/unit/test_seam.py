"""The seam through which a test gives a handler its service."""

import pytest

from cairn.bootstrap import Provided


def test_a_service_is_built_once_and_another_one_answers_for_as_long_as_it_stands_in():
    built: list[int] = []
    provided = Provided(lambda: built.append(1) or "own")
    assert (provided(), provided(), built) == ("own", "own", [1])
    with provided.replaced_by("another"):
        assert provided() == "another"
    assert (provided(), built) == ("own", [1])


def test_what_fails_while_another_stands_in_leaves_it_in_no_ones_place():
    provided = Provided(lambda: "own")
    with pytest.raises(RuntimeError), provided.replaced_by("another"):
        raise RuntimeError
    assert provided() == "own"
