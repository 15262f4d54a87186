"""Promise: more text than can be embedded while a caller waits is refused at once, and says how to send it."""

import io
import json
from typing import Any

import pytest

from tests.integration.api import Answer, Api
from tools.cli import _parts

TOO_MUCH = 501  # thousands of characters


def lines(thousands: int, **fields: Any) -> str:
    return "\n".join(
        json.dumps({"text": f"{n} ".ljust(1000, "x"), "user_id": "ada"} | fields) for n in range(thousands)
    )


def refused(answer: Answer) -> bool:
    return answer.status == 413 and "500000 characters at once" in answer.body["detail"]


def test_an_import_of_too_much_text_is_refused_and_one_with_embeddings_is_not(api: Api, unit: list[float]):
    assert refused(api.request("POST", "/v1/import/", raw=lines(TOO_MUCH)))
    assert api.list() == []
    answer = api.request("POST", "/v1/import/", raw=lines(TOO_MUCH, embedding=unit))
    assert (answer.status, answer.body["imported"]) == (200, TOO_MUCH)


def test_an_add_of_too_much_text_is_refused_as_it_is_and_accepted_to_be_consolidated(api: Api):
    said = [{"role": "user", "content": f"{n} ".ljust(1000, "x")} for n in range(TOO_MUCH)]
    body = {"messages": said, "user_id": "ada"}
    assert refused(api.request("POST", "/v3/memories/add/", body | {"infer": False}))
    assert api.request("GET", "/v1/events/").body["count"] == 0
    assert api.request("POST", "/v3/memories/add/", body).status == 200


def test_of_a_long_text_its_beginning_counts(api: Api):
    said = [{"role": "user", "content": f"{n} ".ljust(50_000, "x")} for n in range(100)]
    answer = api.request("POST", "/v3/memories/add/", {"messages": said, "user_id": "ada", "infer": False})
    assert answer.status == 200


def test_changes_of_too_much_text_are_refused_and_change_nothing(api: Api, unit: list[float]):
    assert api.request("POST", "/v1/import/", raw=lines(300, embedding=unit)).status == 200
    ids = [m["id"] for page in (1, 2) for m in page_of(api, page)]
    changes = [{"memory_id": memory_id, "text": f"{n} ".ljust(3_000, "y")} for n, memory_id in enumerate(ids)]
    assert refused(api.request("PUT", "/v1/batch/", {"memories": changes}))
    assert not any("y" in m["memory"] for m in page_of(api, 1))


def page_of(api: Api, page: int) -> list[dict[str, Any]]:
    query = {"page_size": 200, "page": page}
    return api.request("POST", "/v3/memories/", {"filters": {"user_id": "ada"}}, query=query).body["results"]


@pytest.mark.parametrize("fields", [{}, {"embedding": [1.0] + [0.0] * 383}])
def test_the_command_sends_parts_that_are_taken(fields: dict[str, Any]):
    sent = [f"{line}\n".encode() for line in lines(1_200, **fields).split("\n")]
    parts = list(_parts(io.BytesIO(b"".join(sent)), 1_000))
    assert b"".join(line for part in parts for line in part) == b"".join(sent)
    assert all(len(part) <= 1_000 and sum(map(len, part)) <= 5_000_000 for part in parts)
    if not fields:
        assert all(sum(min(len(line), 2_000) for line in part) <= 500_000 for part in parts)


def test_the_command_counts_what_a_part_is_as_an_event():
    """Lambda takes 6 MB of JSON, in which a quote of a line is an escaped one."""
    embedded = json.dumps({"text": "x", "user_id": "ada", "embedding": [], "metadata": {"k": ['"'] * 5_000}})
    lines = [f"{embedded}\n".encode()] * 200
    parts = list(_parts(io.BytesIO(b"".join(lines)), 1_000))
    assert [line for part in parts for line in part] == lines
    assert max(len(json.dumps(b"".join(part).decode(), ensure_ascii=False).encode()) for part in parts) < 6_000_000
