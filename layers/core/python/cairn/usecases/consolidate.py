"""Consolidation: from the messages of an event to facts that are kept once, and kept true.

Extract, compare, decide, apply: Chhikara et al., Mem0, 2025 (arXiv 2504.19413), with checks around every answer of the
model. No connection is held while facts are extracted, embedded or decided about: read, close, think, write in one
transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import sqrt
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cairn.decisions import NEW, Candidate, Settlement, closing_limit, ended_as
from cairn.errors import ModelError, ModelPaused, Unavailable
from cairn.extraction import believed, believed_summary, sources
from cairn.facts import Applied, Decision, Fact, Neighbour, NewMemory, Outcome, Unclaimed, Work
from cairn.models import Kind, Message, Operation, QueuedEvent, Tenant, Vector, new_id
from cairn.observability import logger
from cairn.periods import periods
from cairn.ports import AnswerT, Embedder, EventStore, Llm, MemoryStore
from cairn.project import Extractor, TokenUsage
from cairn.prompts import Prompt, decide, extract, procedure
from cairn.prompts.decide import FactDecision
from cairn.statements import Statement, is_near_duplicate, statements, states_preference

RULES: Final = "rules-1"
PREFERENCES: Final = "user_preferences"
BEHIND: Final = "Waits for an earlier event of its scope."
_NEIGHBOURS: Final = 10
_SHOWN: Final = 40  # memories in one decision prompt, the nearest first
# The stored embeddings carry actor and date, so the same words said on another day are a little apart.
_WORTH_A_LOOK: Final = 0.6
_DAY: Final = timedelta(hours=25)  # the longest there is


@dataclass(frozen=True, slots=True)
class Consolidated:
    """What became of one event: applied, skipped (it was finished or gone already), or parked to wait.

    `again` is the parked event where it need not wait for the sweep.
    """

    applied: Applied = field(default_factory=Applied)
    usage: tuple[TokenUsage, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])
    skipped: bool = False
    parked: bool = False
    again: QueuedEvent | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """The facts of one event, the scope's new summary where a model wrote one, and what was not believed."""

    facts: Sequence[Fact]
    extractor: str
    summary: str | None = None
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])


