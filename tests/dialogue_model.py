"""The model of the scripted dialogues: it answers each prompt as tests/data/dialogues.jsonl says."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from cairn.language.entities import read
from tests.dialogue_reference import Decision, Dialogue, Fact, Turn
from tests.scripted_replies import ChatRequest, Reply

_NOWHERE = 99  # a number that is never shown


class DialogueModel:
    """A script for ScriptedLlm: it finds the turn by what the prompt shows, whatever the order of the turns."""

    def __init__(self, dialogues: Sequence[Dialogue]) -> None:
        self._by_messages: dict[tuple[Any, ...], list[tuple[Dialogue, Turn]]] = defaultdict(list)
        self._by_fact: dict[tuple[str, str], list[Turn]] = defaultdict(list)
        for dialogue in dialogues:
            for turn in dialogue.turns:
                self._by_messages[_messages_of(turn)].append((dialogue, turn))
                for fact in turn.facts:
                    self._by_fact[fact.text, _day_of(turn)].append(turn)

    def __call__(self, request: ChatRequest) -> Reply:
        answers = {"extract": self._extract, "decide": self._decide}
        return Reply.answer(answers[request.task](request.data))

    def _extract(self, data: Mapping[str, Any]) -> dict[str, Any]:
        ((dialogue, turn),) = self._by_messages[tuple((m["text"], m["time"]) for m in data["messages"])]
        return {"facts": [_extracted(fact) for fact in turn.facts], "summary": f"{dialogue.id} until {turn.time}"}

    def _decide(self, data: Mapping[str, Any]) -> dict[str, Any]:
        shown = [(fact["text"], fact["said"]) for fact in data["facts"]]
        turns = [turn for turn in self._by_fact[shown[0]] if {text for text, _ in shown} <= _texts_of(turn)]
        (turn,) = {id(turn): turn for turn in turns}.values()
        numbers = _asked(turn, shown)
        memories = {memory["text"]: memory["n"] for memory in data["memories"]}
        return {"decisions": [_decided(d, numbers.get(d.fact, _NOWHERE), memories) for d in turn.decisions]}


def _messages_of(turn: Turn) -> tuple[Any, ...]:
    local = turn.time.astimezone(ZoneInfo(turn.options.get("timezone", "UTC")))
    return tuple((message["content"], f"{local:%Y-%m-%d %H:%M %A}") for message in turn.messages)


def _day_of(turn: Turn) -> str:
    return turn.time.astimezone(UTC).date().isoformat()


def _texts_of(turn: Turn) -> set[str]:
    return {fact.text for fact in turn.facts}


def _extracted(fact: Fact) -> dict[str, Any]:
    names = ("text", "message", "quote", "category", "importance", "event_time", "since")
    named = read(fact.text, None)
    return {name: getattr(fact, name) for name in names} | {
        "entities": [{"name": m.name, "type": m.type, "aliases": m.aliases} for m in named.entities],
        "relations": [(r.source, r.type, r.target) for r in named.relations],
    }


def _asked(turn: Turn, shown: Sequence[tuple[str, str]]) -> dict[int, int]:
    """The number of each fact of the turn in the prompt, as far as it is asked about."""
    numbers: dict[int, int] = {}
    for n, (text, _) in enumerate(shown):
        number = next(f.number for f in turn.facts if f.text == text and f.number not in numbers)
        numbers[number] = n
    return numbers


def _decided(decision: Decision, number: int, memories: Mapping[str, int]) -> dict[str, Any]:
    return {
        "fact": number,
        "action": decision.action,
        "targets": [memories.get(text, _NOWHERE) for text in decision.targets],
        "text": decision.text,
        "adds": decision.adds,
        "reason": decision.reason,
    }
