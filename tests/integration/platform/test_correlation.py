"""One id finds what is logged about a request, in whichever function."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from cairn.kernel.observability import logger
from tests.integration.api import Api
from tests.integration.model import Modelled


@pytest.fixture
def lines() -> Iterator[list[tuple[str, str | None]]]:
    """Pairs of what was done and the correlation id of the line that says it."""
    found: list[tuple[str, str | None]] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append((getattr(record, "action", ""), logger.get_correlation_id()))

    handler = Noting()
    logger.addHandler(handler)
    yield found
    logger._logger.removeHandler(handler)


def test_a_write_is_one_line_and_what_follows_carries_its_id(modelled: Modelled, lines: list[tuple[str, str | None]]):
    modelled.api.add("I keep bees.", infer=True)
    ((action, correlation),) = lines
    assert (action, bool(correlation)) == ("add.accepted", True)
    modelled.deliver()
    assert lines[1:] == [("consolidate.done", correlation)]


def test_an_add_that_waited_goes_by_no_other_adds_id(modelled: Modelled, lines: list[tuple[str, str | None]]):
    modelled.api.add("I keep bees.", infer=True)
    modelled.api.add("I keep wasps.", infer=True)
    (_, correlation), _ = lines
    lines.clear()
    modelled.deliver()
    modelled.deliver()
    assert [done for done, _ in lines] == ["consolidate.done", "consolidate.done"]
    assert lines[0][1] == correlation
    assert lines[1][1] not in (correlation, None)


@pytest.mark.parametrize(
    ("method", "path", "body", "action"),
    [
        ("POST", "/v3/memories/search/", {"query": "bees", "filters": {"user_id": "ada"}}, "search.done"),
        ("POST", "/v1/context/", {"query": "bees", "user_id": "ada"}, "search.done"),
        ("PUT", "/v1/memories/{id}/", {"text": "I keep wasps."}, "memories.changed"),
        ("PUT", "/v1/batch/", {"memories": [{"memory_id": "{id}", "text": "I keep wasps."}]}, "memories.changed"),
        ("POST", "/v1/feedback/", {"memory_id": "{id}", "feedback": "POSITIVE"}, "memories.rated"),
        ("POST", "/v1/keys/", {"name": "of ada, who keeps bees"}, "keys.made"),
        ("POST", "/v3/memories/add/", {"user_id": "ada", "messages": "I keep bees.", "infer": False}, "add.accepted"),
        ("POST", "/v1/graph/redrive/", None, "graph.redriven"),
        ("DELETE", "/v1/memories/{id}/", None, "erase.memories"),
        ("DELETE", "/v1/entities/user/ada/", None, "erase.scope"),
    ],
)
def test_every_search_and_every_write_is_one_line_that_quotes_nobody(
    api: Api,
    lines: list[tuple[str, str | None]],
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    action: str,
):
    (added,) = api.add("I keep bees.", user_id="ada")["results"]
    lines.clear()
    sent = body and json.loads(json.dumps(body).replace("{id}", added["id"]))
    assert api.request(method, path.format(id=added["id"]), sent).status in (200, 201)
    assert [done for done, _ in lines] == [action]
    assert "bees" not in caplog.text
    assert "ada" not in caplog.text
