"""How much smaller a context block is than the conversation it stands for, and whether the evidence is in it.

Each turn of each conversation is stored as it was said; then a block is asked for with every question. Tokens are those
of the bundled vocabulary (o200k_base), for the block and for the whole conversation alike, each turn with its speaker
and date. The evidence counts as told where the block holds the memory made of that turn.

    python benchmarks/context.py conversations.json
    python benchmarks/context.py conversations.json --token-budget 600 --json result.json
"""

from __future__ import annotations

import argparse
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.connection import add_arguments, answered, no_traceback, percentile, reach
from benchmarks.conversations import Conversation, Question, read
from benchmarks.locomo import Run
from cairn.models_ai.tokens import TiktokenCounter

TOKENIZER = Path(__file__).resolve().parent.parent / "layers" / "tokenizer"


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its tokens, those of its conversation, the share of the evidence it tells, and how long it took."""

    tokens: int
    whole: int
    told: float
    seconds: float


def whole(conversation: Conversation, count: Callable[[str], int]) -> int:
    """Tokens of a conversation in full."""
    return sum(
        count(f"{turn.speaker} ({session.at:%d %B %Y}): {turn.text}\n")
        for session in conversation.sessions
        for turn in session.turns
    )


def ask(run: Run, conversation: Conversation, question: Question, budget: int, tokens: int) -> Block:
    """Ask for one block."""
    body = {"query": question.text, "user_id": run.user_id(conversation), "token_budget": budget}
    began = time.perf_counter()
    answer = run.client.post("/v1/context/", json=body)
    seconds = time.perf_counter() - began
    block = answered(answer)
    told = {run.turn_of.get(memory_id, "") for memory_id in cast("list[str]", block["memory_ids"])}
    evidence = question.evidence
    return Block(cast("int", block["tokens"]), tokens, len(evidence & told) / len(evidence), seconds)


def report(blocks: list[Block]) -> dict[str, Any]:
    """Averages over the questions, and the worst of them."""
    seconds = [block.seconds for block in blocks]
    return {
        "questions": len(blocks),
        "tokens": {
            "mean": round(fmean(b.tokens for b in blocks), 1),
            "most": max(b.tokens for b in blocks),
            "whole conversation, mean": round(fmean(b.whole for b in blocks), 1),
        },
        "fewer": {
            "mean": round(fmean(1 - b.tokens / b.whole for b in blocks), 4),
            "least": round(min(1 - b.tokens / b.whole for b in blocks), 4),
        },
        "evidence told": round(fmean(b.told for b in blocks), 4),
        "context_ms": {
            "p50": round(percentile(seconds, 0.5) * 1000, 1),
            "p95": round(percentile(seconds, 0.95) * 1000, 1),
        },
    }


def measure(run: Run, conversations: list[Conversation], budget: int, console: Console) -> list[Block]:
    """Store everything, then ask for a block with every question."""
    count = TiktokenCounter(TOKENIZER).count
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    blocks: list[Block] = []
    with Progress(*columns, console=console) as progress:
        turns = sum(len(session.turns) for one in conversations for session in one.sessions)
        storing = progress.add_task("storing turns", total=turns)
        for conversation in conversations:
            for stored in run.load(conversation):
                progress.advance(storing, stored)
        asking = progress.add_task("asking", total=sum(len(one.questions) for one in conversations))
        for conversation in conversations:
            tokens = whole(conversation, count)
            for question in conversation.questions:
                blocks.append(ask(run, conversation, question, budget, tokens))
                progress.advance(asking)
    return blocks


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="conversations and questions, in the format of LoCoMo's JSON")
    add_arguments(parser)
    parser.add_argument("--token-budget", type=int, default=1_200, help="most tokens of a block (default: 1200)")
    parser.add_argument("--conversations", type=int, help="use only the first so many")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON too")
    return parser.parse_args()


def main() -> None:
    """Run the benchmark from the command line."""
    options = arguments()
    conversations = read(options.file)[: options.conversations]
    console = Console()
    with reach(options).client() as client, no_traceback():
        run = Run(client, 50, uuid.uuid4().hex[:8], {})
        try:
            blocks = measure(run, conversations, options.token_budget, console)
        finally:
            for conversation in conversations:
                run.forget(conversation)
    result = report(blocks)
    console.print_json(data=result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
