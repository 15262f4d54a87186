import json
from typing import Any

import psycopg
import pytest

from tests.conftest import TestDatabase
from tests.integration.api import Answer, Api
from tools.cli import main


def lines(*memories: dict[str, Any] | str) -> str:
    return "\n".join(m if isinstance(m, str) else json.dumps({"user_id": "ada"} | m) for m in memories)


def load(api: Api, *memories: dict[str, Any] | str, key: str | None = None, **headers: str) -> Answer:
    return api.request("POST", "/v1/import/", raw=lines(*memories), headers=headers, key=key)


def test_memories_come_in_as_they_are_and_are_found(api: Api):
    memory = {
        "memory": "I live in Oslo.",
        "actor": "Ann",
        "metadata": {"from": "notes"},
        "categories": ["home"],
        "importance": 8,
        "timestamp": 1_700_000_000,
        "expiration_date": "2999-01-01",
        "immutable": True,
    }
    answer = load(api, memory, {"text": "I own a boat.", "kind": "verbatim"})
    assert (answer.status, answer.body["imported"], answer.body["known"]) == (200, 2, 0)
    first, second = api.list()
    assert (first["memory"], first["actor"], first["kind"], first["importance"]) == (
        "I live in Oslo.",
        "Ann",
        "fact",
        8,
    )
    assert (first["metadata"], first["categories"], first["immutable"]) == ({"from": "notes"}, ["home"], True)
    assert (first["timestamp"], first["extractor"]) == ("2023-11-14T22:13:20+00:00", "import")
    assert (second["memory"], second["kind"]) == ("I own a boat.", "verbatim")
    assert api.search_for("Where does Ann live?")[0]["memory"] == "I live in Oslo."
    history = api.request("GET", f"/v1/memories/{first['id']}/history/").body
    assert [(h["event"], h["new_memory"], h["event_id"]) for h in history] == [
        ("ADD", "I live in Oslo.", answer.body["event_id"])
    ]
    event = api.event(answer.body["event_id"])
    assert (event["status"], event["results"][0]["added"]) == ("SUCCEEDED", 2)


def test_facts_that_are_there_already_are_passed_over_and_verbatim_ones_are_not(api: Api):
    load(api, {"text": "I live in Oslo."})
    again = load(api, {"text": " I live in Oslo. "}, {"text": "I own a boat."}, {"text": "I own a boat."})
    assert (again.body["imported"], again.body["known"]) == (1, 2)
    said = load(api, *({"text": "Yes.", "kind": "verbatim"} for _ in range(3)))
    assert said.body["imported"] == 3


def test_an_embedding_that_is_given_is_used(api: Api, database: TestDatabase, embedding_model: tuple[str, int]):
    vectors = [[3.0 if i == n else 0.0 for i in range(embedding_model[1])] for n in range(2)]
    load(api, *({"text": f"Note {n}", "embedding": vector} for n, vector in enumerate(vectors)))
    with psycopg.connect(database.owner_url) as connection:
        stored = connection.execute("SELECT embedding::text FROM cairn.memories ORDER BY id").fetchall()
    assert [json.loads(row[0]) for row in stored] == [[v / 3 for v in vector] for vector in vectors]


def test_a_repeat_with_the_same_key_comes_in_once(api: Api):
    first = load(api, {"text": "Yes.", "kind": "verbatim"}, **{"idempotency-key": "k"})
    again = load(api, {"text": "Yes.", "kind": "verbatim"}, **{"idempotency-key": "k"})
    assert first.body == again.body
    assert len(api.list()) == 1
    assert load(api, {"text": "No."}, **{"idempotency-key": "k"}).status == 409


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ("{", "line 2 is not valid JSON"),
        ("[1]", "line 2 must be a JSON object"),
        ({"text": ""}, "line 2: text"),
        ({"text": "x", "user_id": None}, "line 2: At least one of user_id"),
        ({"text": "x\x00"}, "line 2: "),
        ({"text": "x", "timestamp": "then"}, "line 2: timestamp"),
        ({"text": "x", "kind": "rumour"}, "line 2: kind"),
        ({"text": "x", "importance": 11}, "line 2: importance"),
        ({"text": "x", "embedding": "no"}, "line 2: embedding"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_comes_in(api: Api, bad: Any, named: str):
    answer = load(api, {"text": "I live in Oslo."}, bad)
    assert answer.status == 400
    assert named in answer.body["detail"]
    assert api.list() == []


@pytest.mark.parametrize(("number", "missing"), [("0.0", 0), ("1.0", 1), ("true", 0), ("1e999", 0)])
def test_an_embedding_is_finite_numbers_as_many_as_the_model_has(
    api: Api, embedding_model: tuple[str, int], number: str, missing: int
):
    width = embedding_model[1]
    given = ", ".join([number] * (width - missing))
    answer = load(api, {"text": "I live in Oslo."}, f'{{"user_id": "ada", "text": "x", "embedding": [{given}]}}')
    assert answer.status == 400
    assert f"line 2: embedding must be {width} finite numbers" in answer.body["detail"]
    assert api.list() == []


@pytest.mark.parametrize("body", ["", "\n\n"])
def test_an_empty_body_is_refused(api: Api, body: str):
    assert api.request("POST", "/v1/import/", raw=body).status == 400


def test_huge_and_tiny_embeddings_are_brought_to_unit_length(api: Api, embedding_model: tuple[str, int]):
    for scale in (1e300, 1e-300, 10**300):
        answer = load(api, {"text": f"Scaled by {scale}", "embedding": [scale] + [0] * (embedding_model[1] - 1)})
        assert answer.status == 200, answer
    assert len(api.search_for("anything")) == 3


def test_a_pinned_key_imports_for_its_user_alone(api: Api):
    pinned = api.request("POST", "/v1/keys/", {"name": "k", "role": "writer", "user_id": "ada"}).body["key"]
    assert load(api, {"text": "I live in Oslo.", "user_id": None}, key=pinned).status == 200
    assert [m["user_id"] for m in api.list()] == ["ada"]
    assert load(api, {"text": "Bob lives here.", "user_id": "bob"}, key=pinned).status == 403


def test_the_command_sends_a_file_in_parts_and_may_be_run_again(api: Api, tmp_path: Any, monkeypatch: Any, capsys: Any):
    def sent(arguments: Any, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        answer = api.request(method, path, raw=body.decode(), headers={k.lower(): v for k, v in headers.items()})
        assert answer.status == 200, answer
        return answer.body

    monkeypatch.setattr("tools.cli._call", sent)
    file = tmp_path / "memories.jsonl"
    file.write_text(lines(*({"text": f"Note {n}.", "kind": "verbatim"} for n in range(25))))
    for _ in range(2):
        assert main(["import", str(file), "--lines", "10", "--url", "http://x", "--api-key", "k"]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == "25 memories imported, 0 known already"
    assert len(api.list()) == 25


def test_a_file_that_is_not_there_is_one_clear_line(capsys: Any):
    assert main(["import", "/nowhere.jsonl", "--url", "http://x", "--api-key", "k"]) == 1
    assert capsys.readouterr().err == "cairn: /nowhere.jsonl cannot be read: No such file or directory.\n"
