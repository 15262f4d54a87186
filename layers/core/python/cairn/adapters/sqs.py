"""SQS through boto3: the same adapter in AWS and against the emulator of the one-machine run.

AWS_ENDPOINT_URL_SQS moves it; botocore reads it by itself.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cairn.errors import QueueUnavailable
from cairn.messages import ConsolidateMessage
from cairn.models import QueuedEvent

_BATCH = 10  # SQS takes at most ten entries a call
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 2})


@contextmanager
def _mapped_errors() -> Generator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as exc:
        raise QueueUnavailable("The queue does not answer.") from exc


class SqsQueue:
    """One FIFO queue. The client is made on first use: importing and making it costs a cold start dearly."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _client(self) -> Any:
        connect = cast("Callable[..., Any]", boto3.client)  # pyright: ignore[reportUnknownMemberType]
        return connect("sqs", config=_CONFIG)

    def close(self) -> None:
        """Closes the client's connections; the next call after that would fail."""
        if "_client" in self.__dict__:
            self._client.close()

    def send(self, events: Sequence[QueuedEvent]) -> None:
        """Sends the events in order; raises QueueUnavailable where any was not taken."""
        remaining = iter(events)
        while batch := list(islice(remaining, _BATCH)):
            with _mapped_errors():
                answer = self._client.send_message_batch(
                    QueueUrl=self._url, Entries=[_entry(n, event) for n, event in enumerate(batch)]
                )
            if answer.get("Failed"):
                raise QueueUnavailable("The queue did not take every message.")

    def depth(self) -> int:
        """Messages waiting, approximately; raises QueueUnavailable."""
        with _mapped_errors():
            answer = self._client.get_queue_attributes(
                QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def receive(self) -> list[tuple[str, str]]:
        """Up to ten (receipt handle, body) pairs, hidden from others for a minute."""
        with _mapped_errors():
            answer = self._client.receive_message(QueueUrl=self._url, MaxNumberOfMessages=_BATCH, VisibilityTimeout=60)
        return [(m["ReceiptHandle"], m["Body"]) for m in answer.get("Messages", [])]

    def delete(self, receipt_handle: str) -> None:
        """Removes a received message."""
        with _mapped_errors():
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=receipt_handle)

    def retry_in(self, receipt_handle: str, seconds: int) -> None:
        """Makes a received message visible again after `seconds`."""
        with _mapped_errors():
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )


def _entry(number: int, event: QueuedEvent) -> dict[str, str]:
    message = ConsolidateMessage(project_id=event.project_id, event_id=event.event_id, redrives=event.redrives)
    return {
        "Id": str(number),
        "MessageBody": message.model_dump_json(),
        # Order is kept within a scope, and scopes do not wait for each other.
        "MessageGroupId": f"{event.project_id.hex}{event.scope_key}",
        # A redriven event must not be taken for the repeat of its own failed life.
        "MessageDeduplicationId": f"{event.event_id}-{event.redrives}",
    }
