"""The I/O edge of memories over time, as use cases see it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from cairn.graph import Relation
from cairn.models import Memory, Tenant
from cairn.selection import Page, Selection
from cairn.timelines import Said, Thread


class Timelines(Protocol):
    """Memories over time, and by id. Each method makes one round trip, as the tenant."""

    def visible(self, tenant: Tenant, selection: Selection, memory_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these the selection lets through."""
        ...

    def by_id(self, tenant: Tenant, selection: Selection, memory_ids: Sequence[UUID]) -> dict[UUID, Memory]:
        """Those of these memories that the selection lets through."""
        ...

    def relations(self, tenant: Tenant, memory_ids: Sequence[UUID]) -> list[tuple[UUID, Relation]]:
        """What these memories say of how things relate, in order of their ids."""
        ...

    def said(self, tenant: Tenant, selection: Selection) -> list[Said]:
        """Every entity as memories of the selection name it, by graph scope; at most 20,000."""
        ...

    def saying(
        self, tenant: Tenant, selection: Selection, names: Sequence[tuple[str, str]], limit: int
    ) -> list[Memory]:
        """The latest memories of the selection that mention any of these (graph scope, name)."""
        ...

    def carried(self, tenant: Tenant, selection: Selection, names: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (graph scope, name) a memory of the selection says, in whatever case."""
        ...

    def linked(self, tenant: Tenant, selection: Selection, memory_ids: Sequence[UUID]) -> list[Memory]:
        """These memories, all they replaced and all that replaced them, by when they became true; at most 500."""
        ...

    def superseded(
        self, tenant: Tenant, selection: Selection, page: Page
    ) -> tuple[int, list[tuple[Memory, Memory | None]]]:
        """Count of all memories that hold no longer and one page, the last closed first, each with its successor."""
        ...

    def thread(self, tenant: Tenant, memory_id: UUID, around: int) -> Thread | None:
        """The memory with its chain, its messages and what stands around it; None when it is not there."""
        ...
