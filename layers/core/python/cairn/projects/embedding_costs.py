"""What the embeddings of a request cost its project."""

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeAlias

from cairn.kernel.errors import Unavailable
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant
from cairn.kernel.usage import TokenUsage, watched
from cairn.projects.store import PostgresProjectStore

Charge: TypeAlias = Callable[[Tenant], AbstractContextManager[None]]
"""Charges a project with what is embedded inside of a block."""


def free(_: Tenant) -> AbstractContextManager[None]:
    """Charges nobody."""
    return nullcontext()


class EmbeddingCosts:
    """Writes to a project's day what an endpoint counted; an embedder in process counts nothing."""

    def __init__(self, projects: PostgresProjectStore) -> None:
        self._projects = projects

    @contextmanager
    def charge(self, tenant: Tenant) -> Generator[None]:
        """Charges the project when the block ends, also where it fails. What cannot be written then is lost."""
        with watched() as spent:
            try:
                yield
            finally:
                self._write(tenant, spent)

    def _write(self, tenant: Tenant, spent: Sequence[TokenUsage]) -> None:
        if not spent:
            return
        try:
            self._projects.record_usage(tenant, spent)
        except Unavailable:
            logger.warning("could not write the usage", action="embedding.usage_lost")
