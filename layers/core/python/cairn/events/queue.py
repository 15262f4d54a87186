"""The queue of consolidate: how its messages are sent."""

from collections.abc import Sequence

from cairn.events.message import ConsolidateMessage
from cairn.events.types import QueuedEvent
from cairn.platform.sqs import Entry, QueueClient, correlated, no_repeat


class SqsQueue(QueueClient):
    """The queue of consolidate."""

    def send(self, events: Sequence[QueuedEvent]) -> None:
        """Sends the events in order; raises QueueUnavailable where any was not taken."""
        self.send_entries(map(_entry, events))


def _entry(event: QueuedEvent) -> Entry:
    message = ConsolidateMessage(project_id=event.project_id, event_id=event.event_id, generation=event.generation)
    return {
        "MessageBody": message.model_dump_json(),
        # Order is kept within a scope, and scopes do not wait for each other.
        "MessageGroupId": f"{event.project_id.hex}{event.scope_key}",
        "MessageDeduplicationId": no_repeat(),
        **correlated(event.correlation_id),
    }
