"""Consolidation: from the messages of an event to facts that are kept once, and kept true.

Extract, compare, decide, apply: Chhikara et al., Mem0, 2025 (arXiv 2504.19413), with checks around every answer of the
model. No connection is held while facts are extracted, embedded or decided about: read, close, think, write in one
transaction.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from cairn.consolidate.extract import UsageMeter, by_model, by_rules, draft, procedural, unfollowed
from cairn.consolidate.guardrails import NEW, Candidate, Settlement, closing_limit, ended_as
from cairn.consolidate.prompts import decide
from cairn.consolidate.prompts.decide import FactDecision
from cairn.consolidate.store import PostgresFactStore
from cairn.consolidate.types import Applied, Decision, Fact, Neighbour, Outcome
from cairn.events.store import PostgresEventStore
from cairn.events.types import Unclaimed, Work
from cairn.kernel.errors import GivenUp, Unavailable
from cairn.kernel.ids import new_id
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant
from cairn.kernel.usage import TokenUsage, watched
from cairn.language.excluding import excludes
from cairn.language.repeats import words_key
from cairn.memories.embed import IN_AN_EVENT, embedded
from cairn.memories.messages import sources
from cairn.memories.types import NewIndexedMessage, NewMemory, Operation
from cairn.models_ai.embed.port import Embedder, Vector
from cairn.models_ai.llm.port import Llm
from cairn.projects.types import Extractor

BEHIND: Final = "Waits for an earlier event of its scope."
_NEIGHBOURS: Final = 10
_SPEAKERS: Final = frozenset({"user", "assistant"})
_SHOWN: Final = 40  # memories in one decision prompt, the nearest first


@dataclass(frozen=True, slots=True)
class Consolidated:
    """What became of one event: applied, skipped (it was finished or gone already), or parked behind an earlier one.

    An `erasure` is not consolidated.
    """

    applied: Applied = field(default_factory=Applied)
    usage: tuple[TokenUsage, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])
    skipped: bool = False
    parked: bool = False
    erasure: bool = False


class Consolidate:
    """Consolidates one event; safe to call again with the same event at any point.

    With `index_messages` its messages can be found by searches that ask for them.
    """

    def __init__(
        self,
        events: PostgresEventStore,
        facts: PostgresFactStore,
        embedder: Embedder,
        llm: Llm | None = None,
        *,
        index_messages: bool = True,
    ) -> None:
        self._events = events
        self._facts = facts
        self._embedder = embedder
        self._llm = llm
        self._index_messages = index_messages

    def __call__(self, tenant: Tenant, event_id: UUID) -> Consolidated:
        """Extracts, compares, decides and applies; raises what its parts raise, and then nothing was applied.

        Raises:
            GivenUp: the event is FAILED.
        """
        work = self._events.claim(tenant, event_id)
        if work is Unclaimed.BEHIND:
            if self._events.park(tenant, event_id, BEHIND):
                return Consolidated(parked=True)
            work = self._events.claim(tenant, event_id)  # what it waited for has just ended
        if work is Unclaimed.FAILED:
            raise GivenUp("The event was given up on; redrive it to have it tried again.")
        if isinstance(work, Unclaimed):
            return Consolidated(
                skipped=work is Unclaimed.FINISHED,
                parked=work is Unclaimed.BEHIND,
                erasure=work is Unclaimed.ERASURE,
            )
        wants_model = work.settings.extractor is Extractor.MODEL
        meter = UsageMeter(self._llm) if self._llm and wants_model else None
        with watched() as spent:
            try:
                embed = _Once(self._embedder)
                outcome = self._outcome(tenant, work, meter, embed)
                turns = self._turns(work, embed, None if meter else work.extraction.excludes)
                usage = (*outcome.usage, *spent)
                outcome = replace(outcome, turns=turns, options=work.options, usage=usage)
                applied = self._facts.apply(tenant, event_id, outcome)
            except Exception:
                self._note(tenant, event_id, (*_usage(meter), *spent))
                raise
        if applied is None:
            return Consolidated(skipped=True)
        return Consolidated(applied, outcome.usage, outcome.dropped)

    def _note(self, tenant: Tenant, event_id: UUID, usage: Sequence[TokenUsage]) -> None:
        """Writes down what a failed attempt cost; its own failure must not hide the first one."""
        if not usage:
            return
        try:
            self._events.note_usage(tenant, event_id, usage)
        except Unavailable:
            logger.warning("could not write the usage", action="consolidate.usage_lost", event_id=str(event_id))

    def _outcome(self, tenant: Tenant, work: Work, meter: UsageMeter | None, embed: "_Once") -> Outcome:
        if work.options.procedural and work.messages:
            (memory,) = embedded([procedural(work, meter)], embed, room=IN_AN_EVENT)
            warnings = () if meter else unfollowed(work.extraction, by_words=False)
            return Outcome(
                (Decision(Operation.ADD, NEW, memory=memory),),
                _usage(meter),
                dropped=work.options.passed_over,
                warnings=warnings,
            )
        extracted = by_model(work, meter) if meter else by_rules(work)
        drafts = embedded([draft(fact, work, extracted.extractor) for fact in extracted.facts], embed, room=IN_AN_EVENT)
        decisions = _with_vectors(self._decide(tenant, work, extracted.facts, drafts, meter), embed)
        dropped = Counter(extracted.dropped) + Counter(work.options.passed_over)
        return Outcome(
            tuple(decisions),
            _usage(meter),
            extracted.summary,
            work.summary,
            dropped=dropped,
            warnings=extracted.warnings,
        )

    def _turns(self, work: Work, embed: "_Once", excluded: str | None) -> tuple[NewIndexedMessage, ...]:
        """What was said, as far as somebody said it and nobody asked to leave it out."""
        if not self._index_messages:
            return ()
        read = {message.id: message for message in work.messages}
        spoken = [m for m in sources(work.messages) if m.role in _SPEAKERS and m.content.strip()]
        spoken = [m for m in spoken if not excludes(excluded or "", m.content)]
        drafts = [NewIndexedMessage(new_id(), read[m.id], m.content) for m in spoken]
        return tuple(embedded(drafts, embed, room=IN_AN_EVENT))

    def _neighbours(
        self, tenant: Tenant, work: Work, facts: Sequence[Fact], drafts: Sequence[NewMemory], *, everybody: bool
    ) -> tuple[int, dict[int, tuple[Neighbour, ...]]]:
        """How many facts the scope has, and what is near to those to be decided about, by their place.

        Without `everybody` that is what agents say: they may repeat anybody. What a user says again in the same words
        is known when it is inserted.
        """
        asked = [n for n, fact in enumerate(facts) if everybody or not fact.from_user]
        if not asked:
            return 0, {}
        probes = [(drafts[n].embedding, not facts[n].from_user) for n in asked]
        size, stored = self._facts.neighbours(tenant, work.scope, probes, _NEIGHBOURS)
        return size, {n: tuple(near) for n, near in zip(asked, stored, strict=True)}

    def _decide(
        self, tenant: Tenant, work: Work, facts: Sequence[Fact], drafts: Sequence[NewMemory], meter: UsageMeter | None
    ) -> list[Decision]:
        if not drafts:
            return []
        size, near = self._neighbours(tenant, work, facts, drafts, everybody=meter is not None)
        candidates = [Candidate(f, d, near.get(n, ())) for n, (f, d) in enumerate(zip(facts, drafts, strict=True))]
        known = _known(candidates)
        open_ones = [n for n in range(len(candidates)) if n not in known]
        answers = _asked(candidates, open_ones, meter) if meter else {}
        settlement = Settlement(closing_limit(size, allow_bulk=work.options.allow_bulk))
        settled: dict[int, Decision] = {}
        ends: dict[UUID, UUID | None] = {}
        for n, candidate in enumerate(candidates):
            if n in known:
                memory_id = known[n].id
                settled[n] = Decision(
                    Operation.NOOP,
                    "Known already.",
                    known_id=ends.get(memory_id, memory_id),
                    repeated=candidate.draft,
                )
            else:
                settled[n] = settlement.settle(candidate, *answers.get(n, (None, ())))
            ends[candidate.draft.id] = ended_as(candidate, settled[n])
        return list(settled.values())


class _Once:
    """Embeds each text of one event once: a message that is kept whole is a memory and a turn of the same words."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, Vector] = {}

    def __call__(self, texts: Sequence[str]) -> list[Vector]:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._embedder.embed(new), strict=True))
        return [self._vectors[text] for text in texts]


