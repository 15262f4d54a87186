"""The pure parts of the benchmarks: what they count, send and draw."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from benchmarks.ablation import EVERY, RERANKED, SIGNALS, Signalled, ordered, report, settings
from benchmarks.charts import draw
from benchmarks.compare import ADD_MANY, CAIRN, MEM0, Measured, ratios, row
from benchmarks.conversations import Conversation, Question, Turn, read
from benchmarks.crew import ADD, SEARCH, Done, together
from benchmarks.embedder import SHIPPED, first_questions, recalls
from benchmarks.importing import Item, body_of
from benchmarks.imports import functions, modules
from benchmarks.locomo import Asked, score
from benchmarks.scale import EACH, Answer, Users, recall
from cairn.add.import_lines import imported
from cairn.kernel.tenancy import Tenant
from cairn.search.ranking import DEFAULT_WEIGHTS, SEMANTIC

MACHINE = {"cores": 2, "memory_gb": 25, "when": "2026-11-21 18:00 UTC", "load_average": 1.0}


def done(seconds: float, *, began: float = 0, rows: int = 10, requests: int = 4) -> Done:
    return Done(began, began + seconds * requests, [seconds] * requests, [rows] * requests, 0)


def test_blocks_of_clients_that_ran_beside_each_other_are_one():
    both = together([done(0.1, began=5), done(0.2, began=4)])
    assert (both.began, both.ended) == (4, 5.4)
    assert sorted(both.seconds) == [0.1] * 4 + [0.2] * 4


def test_a_ratio_is_the_median_of_the_rounds_with_the_least_and_the_most():
    blocks = {CAIRN: [done(0.1), done(0.1), done(0.1)], MEM0: [done(0.3), done(0.1), done(0.5, rows=2)]}
    measured = Measured(SEARCH, 1, blocks)
    assert ratios(measured)["p50"] == [3, 1, 5]
    assert ratios(measured)["per_second"] == [3, 1, 5]
    assert row(measured, MEM0)["rows_least"] == 2
    assert row(measured, CAIRN)["per_second"] == 10


def test_adds_of_many_messages_count_their_memories():
    measured = Measured(ADD_MANY, 1, {CAIRN: [done(0.1)]})
    assert row(measured, CAIRN)["per_second"] == 200


def test_an_import_is_what_the_api_reads():
    vector = [0.6, 0.8] + [0.0] * 382
    (memory,) = imported(body_of([Item("ada", "Tea", vector)]), Tenant(UUID(int=1)), datetime.now(UTC), 384)
    assert (memory.text, memory.scope.user_id, memory.kind) == ("Tea", "ada", "verbatim")
    assert list(memory.embedding) == pytest.approx(vector)


def test_every_user_of_every_size_has_a_hundred_memories():
    users = Users([1_000, 3_000], queries=1)
    first = Counter(item.user for item in users.items(0, 1_000))
    then = Counter(item.user for item in users.items(1_000, 3_000))
    assert set(first.values()) == set(then.values()) == {EACH}
    assert not set(first) & set(then)


def test_generated_memories_are_the_same_again():
    users = Users([1_000], queries=1)
    assert users.items(500, 502) == users.items(500, 502) != users.items(0, 2)


def test_recall_is_the_share_of_the_wanted_that_was_found():
    found = [Answer(["a", "b"], {}, 0), Answer(["c"], {}, 0)]
    assert recall(found, [Answer(["a", "x"], {}, 0), Answer(["c"], {}, 0)]) == 0.75


def test_what_weighs_nothing_is_not_found_and_ties_stay_in_order():
    signals = np.array([[0.5 if name == SEMANTIC else 0 for name in EVERY]] * 2 + [[0] * len(EVERY)], dtype=float)
    one = Signalled(Question("?", 4, frozenset({"D1:1"})), ["D1:1", "D1:2", "D1:3"], signals)
    assert ordered(one, {SEMANTIC: 1}) == ["D1:1", "D1:2"]


def test_a_hit_counts_for_every_turn_it_was_made_from():
    question = Question("?", 4, frozenset({"D1:1", "D1:2", "D1:3"}))
    found = [frozenset({"D1:9"}), frozenset({"D1:1", "D1:2"}), frozenset({"D1:2"})]
    measured = score([Asked(question, found, 0)])
    assert (measured.hit_at_1, measured.recall_at_10, measured.mrr) == (0, pytest.approx(2 / 3), 1 / 2)


def test_the_shipped_weights_are_tried_and_each_signal_is_left_out_once():
    tried = settings()
    assert {name: getattr(DEFAULT_WEIGHTS, name) for name in SIGNALS} in tried.values()
    assert sum(name.startswith("shipped without") for name in tried) == len(SIGNALS)


def test_a_reranker_has_figures_where_it_judged_every_question():
    question, signals = Question("?", 4, frozenset({"D1:2"})), np.ones((2, len(EVERY)))
    judged = Signalled(question, ["D1:1", "D1:2"], signals, {RERANKED: ["D1:2", "D1:1"]})
    scores = report([judged])
    assert (scores[RERANKED]["all"]["hit_at_1"], scores["cosine alone"]["all"]["hit_at_1"]) == (1, 0)
    assert RERANKED not in report([judged, Signalled(question, ["D1:1", "D1:2"], signals, reason="It is asleep.")])


def test_an_import_tree_is_read_from_the_top():
    text = "import time: self [us] | cumulative | imported package\n" + "".join(
        f"import time: {own:9} | {every:10} | {name}\n"
        for own, every, name in ((1000, 1000, "  inner"), (500, 1500, "outer"))
    )
    outer, inner = modules(text)
    assert (outer.name, outer.own_ms, outer.all_ms, outer.depth) == ("outer", 0.5, 1.5, 0)
    assert (inner.name, inner.depth) == ("inner", 1)


def test_every_function_is_measured():
    assert {"search", "add_memory", "authorize"} <= set(functions())


def results() -> dict[str, Any]:
    """A small result of each benchmark that is drawn."""
    searches = [
        row(Measured(operation, clients, {CAIRN: [done(0.01)], MEM0: [done(0.02, rows=2)]}), system)
        for operation in (SEARCH, ADD, ADD_MANY, "search, mem0 without HNSW")
        for clients in (1, 8)
        for system in (CAIRN, MEM0)
    ]
    sizes = [{"memories": 1_000, "p50_ms": 9.0, "p95_ms": 12.0, "exact_p50_ms": 9.0, "recall_at_10": 1.0}]
    scores = {name: {"all": {"recall_at_10": 0.5}} for name in settings()}
    return {
        "compare": {"memories": 10, "users": 1, "measurements": searches},
        "scale": {"users": sizes, "scope": [*sizes, sizes[0] | {"memories": 20_000}]},
        "ablation": {"questions": 3, "scores": scores},
    }


@pytest.mark.parametrize("name", ["compare", "scale", "ablation"])
def test_a_chart_is_the_same_for_the_same_numbers(name: str, tmp_path: Path):
    file = tmp_path / "result.json"
    file.write_text(json.dumps({"benchmark": name, "machine": MACHINE} | results()[name]))
    first = {path.name: path.read_bytes() for path in draw(file, tmp_path / "first", png=False)}
    command = [sys.executable, "-m", "benchmarks.charts", str(file), "--out", str(tmp_path / "again")]
    subprocess.run(command, check=True, capture_output=True)
    assert first
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}


PLAIN = {
    "id": "ada",
    "sessions": [
        {
            "id": "s0",
            "at": 1_735_720_500,
            "turns": [
                {"id": "s0:0", "role": "user", "name": None, "text": "I drink tea.\u2028Green."},
                {"id": "s0:1", "role": "assistant", "name": "Bot", "text": "Thank you!"},
            ],
        }
    ],
    "questions": [
        {"text": "What do I drink?", "evidence": ["s0:0"], "asked": 1_735_720_600},
        {"text": "And now?", "evidence": ["s0:1", "s0:0"], "asked": None},
    ],
}


@pytest.mark.parametrize("name", ["chats.jsonl", "chats.jsonl.gz"])
def test_conversations_are_read_from_json_lines_too(tmp_path: Path, name: str):
    lines = "".join(json.dumps(PLAIN | {"id": one}, ensure_ascii=False) + "\n" for one in ("ada", "bob")).encode()
    (tmp_path / name).write_bytes(gzip.compress(lines) if name.endswith(".gz") else lines)
    ada, bob = read(tmp_path / name)
    assert (ada.name, bob.name) == ("ada", "bob")
    (session,) = ada.sessions
    assert (session.name, session.at) == ("s0", datetime(2025, 1, 1, 8, 35, tzinfo=UTC))
    assert session.turns == [
        Turn("s0:0", "", "I drink tea.\u2028Green.", "user"),
        Turn("s0:1", "Bot", "Thank you!", "assistant"),
    ]
    first, second = ada.questions
    assert (first.evidence, first.asked) == ({"s0:0"}, datetime(2025, 1, 1, 8, 36, 40, tzinfo=UTC))
    assert (second.evidence, second.asked) == ({"s0:0", "s0:1"}, None)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.jsonl.gz", b"no gzip"), ("a.jsonl.gz", gzip.compress(b"{}", mtime=0)[:-6]), ("a.json", b'{"a": 1}')],
)
def test_a_file_that_holds_no_conversations_is_named(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SystemExit, match=name):
        read(tmp_path / name)


def test_each_channel_of_an_embedder_is_scored_alone_and_what_is_shipped_is_the_services_own_order():
    turns = [f"t{n}" for n in range(12)]
    signals = np.zeros((12, len(EVERY)))
    signals[:11, SIGNALS.index("bm25")] = 1  # the answer is the twelfth of the words, and the first of the vectors
    signals[11, SIGNALS.index(SEMANTIC)] = 0.9
    question = Question("?", 0, frozenset({"t11", "t0"}))
    one = Signalled(question, turns, signals, {SHIPPED: ["t11", "t0"]})
    assert recalls([one]) == {SHIPPED: 100, "words": 50, "vectors": 50, "half and half": 50}


def test_only_the_first_questions_are_asked_and_only_of_conversations_that_have_one():
    conversations = [Conversation(name, [], [Question(name, 0, frozenset())] * 3) for name in "abc"]
    assert [(one.name, len(one.questions)) for one in first_questions(conversations, 4)] == [("a", 3), ("b", 1)]
    assert first_questions(conversations, None) == conversations
