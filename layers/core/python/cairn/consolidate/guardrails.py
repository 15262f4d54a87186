"""From a model's decisions to what is applied: checked targets, one change per target, and no mass closing.

Whatever the model says, nothing is lost: a decision that does not hold becomes an ADD of the fact as it was said.
Reasons are in words of our own: a model's may quote any memory it was shown, and would outlive that one's erasure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from cairn.consolidate.prompts.decide import FactDecision
from cairn.consolidate.types import Decision, Fact, Neighbour
from cairn.language.entailment import Kept, kept, says_the_same, supported
from cairn.memories.types import NewMemory, Operation

NEW: Final = "New to this scope."
_FEWEST, _MOST = 3, 25
_MAX_TEXT: Final = 4_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact on its way into a scope: as it would be stored, and which of the memories near it may be its target."""

    fact: Fact
    draft: NewMemory
    near: tuple[Neighbour, ...] = ()

    @property
    def targets(self) -> tuple[Neighbour, ...]:
        """The memories near it that hold now."""
        return tuple(n for n in self.near if n.valid)


def closing_limit(scope_size: int, *, allow_bulk: bool) -> int:
    """How many of `scope_size` valid memories one event may close."""
    if allow_bulk:
        return scope_size
    return min(_MOST, max(_FEWEST, scope_size // 5))


@dataclass(slots=True)
class Settlement:
    """Settles the candidates of one event, in order; remembers which targets are taken and how many may be closed."""

    closings_left: int
    _taken: set[UUID] = field(default_factory=set[UUID])

    def settle(self, candidate: Candidate, answer: FactDecision | None, targets: Sequence[Neighbour]) -> Decision:
        """The decision to apply; `targets` are those the model named, as far as they were shown for this fact."""
        if answer is None or answer.action == Operation.ADD:
            return _add(candidate, NEW)
        # As near as they are to this fact: another fact may have been shown the same memory.
        own = {n.id: n for n in candidate.targets}
        known = [own[i] for i in dict.fromkeys(t.id for t in targets) if i in own]
        if not known:
            return _add(candidate, f"{answer.action} of a memory that is not there; added.")
        if answer.action == Operation.NOOP:
            if not says_the_same(candidate.fact.text, known[0].text):
                return _add(candidate, "NOOP against a memory that says something else; added.")
            return _known(candidate, known[0])
        if any(t.immutable for t in known):
            return _add(candidate, f"{answer.action} of an immutable memory; added.")
        free = [t for t in known if t.id not in self._taken]
        if not free:
            return _add(candidate, f"{answer.action} of a memory this event has changed already; added.")
        if answer.action == Operation.UPDATE:
            return self._update(candidate, answer, free[0])
        return self._close(candidate, "Contradicted, or told to have ended.", free, adds=answer.adds)

    def _update(self, candidate: Candidate, answer: FactDecision, target: Neighbour) -> Decision:
        text = " ".join((answer.text or "").split())
        if not text or len(text) > _MAX_TEXT or "\x00" in text:
            return _add(candidate, "UPDATE without a text; added.")
        if text.casefold() == target.text.casefold():
            return _known(candidate, target)
        if not supported(text, (target.text, candidate.fact.text)):
            return _add(candidate, "UPDATE to a text that neither the memory nor the fact supports; added.")
        match kept(target.text, text):
            case Kept.NOTHING:
                return _add(candidate, "UPDATE to a text that no longer says what the memory says; added.")
            case Kept.CHANGED:
                # What the memory said is no longer said: it ends, and its history stays true.
                reason = "UPDATE to a text that says otherwise than the memory; its successor."
                return self._close(candidate, reason, (target,), adds=True)
            case Kept.ALL:
                pass
        self._taken.add(target.id)
        # The memory stays whose it is and as old as it is; it only says more.
        actor = target.actor or candidate.fact.actor
        memory = replace(candidate.draft, text=text, actor=actor, valid_from=target.valid_from, since=None)
        return Decision(
            Operation.UPDATE,
            "Says the same in more detail.",
            memory=memory,
            targets=(target,),
            at=candidate.fact.valid_from,
            by=candidate.fact.actor,
        )

    def _close(self, candidate: Candidate, reason: str, targets: Sequence[Neighbour], *, adds: bool) -> Decision:
        later = [t for t in targets if t.valid_from > candidate.fact.occurred_at]
        if later:
            return _told_late(candidate, min(later, key=lambda t: t.valid_from))
        if self.closings_left < len(targets):
            return _add(candidate, "DELETE of more memories than one event may close; added.")
        self.closings_left -= len(targets)
        self._taken.update(t.id for t in targets)
        return Decision(
            Operation.DELETE,
            reason,
            memory=candidate.draft if adds else None,
            targets=tuple(targets),
            at=candidate.fact.valid_from,
            by=candidate.fact.actor,
        )


def _add(candidate: Candidate, reason: str) -> Decision:
    return Decision(Operation.ADD, reason, memory=candidate.draft)


def _known(candidate: Candidate, known: Neighbour) -> Decision:
    return Decision(Operation.NOOP, "Known already.", known_id=known.id, repeated=candidate.draft)


def _told_late(candidate: Candidate, successor: Neighbour) -> Decision:
    """An import that tells an older state after a newer one: it was true until the newer one began."""
    memory = replace(candidate.draft, invalid_at=successor.valid_from, superseded_by=successor.id)
    reason = "Told late: a newer memory has taken its place already."
    return Decision(Operation.ADD, reason, memory=memory, targets=(successor,))


def ended_as(candidate: Candidate, decision: Decision) -> UUID | None:
    """The memory that now says what the candidate said; None where nothing does."""
    if decision.operation is Operation.UPDATE:
        return decision.targets[0].id
    return decision.memory.id if decision.memory else decision.known_id