def _with_vectors(decisions: Sequence[Decision], embed: _Once) -> list[Decision]:
    """The decisions, with the merged texts of updates embedded."""
    updates = [d.memory for d in decisions if d.operation is Operation.UPDATE and d.memory]
    vectors = iter(embedded(updates, embed, room=IN_AN_EVENT))
    return [replace(d, memory=next(vectors)) if d.operation is Operation.UPDATE else d for d in decisions]


def _known(candidates: Sequence[Candidate]) -> dict[int, Neighbour]:
    """The candidates that say what is stored already, or what an earlier one of this event said, in the same words."""
    said: dict[tuple[str | None, str], Neighbour] = {}
    known: dict[int, Neighbour] = {}
    for n, candidate in enumerate(candidates):
        draft, key = candidate.draft, words_key(candidate.draft.text)
        found = _repeated(candidate, key) or said.get((None if _echoes(candidate) else draft.actor, key))
        if found:
            known[n] = found
        else:
            new = Neighbour(draft.id, draft.text, draft.actor, draft.valid_from, 1, False, True, cosine=1.0)
            said.setdefault((draft.actor, key), new)
            said.setdefault((None, key), new)
    return known


def _echoes(candidate: Candidate) -> bool:
    """An agent repeats what it was handed: it says nothing new where anybody said it, even where that has ended."""
    return not candidate.fact.from_user


def _repeated(candidate: Candidate, key: str) -> Neighbour | None:
    """The stored neighbour that says the same in the same words, said by the same actor."""
    actor, echo = candidate.draft.actor, _echoes(candidate)
    own = (n for n in candidate.near if echo or (n.actor == actor and n.valid))
    return next((n for n in own if words_key(n.text) == key), None)


def _usage(meter: UsageMeter | None) -> tuple[TokenUsage, ...]:
    return tuple(meter.usage) if meter else ()


def _asked(
    candidates: Sequence[Candidate], open_ones: Sequence[int], meter: UsageMeter
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
