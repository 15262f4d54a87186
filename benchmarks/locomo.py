"""How well search finds what answers a question, on conversations in the format of LoCoMo.

Each turn of each conversation is stored as it was said; then every question that names its evidence is asked, and the
turns that come back are compared with it. The ids of the evidence never enter the service: which memory is which turn
is known here alone. Recall is the mean share of a question's evidence among the first k hits.

With --infer the service makes facts of the turns instead, and a hit counts for the turns that it was made from.

    python benchmarks/locomo.py conversations.json
    python benchmarks/locomo.py conversations.json --infer --search-options '{"include_messages": true}'
    python benchmarks/locomo.py conversations.json --search-options '{"explain": true}' --json result.json
    python benchmarks/locomo.py conversations.json --ablation --json ablation.json     what each signal is worth
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, cast

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.connection import add_arguments, answered, no_traceback, percentile, reach
from benchmarks.conversations import Conversation, Question, Session, Turn, read
from benchmarks.terminal import wide_console

TOP_K = 20
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}


@dataclass(slots=True)
class Asked:
    """What came of one question: the turns that each hit stands for, best first, and how long it took."""

    question: Question
    found: list[frozenset[str]]
    seconds: float


def _message(turn: Turn) -> dict[str, str]:
    return {"role": turn.role, "content": turn.text} | ({"name": turn.speaker} if turn.speaker else {})


@dataclass(slots=True)
class Run:
    """One run of the benchmark: how it is set and what it has seen.

    `turn_of` knows the turn of each memory; with `infer` of each message.
    """

    client: httpx.Client
    batch: int
    suffix: str
    search_options: dict[str, object]
    infer: bool = False
    turn_of: dict[str, str] = field(default_factory=dict[str, str])
    events: list[str] = field(default_factory=list[str])
    asked: list[Asked] = field(default_factory=list[Asked])

    def user_id(self, conversation: Conversation) -> str:
        """Name the user that a conversation is stored under."""
        return f"locomo-{conversation.name}-{self.suffix}"

    def load(self, conversation: Conversation) -> Iterator[int]:
        """Store the turns and yield how many went in with each request."""
        for session in conversation.sessions:
            for first in range(0, len(session.turns), self.batch):
                turns = session.turns[first : first + self.batch]
                self._add(conversation, session, turns)
                yield len(turns)

    def _add(self, conversation: Conversation, session: Session, turns: list[Turn]) -> None:
        body = {
            "messages": [_message(turn) for turn in turns],
            "user_id": self.user_id(conversation),
            "run_id": session.name,
            "timestamp": int(session.at.timestamp()),
            "infer": self.infer,
            "allow_duplicates": not self.infer,  # each turn is a memory, also the second "Thank you!"
        }
        key = hashlib.sha256(json.dumps(body).encode()).hexdigest()
        answer = answered(self.client.post("/v3/memories/add/", json=body, headers={"Idempotency-Key": key}))
        if self.infer:
            self.events.append(cast("str", answer["event_id"]))
            return
        results = cast("list[dict[str, str]]", answer.get("results", []))
        if len(results) != len(turns):
            raise SystemExit(
                f"An add of {len(turns)} messages answered {len(results)} results; they cannot be told apart."
            )
        self.turn_of |= {result["id"]: turn.turn_id for result, turn in zip(results, turns, strict=True)}

    def settle(self) -> Iterator[int]:
        """Wait until each add is consolidated and yield one for each."""
        for event_id in self.events:
            wait = _FIRST_WAIT
            while (status := answered(self.client.get(f"/v1/event/{event_id}/"))["status"]) in ("PENDING", "RUNNING"):
                time.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            if status != "SUCCEEDED":
                raise SystemExit(f"The event {event_id} is {status}: nothing was made of its turns.")
            yield 1

    def recognize(self, conversation: Conversation) -> None:
        """Learn which message is which turn: a session's messages have their ids in the order of its turns."""
        for session in conversation.sessions:
            body = {
                "query": session.name,
                "filters": {"user_id": self.user_id(conversation), "run_id": session.name},
                "top_k": 1_000,
                "threshold": 0,
                "latest_only": False,
                "include_messages": True,
                "fields": ["sources"],
            }
            answer = answered(self.client.post("/v3/memories/search/", json=body))
            hits = cast("list[dict[str, list[dict[str, str]]]]", answer["results"])
            messages = sorted({source["message_id"] for hit in hits for source in hit["sources"]})
            if len(messages) != len(session.turns):
                found = f"{len(messages)} of the {len(session.turns)} messages of a session"
                raise SystemExit(f"A search finds {found}; they cannot be told apart.")
            self.turn_of |= {message: turn.turn_id for message, turn in zip(messages, session.turns, strict=True)}

    def _turns(self, hit: dict[str, Any]) -> frozenset[str]:
        """Name the turns that a hit stands for."""
        ids = cast("list[str]", hit["source_message_ids"] if self.infer else [hit["id"]])
        return frozenset(self.turn_of.get(one, "") for one in ids)

    def ask(self, conversation: Conversation) -> Iterator[int]:
        """Ask the questions and yield one for each."""
        for question in conversation.questions:
            body = {
                "query": question.text,
                "filters": {"user_id": self.user_id(conversation)},
                "top_k": TOP_K,
                "threshold": 0,
                **self.search_options,
            }
            began = time.perf_counter()
            answer = self.client.post("/v3/memories/search/", json=body)
            seconds = time.perf_counter() - began
            hits = cast("list[dict[str, Any]]", answered(answer)["results"])
            self.asked.append(Asked(question, [self._turns(hit) for hit in hits], seconds))
            yield 1

    def forget(self, conversation: Conversation) -> None:
        """Delete what the run stored of a conversation."""
        self.client.delete(f"/v2/entities/user/{self.user_id(conversation)}/")


