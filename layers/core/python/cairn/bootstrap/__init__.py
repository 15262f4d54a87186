"""The services behind the functions: with `adapters`, the only modules that name concrete adapters.

A function builds its service once, on its first event, and keeps it. Seams are keyword arguments. Each service has a
module of its own, so that no function starts with what only others need.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Generic, TypeVar

ServiceT = TypeVar("ServiceT")


class Provided(Generic[ServiceT]):
    """The service of an environment, built on its first event; a test puts its own in its place."""

    def __init__(self, build: Callable[[], ServiceT]) -> None:
        self._build = build
        self._built: ServiceT | None = None

    def __call__(self) -> ServiceT:
        """The service."""
        if self._built is None:
            self._built = self._build()
        return self._built

    @contextmanager
    def replaced_by(self, service: ServiceT) -> Generator[None]:
        """Has this service answer until the end of the context."""
        before, self._built = self._built, service
        try:
            yield
        finally:
            self._built = before
