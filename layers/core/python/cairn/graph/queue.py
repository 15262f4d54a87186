"""The queue of graph_sync: how its messages are sent."""

from collections.abc import Sequence

from cairn.graph.message import GraphSyncMessage
from cairn.graph.types import GraphChange
from cairn.kernel.observability import logger
from cairn.platform.sqs import Entry, QueueClient, correlated, no_repeat


class SqsGraphQueue(QueueClient):
    """The queue of graph_sync."""

    def send(self, changes: Sequence[GraphChange]) -> None:
        """Sends the messages; raises QueueUnavailable where any was not taken."""
        self.send_entries(map(_graph_entry, changes))


def _graph_entry(change: GraphChange) -> Entry:
    message = GraphSyncMessage(
        project_id=change.project_id, scope=change.scope, memory_ids=change.memory_ids, change_ids=change.outbox_ids
    )
    return {
        "MessageBody": message.model_dump_json(),
        # One graph scope is written by one worker at a time; others do not wait for it.
        "MessageGroupId": f"{change.project_id.hex}{change.scope}",
        "MessageDeduplicationId": no_repeat(),
        **correlated(logger.get_correlation_id()),
    }
