"""What a read asks for: which memories, how many, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cairn.filters import Filter
from cairn.models import Vector
from cairn.ranking import DEFAULT_WEIGHTS, Weights


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: `number` counts from 1."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Selection:
    """Which memories a read may return."""

    where: Filter
    show_expired: bool = False
    latest_only: bool = True


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search: its words, their embedding, and what to return. Hits under `threshold` (0 to 1) are dropped."""

    text: str
    vector: Vector
    selection: Selection
    top_k: int = 10
    threshold: float = 0.1
    weights: Weights = field(default=DEFAULT_WEIGHTS)


@dataclass(frozen=True, slots=True)
class MemoryChange:
    """A caller's change of one memory; None leaves a part as it is, `clear_expiry` removes the expiry."""

    memory_id: UUID
    text: str | None = None
    metadata: Mapping[str, Any] | None = None
    valid_from: datetime | None = None
    expires_on: date | None = None
    clear_expiry: bool = False
    embedding: Vector | None = None
    indexed_text: str | None = None
