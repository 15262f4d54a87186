"""The I/O edges of events, as use cases see them."""

from collections.abc import Sequence
from typing import Protocol

from cairn.events.types import QueuedEvent


class Queue(Protocol):
    """The consolidate queue and its dead-letter queue."""

    def send(self, events: Sequence[QueuedEvent]) -> None:
        """Sends the events in order; raises QueueUnavailable where any was not taken."""
        ...

    def depth(self) -> int:
        """Messages waiting, approximately; raises QueueUnavailable."""
        ...


class DeadLetters(Protocol):
    """What lies in the dead-letter queue."""

    def receive(self) -> Sequence[tuple[str, str]]:
        """Up to ten (receipt handle, body) pairs."""
        ...

    def delete(self, receipt_handle: str) -> None:
        """Removes one."""
        ...
