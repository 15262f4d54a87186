"""Consolidation: from the messages of an event to facts that are kept once.

No connection is held while facts are extracted or embedded: read, close, think, write in one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from uuid import UUID

from cairn.models import (
    AddOptions,
    Decision,
    Fact,
    Kind,
    Message,
    Neighbour,
    NewMemory,
    Operation,
    Scope,
    Tenant,
    Vector,
    new_id,
)
from cairn.ports import Embedder, EventStore, MemoryStore
from cairn.statements import is_near_duplicate, statements

RULES = "rules-1"
_NEIGHBOURS = 10
# The stored embeddings carry actor and date, so the same words said on another day are a little apart.
_WORTH_A_LOOK = 0.6

Extract = Callable[[Sequence[Message]], list[Fact]]


@dataclass(frozen=True, slots=True)
class Consolidated:
    """Counts of one event; `skipped` when it was finished or gone already."""

    added: int = 0
    known: int = 0
    skipped: bool = False


def extract_statements(messages: Sequence[Message]) -> list[Fact]:
    """Facts without a model: each sentence of a user that states something, as it was said."""
    return [
        Fact(s.text, message.actor, message.occurred_at, message.id, (s.start, s.end))
        for message in messages
        if message.role == "user"
        for s in statements(message.content)
    ]


class Consolidate:
    """Consolidates one event; safe to call again with the same event at any point."""

    def __init__(
        self,
        events: EventStore,
        memories: MemoryStore,
        embedder: Embedder,
        *,
        extract: Extract = extract_statements,
        extractor: str = RULES,
    ) -> None:
        self._events = events
        self._memories = memories
        self._embedder = embedder
        self._extract = extract
        self._extractor = extractor

    def __call__(self, tenant: Tenant, event_id: UUID) -> Consolidated:
        """Extracts, compares, decides and applies; raises what its parts raise, and then nothing was applied."""
        claimed = self._events.claim(tenant, event_id)
        if claimed is None:
            return Consolidated(skipped=True)
        scope, options, messages = claimed
        drafts = self._embedded([self._draft(fact, scope, options) for fact in self._extract(messages)])
        counts = self._memories.apply(tenant, event_id, self._decide(tenant, scope, drafts))
        return Consolidated(skipped=True) if counts is None else Consolidated(added=counts[0], known=counts[1])

    def _draft(self, fact: Fact, scope: Scope, options: AddOptions) -> NewMemory:
        return NewMemory(
            id=new_id(),
            scope=scope,
            kind=Kind.FACT,
            text=fact.text,
            actor=fact.actor,
            valid_from=fact.occurred_at,
            embedding=(),
            options=options,
            source_message_ids=(fact.source_message_id,),
            source_span=fact.source_span,
            extractor=self._extractor,
        )

    def _embedded(self, drafts: Sequence[NewMemory]) -> list[NewMemory]:
        vectors = self._embedder.embed([d.indexed_text for d in drafts]) if drafts else []
        return [replace(d, embedding=v) for d, v in zip(drafts, vectors, strict=True)]

    def _decide(self, tenant: Tenant, scope: Scope, drafts: Sequence[NewMemory]) -> list[Decision]:
        if not drafts:
            return []
        stored = self._memories.neighbours(tenant, scope, [d.embedding for d in drafts], _NEIGHBOURS)
        accepted: list[Neighbour] = []  # what this event itself adds, so that it does not repeat itself
        decisions: list[Decision] = []
        for draft, near in zip(drafts, stored, strict=True):
            known = self._known(draft, [*near, *accepted])
            if known:
                decisions.append(Decision(Operation.NOOP, reason="Known already.", known_id=known.id))
            else:
                decisions.append(Decision(Operation.ADD, reason="New to this scope.", memory=draft))
                accepted.append(Neighbour(draft.id, draft.text, draft.actor, 1.0))
        return decisions

    def _known(self, draft: NewMemory, near: Sequence[Neighbour]) -> Neighbour | None:
        """The neighbour that says the same, said by the same actor."""
        candidates = [n for n in near if n.actor == draft.actor and n.cosine >= _WORTH_A_LOOK]
        if not candidates:
            return None
        vectors = self._embedder.embed([draft.text, *(n.text for n in candidates)])
        for candidate, vector in zip(candidates, vectors[1:], strict=True):
            if is_near_duplicate(draft.text, candidate.text, _cosine(vectors[0], vector)):
                return candidate
        return None


def _cosine(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / sqrt(sum(x * x for x in a) * sum(y * y for y in b))
