"""Rows that get vectors: of another model, or of their passages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from cairn.models_ai.embed.port import Vector


@dataclass(frozen=True, slots=True)
class LongText:
    """A stored text that is longer than one vector tells well: a memory's, or with no `version` a turn's."""

    project_id: UUID
    id: UUID
    text: str
    actor: str | None
    said_at: datetime
    version: int | None

    @property
    def is_turn(self) -> bool:
        """Whether it is a message, as searches find it."""
        return self.version is None


Kept = Literal["memories", "turns"]
Vectors = Sequence[Vector]
"""Of the whole text, then of each passage of a long one."""


@dataclass(frozen=True, slots=True)
class Models:
    """The embedding models of a database, with their widths.

    `other` has vectors beside those in use: it is the next one, or the one before.
    """

    model: str
    dimensions: int
    other: str | None
    other_dimensions: int | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one project, by id; `versions` where they were noted because they came, or changed, meanwhile."""

    project_id: UUID
    kept: Kept
    ids: tuple[UUID, ...]
    versions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What is embedded of a memory or a turn: who said what, and when."""

    id: UUID
    text: str
    actor: str | None
    at: datetime
