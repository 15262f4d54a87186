"""How many tokens the prompts of one add take, beside the system prompt of mem0ai, counted with the same vocabulary.

No service and no model: the prompts are rendered as consolidation would render them. An add is a turn and its reply.
The extraction sees the ten messages before it; the decision is about two facts with ten memories near each, which are
turns of the same conversation. What is our own text is the prompt without what was said.

    python benchmarks/prompts.py conversations.json
"""

from __future__ import annotations

import argparse
import json
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.connection import percentile
from benchmarks.context import TOKENIZER
from benchmarks.conversations import Conversation, read
from cairn.consolidate.prompts import decide, extract
from cairn.consolidate.types import Fact, Neighbour
from cairn.memories.messages import Message
from cairn.models_ai.llm.answers import strict_schema
from cairn.models_ai.prompt import Prompt
from cairn.models_ai.tokens import TiktokenCounter
from cairn.projects.types import ExtractionInstructions

_RECENT = 10
_NEAR = 10
_SUMMARY = "word " * 100  # a running summary of the length that is asked for


def messages(conversation: Conversation) -> list[Message]:
    """The turns as messages, in order."""
    said = [(session.at, turn) for session in conversation.sessions for turn in session.turns]
    return [
        Message(uuid.uuid4(), number % 2, "user" if number % 2 == 0 else "assistant", turn.speaker, turn.text, at)
        for number, (at, turn) in enumerate(said)
    ]


def adds(conversation: Conversation) -> Iterator[tuple[Prompt, Prompt]]:
    """The two prompts of each add."""
    said = messages(conversation)
    for first in range(_RECENT, len(said) - 1, 2):
        pair, recent = said[first : first + 2], said[first - _RECENT : first]
        facts = [Fact(m.content, m.actor, m.occurred_at, m.id, (0, len(m.content))) for m in pair]
        memories = [_neighbour(m) for m in said[max(0, first - 2 * _NEAR) : first]]
        near = [list(range(_NEAR)), list(range(len(memories) - _NEAR, len(memories)))]
        extraction = extract.render(
            messages=pair, recent=recent, summary=_SUMMARY.strip(), extraction=ExtractionInstructions(), timezone="UTC"
        )
        yield extraction, decide.render(facts=facts, near=near, memories=memories)


def _neighbour(message: Message) -> Neighbour:
    said_at: datetime = message.occurred_at
    return Neighbour(message.id, message.content, message.actor, said_at, 1, False, True, cosine=0.5)


def tokens(prompt: Prompt, schema: dict[str, Any], count: Callable[[str], int]) -> int:
    """Tokens of a prompt with the schema of its answer."""
    return count(prompt.system) + count(prompt.user) + count(json.dumps(schema))


def spread(values: list[int]) -> dict[str, float]:
    """The median and the 95th percentile."""
    numbers = [float(value) for value in values]
    return {"p50": percentile(numbers, 0.5), "p95": percentile(numbers, 0.95)}


def mem0_system_prompt() -> str:
    """The system prompt of an add with mem0ai, as it is installed here."""
    os.environ["MEM0_TELEMETRY"] = "False"
    from mem0.configs.prompts import ADDITIVE_EXTRACTION_PROMPT

    return ADDITIVE_EXTRACTION_PROMPT


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="conversations in the format of LoCoMo's JSON")
    conversations = read(parser.parse_args().file)
    count = TiktokenCounter(TOKENIZER).count
    pairs = [pair for conversation in conversations for pair in adds(conversation)]
    schemas = strict_schema(extract.Extraction), strict_schema(decide.Decisions)
    extractions = [tokens(extraction, schemas[0], count) for extraction, _ in pairs]
    decisions = [tokens(decision, schemas[1], count) for _, decision in pairs]
    Console().print_json(
        data={
            "adds": len(pairs),
            "extract": spread(extractions),
            "decide": spread(decisions),
            "both": spread([a + b for a, b in zip(extractions, decisions, strict=True)]),
            "our own text": {
                "extract": count(pairs[0][0].system) + count(json.dumps(schemas[0])),
                "decide": count(pairs[0][1].system) + count(json.dumps(schemas[1])),
            },
            "mem0ai, system prompt alone": count(mem0_system_prompt()),
        }
    )


if __name__ == "__main__":
    main()
