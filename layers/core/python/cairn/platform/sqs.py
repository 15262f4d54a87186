"""SQS through boto3: the same adapter in AWS and against the emulator of the one-machine run.

AWS_ENDPOINT_URL_SQS moves it; botocore reads it by itself.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Any, cast
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cairn.kernel.errors import QueueUnavailable
from cairn.kernel.observability import CORRELATION

Entry = dict[str, Any]

_BATCH = 10  # SQS takes at most ten entries a call
# A queue that hangs costs an add seven seconds at most: it is accepted all the same, and upkeep sends it.
_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})


@contextmanager
def _mapped_errors() -> Generator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as exc:
        raise QueueUnavailable("The queue does not answer.") from exc


class QueueClient:
    """One queue, whatever its messages are.

    The client is made on first use: importing and making it costs a cold start dearly.
    """

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

    def send_entries(self, entries: Iterable[Entry]) -> None:
        """Sends the messages in order; raises QueueUnavailable where any was not taken."""
        remaining = iter(entries)
        while batch := list(islice(remaining, _BATCH)):
            numbered = [{"Id": str(number), **entry} for number, entry in enumerate(batch)]
            with _mapped_errors():
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=numbered)
            if answer.get("Failed"):
                raise QueueUnavailable("The queue did not take every message.")

    def send_later(self, body: str, attributes: Mapping[str, str], seconds: int) -> None:
        """Sends a message that is delivered after `seconds`, at most 900; a FIFO queue delays no single one."""
        with _mapped_errors():
            self._client.send_message(
                QueueUrl=self._url, MessageBody=body, MessageAttributes=_attributes(attributes), DelaySeconds=seconds
            )

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


def correlated(correlation_id: str | None) -> Entry:
    """The part of an entry by which the consumer logs under the id of the request that the message comes from."""
    return {"MessageAttributes": _attributes({CORRELATION: correlation_id})} if correlation_id else {}


def _attributes(values: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}


def no_repeat() -> str:
    """An id that no message had: SQS drops what it takes for a repeat of the last five minutes, though it is gone.

    A message is deleted when its work is put off, and sent again when its time has come. Of two messages about the same
    work the second finds it done.
    """
    return uuid4().hex
