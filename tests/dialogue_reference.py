"""Consolidation once more, as slowly and plainly as possible: the yardstick for what a scripted dialogue leaves behind.

It replays tests/data/dialogues.jsonl in lists in memory and shares no code with cairn's consolidation, so the two
cannot be wrong alike; only the judgement of the same words is cairn's own. Where the rules are silent it raises
`Unclear`, so that no dialogue can come to rest on a guess.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from cairn.language.repeats import words_key

DIALOGUES = Path(__file__).parent / "data" / "dialogues.jsonl"
ACTIONS = ("ADD", "UPDATE", "DELETE", "NOOP")
# Closed rows per event: these many, or a fifth of the scope, but never more than the last.
FREE_CLOSINGS, SHARE, MOST_CLOSINGS = 3, 5, 25


class Unclear(Exception):
    """The rules do not say what should happen."""


@dataclass(frozen=True)
class Fact:
    """One fact of the scripted model's first answer. `number` is its place there, by which decisions name it."""

    number: int
    text: str
    message: int
    quote: str
    category: str | None
    importance: int
    event_time: str | None
    since: str | None


@dataclass(frozen=True)
class Decision:
    """One decision of the scripted model's second answer. `targets` are texts of stored memories as they read then."""

    fact: int
    action: str
    targets: tuple[str, ...]
    adds: bool
    reason: str
    text: str | None


@dataclass(frozen=True)
class Turn:
    """One add event. `bad` says what is wrong with the model's answers, None where nothing is."""

    time: datetime
    options: Mapping[str, Any]
    messages: tuple[Mapping[str, str], ...]
    facts: tuple[Fact, ...]
    decisions: tuple[Decision, ...]
    bad: str | None

    def actor(self, fact: Fact) -> str:
        message = self.messages[fact.message]
        return message.get("name") or message["role"]

    def is_quoted(self, fact: Fact) -> bool:
        """Whether the fact's quote is in the message it cites."""
        return fact.message < len(self.messages) and fact.quote in self.messages[fact.message]["content"]

    def moment(self, said: str | None) -> datetime | None:
        """A time of the model's answer; a plain date is midnight in UTC of that day, in whatever zone it was told."""
        if said is None:
            return None
        if len(said) == len("2024-01-01"):
            return datetime.combine(datetime.fromisoformat(said).date(), time(), UTC)
        moment = datetime.fromisoformat(said)
        if moment.tzinfo is None:
            raise Unclear(f"the time zone of {said!r}")
        return moment.astimezone(UTC)


@dataclass(frozen=True)
class Dialogue:
    """A scripted dialogue with its known right outcome, as the file says it."""

    id: str
    kind: str
    language: str
    scope: Mapping[str, str]
    turns: tuple[Turn, ...]
    memories: tuple[Mapping[str, Any], ...]
    events: tuple[Mapping[str, int], ...]


@dataclass(eq=False)
class Stored:
    """A memory of the reference."""

    text: str
    actor: str
    valid_from: datetime
    event_time: datetime | None
    categories: set[str]
    immutable: bool
    invalid_at: datetime | None = None
    superseded_by: "Stored | None" = None
    version: int = 1

    def described(self) -> dict[str, Any]:
        """The memory in the words of the file."""
        return {
            "text": self.text,
            "actor": self.actor,
            "valid_from": self.valid_from.isoformat(),
            "invalid_at": self.invalid_at and self.invalid_at.isoformat(),
            "superseded_by": self.superseded_by and self.superseded_by.text,
            "event_time": self.event_time and self.event_time.isoformat(),
            "version": self.version,
            "categories": sorted(self.categories),
        }


@dataclass
class State:
    """What a replay leaves: the memories in order of insertion, and per event its counts.

    `defended` says per event what of the model's answers was not followed, `guarded` which events met the guard against
    mass closing, `unasked` the facts of each event that were settled without asking the model.
    """

    memories: list[Stored] = field(default_factory=list)
    events: list[dict[str, int]] = field(default_factory=list)
    defended: list[list[str]] = field(default_factory=list)
    guarded: list[bool] = field(default_factory=list)
    unasked: list[list[int]] = field(default_factory=list)

    @property
    def valid(self) -> list[Stored]:
        return [memory for memory in self.memories if memory.invalid_at is None]


