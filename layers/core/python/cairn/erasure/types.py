"""What a caller wants erased, and how far that is."""

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from cairn.filters import Filter, parse_filters
from cairn.filters.tree import And
from cairn.kernel.tenancy import Scope
from cairn.memories.types import Receipt


@dataclass(frozen=True, slots=True)
class Erasure:
    """All of a scope, or those of its memories that `metadata` and `filters` select; `*` is every entity of a kind.

    Raises InvalidRequest where it is made of what is no filter.
    """

    scope: Scope
    metadata: Any = None
    filters: Any = None
    where: Filter = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts = [parse_filters(self.named)]
        if self.metadata is not None:
            parts.append(parse_filters({"metadata": self.metadata}, field="metadata"))
        if self.filters is not None:
            parts.append(parse_filters(self.filters, field="filters"))
        object.__setattr__(self, "where", And(tuple(parts)))

    @property
    def named(self) -> dict[str, str]:
        """The ids of the scope that are given."""
        return {name: value for name, value in asdict(self.scope).items() if value is not None}

    @property
    def whole_scope(self) -> bool:
        """Whether its messages and events go too."""
        return self.metadata is None and self.filters is None


@dataclass(frozen=True, slots=True)
class Erasing:
    """An erasure by its event: what it removed so far, and whether that is all."""

    event_id: UUID
    receipt: Receipt
    done: bool
