"""What models cost, and telling it to whoever wants to know."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """What calls to a model cost: tokens as the endpoint counted them, dollars by the prices in the settings.

    `kind` is the task of the prompt: extract, decide, procedure, chat; or embed.
    """

    kind: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost_usd: float


EMBED: Final = "embed"
"""The kind of usage that embeddings are."""

_watching: ContextVar[tuple[list[TokenUsage], ...]] = ContextVar("watching", default=())


@contextmanager
def watched() -> Generator[list[TokenUsage]]:
    """A list that grows with whatever is spent inside of the block, also where that is inside of another."""
    spent: list[TokenUsage] = []
    before = _watching.set((*_watching.get(), spent))
    try:
        yield spent
    finally:
        _watching.reset(before)


def note(usage: TokenUsage) -> None:
    """Tells everybody who watches; nobody need."""
    for spent in _watching.get():
        spent.append(usage)


def total(spent: Sequence[TokenUsage]) -> tuple[int, float]:
    """Tokens that were read, and dollars."""
    return sum(usage.tokens_in for usage in spent), sum(usage.cost_usd for usage in spent)