def load(path: Path = DIALOGUES) -> list[Dialogue]:
    """All dialogues of the file."""
    return [_dialogue(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def replay(dialogue: Dialogue) -> State:
    """The state after the last turn."""
    state = State()
    for turn in dialogue.turns:
        _Event(state, turn).consolidate()
    return state


def novelty(merged: str, *sources: str) -> float:
    """The share of the merged text's words that are in none of the sources."""
    known = {word for source in sources for word in _words(source)}
    words = _words(merged)
    return sum(word not in known for word in words) / len(words)


class _Event:
    """One turn, applied decision by decision."""

    def __init__(self, state: State, turn: Turn) -> None:
        self.state = state
        self.turn = turn
        self.counts = dict.fromkeys(ACTIONS, 0)
        self.defended: list[str] = []
        self.unasked: list[int] = []
        self.guarded = False
        self.touched: list[Stored] = []
        self.closed = 0
        self.shown = [(memory.text, memory) for memory in state.valid]
        self.decisions: dict[int, Decision] = {}

    def consolidate(self) -> None:
        self._read_decisions()
        for fact in self.turn.facts:
            if self.turn.is_quoted(fact):
                self._settle(fact)
            else:
                self.defended.append("dropped: the quote is not in the message")
        self.state.events.append(self.counts)
        self.state.defended.append(self.defended)
        self.state.guarded.append(self.guarded)
        self.state.unasked.append(self.unasked)

    def _read_decisions(self) -> None:
        for decision in self.turn.decisions:
            if decision.fact >= len(self.turn.facts):
                self.defended.append("ignored: there is no such fact")
            elif decision.fact in self.decisions:
                raise Unclear("two decisions for one fact")
            else:
                self.decisions[decision.fact] = decision

    def _settle(self, fact: Fact) -> None:
        if self._is_known(fact):
            self.unasked.append(fact.number)
            self.counts["NOOP"] += 1
        elif not self.shown:
            self.unasked.append(fact.number)
            self._add(fact)
        elif fact.number not in self.decisions:
            self._defend(fact, "no decision")
        else:
            self._decide(fact, self.decisions[fact.number])

    def _decide(self, fact: Fact, decision: Decision) -> None:
        if decision.action == "ADD":
            self._add(fact)
            return
        targets = [self._shown(text) for text in decision.targets]
        if decision.action == "NOOP":
            self._know(fact, targets)
        elif not targets or None in targets:
            self._one_or_unclear(targets)
            self._defend(fact, "the target does not exist")
        elif any(target.immutable for target in targets):
            self._one_or_unclear(targets)
            self._defend(fact, "the target is immutable")
        elif any(target in self.touched for target in targets):
            self._one_or_unclear(targets)
            self._defend(fact, "the target was changed by an earlier decision")
        elif decision.action == "UPDATE":
            self._update(fact, decision, targets)
        else:
            self._delete(fact, decision, targets)

    def _know(self, fact: Fact, targets: list[Stored | None]) -> None:
        if not targets or None in targets or any(target.immutable for target in targets):
            raise Unclear("a NOOP whose target is missing, unknown or immutable")
        self._one_or_unclear(targets)
        foreign = novelty(fact.text, targets[0].text)
        if foreign == 1:
            self._defend(fact, "the memory it is said to repeat says something else")
        elif foreign > 0.85:
            raise Unclear("a repeat that shares hardly a word with its memory")
        else:
            self.counts["NOOP"] += 1

    def _update(self, fact: Fact, decision: Decision, targets: list[Stored]) -> None:
        self._one_or_unclear(targets)
        target = targets[0]
        if novelty(decision.text, target.text, fact.text) > 0.5:
            self._defend(fact, "the merged text is made of words nobody said")
            return
        if any(_folded(memory.text) == _folded(decision.text) for memory in self.state.valid):
            raise Unclear("a merged text that changes nothing, or that another memory has")
        target.text = decision.text
        target.version += 1
        target.event_time = self.turn.moment(fact.event_time) or target.event_time
        target.categories |= {fact.category} - {None}
        self.touched.append(target)
        self.counts["UPDATE"] += 1

    def _delete(self, fact: Fact, decision: Decision, targets: list[Stored]) -> None:
        new, said = self._memory(fact), self.turn.time.astimezone(UTC)
        if any(said < target.valid_from for target in targets):
            self._insert_before(decision, new, targets)
            return
        limit = min(max(FREE_CLOSINGS, len(self.shown) // SHARE), MOST_CLOSINGS)
        if self.closed + len(targets) > limit and not self.turn.options.get("allow_bulk"):
            self.guarded = True
            self._add(fact)
            return
        for target in targets:
            target.invalid_at = max(new.valid_from, target.valid_from)
            target.superseded_by = new if decision.adds else None
            target.version += 1
        self.touched += targets
        self.closed += len(targets)
        self.counts["DELETE"] += len(targets)
        if decision.adds:
            self._insert(new)

    def _insert_before(self, decision: Decision, new: Stored, targets: list[Stored]) -> None:
        """A state told after what came later: it takes its place among the states that led to its target."""
        self._one_or_unclear(targets)
        target = targets[0]
        if not decision.adds:
            raise Unclear("a backdated end without a new state")
        chain = [target, *self._led_to(target)]
        if any(memory.valid_from == new.valid_from for memory in chain):
            raise Unclear("two states that began at the same time")
        new.superseded_by = min((m for m in chain if m.valid_from > new.valid_from), key=lambda m: m.valid_from)
        new.invalid_at = new.superseded_by.valid_from
        for memory in chain[1:]:
            if memory.valid_from < new.valid_from < memory.invalid_at:
                memory.invalid_at, memory.superseded_by = new.valid_from, new
                memory.version += 1
        self._insert(new)

    def _led_to(self, memory: Stored) -> list[Stored]:
        before = [m for m in self.state.memories if m.superseded_by is memory]
        if len(before) > 1:
            raise Unclear("a state told late before one that ended several at once")
        return before + [m for earlier in before for m in self._led_to(earlier)]

    def _defend(self, fact: Fact, why: str) -> None:
        self.defended.append(f"added as it is: {why}")
        self._add(fact)

    def _add(self, fact: Fact) -> None:
        self._insert(self._memory(fact))

    def _insert(self, memory: Stored) -> None:
        self.state.memories.append(memory)
        self.counts["ADD"] += 1

    def _memory(self, fact: Fact) -> Stored:
        said, since = self.turn.time.astimezone(UTC), self.turn.moment(fact.since)
        if since and since > said:
            raise Unclear("a state that has not begun yet")
        return Stored(
            text=fact.text,
            actor=self.turn.actor(fact),
            valid_from=since or said,
            event_time=self.turn.moment(fact.event_time),
            categories={fact.category} - {None},
            immutable=bool(self.turn.options.get("immutable")),
        )

    def _is_known(self, fact: Fact) -> bool:
        """Whether the same actor's valid memories say it in the same words."""
        actor = self.turn.actor(fact)
        mine = [memory.text for memory in self.state.valid if memory.actor == actor]
        return any(words_key(fact.text) == words_key(text) for text in mine)

    def _shown(self, text: str) -> Stored | None:
        """The memory that the model means: the texts are shown to it as they read when the event begins."""
        meant = [memory for shown, memory in self.shown if shown == text]
        if len(meant) > 1:
            raise Unclear(f"two memories read {text!r}")
        return meant[0] if meant else None

    def _one_or_unclear(self, targets: list[Stored | None]) -> None:
        if len(targets) > 1:
            raise Unclear("several targets, of which not all can be followed")


def _dialogue(raw: Mapping[str, Any]) -> Dialogue:
    return Dialogue(
        id=raw["id"],
        kind=raw["kind"],
        language=raw["language"],
        scope=raw["scope"],
        turns=tuple(_turn(turn) for turn in raw["turns"]),
        memories=tuple(raw["expected"]["memories"]),
        events=tuple(raw["expected"]["events"]),
    )


def _turn(raw: Mapping[str, Any]) -> Turn:
    return Turn(
        time=datetime.fromisoformat(raw["time"]),
        options=raw.get("options", {}),
        messages=tuple(raw["messages"]),
        facts=tuple(Fact(number, **fact) for number, fact in enumerate(raw["facts"])),
        decisions=tuple(
            Decision(**{"text": None, **decision, "targets": tuple(decision["targets"])})
            for decision in raw["decisions"]
        ),
        bad=raw.get("bad"),
    )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".!")


def _words(text: str) -> list[str]:
    """Words without case; in scripts that leave no spaces every character is one."""
    return re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+", text.casefold())