class Consolidate:
    """Consolidates one event; safe to call again with the same event at any point."""

    def __init__(self, events: EventStore, memories: MemoryStore, embedder: Embedder, llm: Llm | None = None) -> None:
        self._events = events
        self._memories = memories
        self._embedder = embedder
        self._llm = llm

    def __call__(self, tenant: Tenant, event_id: UUID) -> Consolidated:
        """Extracts, compares, decides and applies; raises what its parts raise, and then nothing was applied."""
        work = self._events.claim(tenant, event_id)
        if work is Unclaimed.FINISHED:
            return Consolidated(skipped=True)
        if isinstance(work, Unclaimed):
            parked = self._events.park(tenant, event_id, BEHIND)
            return Consolidated(parked=True, again=parked if work is Unclaimed.OVERTAKES else None)
        by_model = work.settings.extractor is Extractor.MODEL
        meter = _Meter(self._llm, subject=str(event_id)) if self._llm and by_model else None
        try:
            outcome = self._outcome(tenant, work, meter)
            applied = self._memories.apply(tenant, event_id, outcome)
        except ModelPaused as exc:
            self._note(tenant, event_id, meter)
            self._events.park(tenant, event_id, str(exc))
            return Consolidated(parked=True)
        except Exception:
            self._note(tenant, event_id, meter)
            raise
        if applied is None:
            return Consolidated(skipped=True)
        return Consolidated(applied, outcome.usage, outcome.dropped)

    def _note(self, tenant: Tenant, event_id: UUID, meter: "_Meter | None") -> None:
        """Writes down what a failed attempt cost; its own failure must not hide the first one."""
        if meter is None or not meter.usage:
            return
        try:
            self._events.note_usage(tenant, event_id, meter.usage)
        except Unavailable:
            logger.warning("could not write the usage", action="consolidate.usage_lost", event_id=str(event_id))

    def _outcome(self, tenant: Tenant, work: Work, meter: "_Meter | None") -> Outcome:
        if work.options.procedural:
            (memory,) = self._embedded([_procedure(work, meter)])
            return Outcome((Decision(Operation.ADD, NEW, memory=memory),), _usage(meter))
        extracted = _by_model(work, meter) if meter else _by_rules(work)
        drafts = self._embedded([_draft(fact, work, extracted.extractor) for fact in extracted.facts])
        decisions = self._decide(tenant, work, extracted.facts, drafts, meter)
        return Outcome(tuple(decisions), _usage(meter), extracted.summary, work.summary, extracted.dropped)

    def _embedded(self, drafts: Sequence[NewMemory]) -> list[NewMemory]:
        vectors = self._embedder.embed([d.indexed_text for d in drafts]) if drafts else []
        return [replace(d, embedding=v) for d, v in zip(drafts, vectors, strict=True)]

    def _decide(
        self, tenant: Tenant, work: Work, facts: Sequence[Fact], drafts: Sequence[NewMemory], meter: "_Meter | None"
    ) -> list[Decision]:
        if not drafts:
            return []
        probes = [(draft.embedding, not fact.from_user) for fact, draft in zip(facts, drafts, strict=True)]
        size, stored = self._memories.neighbours(tenant, work.scope, probes, _NEIGHBOURS)
        candidates = [Candidate(f, d, tuple(n)) for f, d, n in zip(facts, drafts, stored, strict=True)]
        known = self._known(candidates)
        open_ones = [n for n in range(len(candidates)) if n not in known]
        answers = _asked(candidates, open_ones, meter) if meter else {}
        settlement = Settlement(closing_limit(size, allow_bulk=work.options.allow_bulk))
        settled: dict[int, Decision] = {}
        ends: dict[UUID, UUID | None] = {}
        for n, candidate in enumerate(candidates):
            if n in known:
                memory_id = known[n].id
                settled[n] = Decision(Operation.NOOP, "Known already.", known_id=ends.get(memory_id, memory_id))
            else:
                settled[n] = settlement.settle(candidate, *answers.get(n, (None, ())))
            ends[candidate.draft.id] = ended_as(candidate, settled[n])
        return self._with_vectors(list(settled.values()))

    def _with_vectors(self, decisions: Sequence[Decision]) -> list[Decision]:
        """The decisions, with the merged texts of updates embedded."""
        updates = [d.memory for d in decisions if d.operation is Operation.UPDATE and d.memory]
        vectors = iter(self._embedded(updates))
        return [replace(d, memory=next(vectors)) if d.operation is Operation.UPDATE else d for d in decisions]

    def _known(self, candidates: Sequence[Candidate]) -> dict[int, Neighbour]:
        """The candidates that say what is stored already, or what an earlier one of this event said."""
        accepted: list[Neighbour] = []
        known: dict[int, Neighbour] = {}
        for n, candidate in enumerate(candidates):
            draft = candidate.draft
            found = self._repeated(candidate, [*candidate.near, *accepted])
            if found:
                known[n] = found
            else:
                accepted.append(
                    Neighbour(draft.id, draft.text, draft.actor, draft.valid_from, 1, False, True, cosine=1.0)
                )
        return known

    def _repeated(self, candidate: Candidate, near: Sequence[Neighbour]) -> Neighbour | None:
        """The neighbour that says the same, said by the same actor.

        An agent repeats what it was handed from memory: it says nothing new where anybody said it before, even where
        that no longer holds.
        """
        draft, echo = candidate.draft, not candidate.fact.from_user
        close = [n for n in near if n.cosine >= _WORTH_A_LOOK and (echo or (n.actor == draft.actor and n.valid))]
        if not close:
            return None
        vectors = self._embedder.embed([draft.text, *(n.text for n in close)])
        for neighbour, vector in zip(close, vectors[1:], strict=True):
            if is_near_duplicate(draft.text, neighbour.text, _cosine(vectors[0], vector)):
                return neighbour
        return None


class _Meter:
    """Asks the model on behalf of one event, and keeps account of what that cost, failures included."""

    def __init__(self, llm: Llm, subject: str) -> None:
        self.model = llm.model
        self.usage: list[TokenUsage] = []
        self._llm = llm
        self._subject = subject

    def ask(self, prompt: Prompt, answer: type[AnswerT]) -> AnswerT:
        try:
            found, usage = self._llm.ask(prompt, answer, subject=self._subject)
        except ModelError as exc:
            self.usage += [exc.usage] if exc.usage else []
            raise
        self.usage.append(usage)
        return found


def _usage(meter: _Meter | None) -> tuple[TokenUsage, ...]:
    return tuple(meter.usage) if meter else ()