@dataclass(frozen=True, slots=True)
class Score:
    """The mean quality over some questions."""

    questions: int
    hit_at_1: float
    recall_at_5: float
    recall_at_10: float
    recall_at_20: float
    any_at_10: float
    mrr: float


def score(asked: list[Asked]) -> Score:
    """Average over the questions; each counts the same however much evidence it has."""

    def recall(one: Asked, first: int) -> float:
        found = frozenset[str]().union(*one.found[:first])
        return len(one.question.evidence & found) / len(one.question.evidence)

    def reciprocal_rank(one: Asked) -> float:
        ranks = (rank for rank, turns in enumerate(one.found, 1) if turns & one.question.evidence)
        return 1 / next(ranks, float("inf"))

    return Score(
        questions=len(asked),
        hit_at_1=fmean(bool(recall(one, 1)) for one in asked),
        recall_at_5=fmean(recall(one, 5) for one in asked),
        recall_at_10=fmean(recall(one, 10) for one in asked),
        recall_at_20=fmean(recall(one, 20) for one in asked),
        any_at_10=fmean(bool(recall(one, 10)) for one in asked),
        mrr=fmean(reciprocal_rank(one) for one in asked),
    )


def report(asked: list[Asked]) -> dict[str, Any]:
    """Put the scores by category and over all questions, and the latencies, into one JSON object."""
    groups = {name: [one for one in asked if one.question.category == number] for number, name in CATEGORIES.items()}
    groups["categories 1-4"] = [one for one in asked if one.question.category != 5]
    groups["all"] = asked
    seconds = [one.seconds for one in asked]
    return {
        "scores": {name: asdict(score(group)) for name, group in groups.items() if group},
        "search_ms": {
            name: round(percentile(seconds, share) * 1000, 1) for name, share in (("p50", 0.5), ("p95", 0.95))
        },
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print the report as a table."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in ("category", "questions", "hit@1", "recall@5", "recall@10", "recall@20", "any@10", "MRR"):
        table.add_column(heading, no_wrap=True, justify="left" if heading == "category" else "right")
    for name, scores in cast("dict[str, dict[str, float]]", result["scores"]).items():
        questions, *shares = scores.values()
        table.add_row(name, str(questions), *(f"{100 * share:.1f}" for share in shares))
    console.print(table)
    console.print("search as the client sees it: p50 {p50} ms, p95 {p95} ms".format(**result["search_ms"]))


def measure(run: Run, conversations: list[Conversation], console: Console) -> None:
    """Store everything, then ask everything."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        turns = sum(len(session.turns) for one in conversations for session in one.sessions)
        storing = progress.add_task("storing turns", total=turns)
        for conversation in conversations:
            for stored in run.load(conversation):
                progress.advance(storing, stored)
        if run.infer:
            settling = progress.add_task("consolidating", total=len(run.events))
            for settled in run.settle():
                progress.advance(settling, settled)
            for conversation in conversations:
                run.recognize(conversation)
        asking = progress.add_task("asking", total=sum(len(one.questions) for one in conversations))
        for conversation in conversations:
            for asked in run.ask(conversation):
                progress.advance(asking, asked)


def ablated(run: Run, conversations: list[Conversation]) -> dict[str, Any]:
    """Store and ask as above, and print what each signal of the score is worth."""
    from benchmarks import ablation  # which imports this module

    return ablation.measure(run.client, run, conversations, wide_console())


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="conversations and questions, in the format of LoCoMo's JSON")
    add_arguments(parser)
    parser.add_argument("--batch", type=int, default=50, help="turns stored with one request (default: 50)")
    parser.add_argument("--conversations", type=int, help="use only the first so many")
    parser.add_argument("--infer", action="store_true", help="have facts made of the turns; hits count for their turns")
    parser.add_argument("--search-options", type=json.loads, default={}, help="JSON object added to each search")
    parser.add_argument(
        "--reuse", action="store_true", help="find again what an earlier --reuse stored; implies --keep"
    )
    parser.add_argument("--ablation", action="store_true", help="print what each signal of the score is worth instead")
    parser.add_argument("--keep", action="store_true", help="leave the stored conversations in the service")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON too")
    return parser.parse_args()


def main() -> None:
    """Run the benchmark from the command line."""
    options = arguments()
    conversations = read(options.file)[: options.conversations]
    console = Console()
    suffix = "reused" if options.reuse else uuid.uuid4().hex[:8]
    with reach(options).client() as client, no_traceback():
        run = Run(client, options.batch, suffix, options.search_options, options.infer)
        try:
            if options.ablation:
                result = ablated(run, conversations)
            else:
                measure(run, conversations, console)
                result = report(run.asked)
                show(result, console)
        finally:
            if not (options.keep or options.reuse):
                for conversation in conversations:
                    run.forget(conversation)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