def _by_model(work: Work, meter: _Meter) -> Extracted:
    """One extraction call; what cannot be believed is dropped and counted."""
    extractor = f"{meter.model} {extract.VERSION}"
    messages = sources(work.messages)
    if not messages:
        return Extracted([], extractor)
    wishes = work.options.wishes.over(work.settings.wishes)
    prompt = extract.render(
        messages=messages,
        recent=sources(work.recent),
        summary=work.summary or None,
        wishes=wishes,
        timezone=work.options.timezone,
    )
    answer = meter.ask(prompt, extract.Extraction)
    zone = ZoneInfo(work.options.timezone)
    facts, dropped = believed(answer, messages, extract.allowed_categories(wishes), zone)
    return Extracted(facts, extractor, believed_summary(answer, facts), dropped)


def _by_rules(work: Work) -> Extracted:
    """Facts without a model: each sentence of a user that states something, as it was said."""
    zone = ZoneInfo(work.options.timezone)
    said = [(m, s) for m in sources(work.messages) if m.role == "user" for s in statements(m.content)]
    return Extracted([_stated(message, statement, zone) for message, statement in said], RULES)


def _stated(message: Message, statement: Statement, zone: ZoneInfo) -> Fact:
    """The statement as a fact; a state dates from its "since", an event from the day it names."""
    text = statement.text
    found = periods(text, message.occurred_at, zone)
    since = [p.start for p in found if text[p.text_span[0] :].casefold().startswith("since")]
    days = [p.start for p in found if p.end - p.start <= _DAY]
    return Fact(
        text,
        message.actor,
        message.occurred_at,
        message.id,
        (statement.start, statement.end),
        category=PREFERENCES if states_preference(text) else None,
        event_time=days[0] if days and not since else None,
        since=since[0] if since and since[0] <= message.occurred_at else None,
    )


def _procedure(work: Work, meter: _Meter | None) -> NewMemory:
    """One memory of how an agent did its work: told by the model, or the transcript itself where there is none."""
    last = work.messages[-1]
    if meter:
        prompt = procedure.render(messages=work.messages, wishes=work.options.wishes.over(work.settings.wishes))
        text, extractor = meter.ask(prompt, procedure.Procedure).text, f"{meter.model} {procedure.VERSION}"
    else:
        text, extractor = "\n".join(f"{m.actor}: {m.content}" for m in work.messages), RULES
    fact = Fact(text, work.scope.agent_id or last.actor, last.occurred_at, last.id, (0, len(last.content)))
    return replace(
        _draft(fact, work, extractor),
        kind=Kind.PROCEDURAL,
        source_message_ids=tuple(m.id for m in work.messages),
        source_spans=tuple((0, len(m.content)) for m in work.messages),
    )


def _draft(fact: Fact, work: Work, extractor: str) -> NewMemory:
    return NewMemory(
        id=new_id(),
        scope=work.scope,
        kind=Kind.FACT,
        text=fact.text,
        actor=fact.actor,
        valid_from=fact.valid_from,
        embedding=(),
        options=work.options,
        source_message_ids=(fact.source_message_id,),
        source_spans=(fact.source_span,),
        extractor=extractor,
        categories=(fact.category,) if fact.category else (),
        importance=fact.importance,
        event_time=fact.event_time,
    )


def _asked(
    candidates: Sequence[Candidate], open_ones: Sequence[int], meter: _Meter
) -> dict[int, tuple[FactDecision, list[Neighbour]]]:
    """The model's decision for each candidate that has memories near it, with its targets; one call at most."""
    asking = [n for n in open_ones if candidates[n].targets]
    if not asking:
        return {}
    nearest = sorted((t for n in asking for t in candidates[n].targets), key=lambda t: -t.cosine)
    shown = list({t.id: t for t in nearest}.values())[:_SHOWN]
    number = {t.id: n for n, t in enumerate(shown)}
    near = [[number[t.id] for t in candidates[n].targets if t.id in number] for n in asking]
    prompt = decide.render(facts=[candidates[n].fact for n in asking], near=near, memories=shown)
    answers: dict[int, tuple[FactDecision, list[Neighbour]]] = {}
    for answer in meter.ask(prompt, decide.Decisions).decisions:
        if 0 <= answer.fact < len(asking):
            targets = [shown[t] for t in answer.targets if 0 <= t < len(shown)]
            answers.setdefault(asking[answer.fact], (answer, targets))
    return answers


def _cosine(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / sqrt(sum(x * x for x in a) * sum(y * y for y in b))
