"""Carry messages from the queues to their functions; stand in for Lambda's SQS event source mapping."""

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from typing import cast

from local.aws import ACCOUNT, REGION, SqsClient, SqsUnavailable
from local.errors import CallError
from local.shapes import mapping

Call = Callable[[Mapping[str, object]], Future[object]]

_WAIT_SECONDS = 20
_RETRY_SECONDS = 2
_PAUSES = (0.05, 0.2, 0.5, 1.0)
_TYPE_NAMES = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}

Message = Mapping[str, object]


class Poller:
    """One thread that receives, calls the function, and deletes what has been dealt with."""

    def __init__(
        self, client: SqsClient, queue_url: str, call: Call, *, batch: int = 10, name: str = "consolidate"
    ) -> None:
        self._client = client
        self._batch = batch
        self._queue_url = queue_url
        self._queue = queue_url.rpartition("/")[2]
        self._call = call
        self._name = name
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin to poll."""
        threading.Thread(target=self._run, daemon=True, name="poller").start()

    def stop(self) -> None:
        """Take no further messages; the thread ends on its own."""
        self._stopping.set()

    def _run(self) -> None:
        """Poll until stopped; while the queue is away, ask again after a short pause."""
        failures = 0
        while not self._stopping.is_set():
            try:
                self.poll_once()
                failures = 0
            except SqsUnavailable:
                self._stopping.wait(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1
            except CancelledError:  # the service is stopping
                return

    def poll_once(self) -> None:
        """Receive at most one batch and see it through."""
        answer = self._client.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=self._batch,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = cast("Sequence[Message]", answer.get("Messages", ()))
        if not messages or self._stopping.is_set():
            return
        try:
            result = self._call(sqs_event(messages, self._queue)).result()
        except CallError as error:
            print(f"{time.strftime('%H:%M:%S')} {self._name} failed, its batch is retried: {error}", file=sys.stderr)
            self._retry_soon(messages)
            return
        self._delete(succeeded(messages, result))

    def _delete(self, messages: Sequence[Message]) -> None:
        if messages:
            entries = [
                {"Id": str(index), "ReceiptHandle": cast("str", message["ReceiptHandle"])}
                for index, message in enumerate(messages)
            ]
            self._client.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)

    def _retry_soon(self, messages: Sequence[Message]) -> None:
        """Make a batch visible again long before its visibility timeout, which nobody wants to wait for here."""
        entries: list[dict[str, object]] = [
            {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": _RETRY_SECONDS}
            for index, message in enumerate(messages)
        ]
        self._client.change_message_visibility_batch(QueueUrl=self._queue_url, Entries=entries)


def sqs_event(messages: Sequence[Message], queue: str) -> dict[str, object]:
    """The event Lambda receives for a batch of messages of a queue."""
    return {"Records": [_record(message, queue) for message in messages]}


def succeeded(messages: Sequence[Message], result: object) -> list[Message]:
    """The messages to delete: all that the answer does not list as failed.

    As in Lambda, an answer that lists an unknown or empty id, or is malformed, fails the whole batch.
    """
    failures = mapping(result).get("batchItemFailures")
    if failures is None:
        return list(messages)
    if not isinstance(failures, list):
        return []
    failed = {mapping(failure).get("itemIdentifier") for failure in cast("list[object]", failures)}
    if not failed <= {message["MessageId"] for message in messages}:
        return []
    return [message for message in messages if message["MessageId"] not in failed]


def _record(message: Message, queue: str) -> dict[str, object]:
    attributes = cast("Mapping[str, Mapping[str, object]]", message.get("MessageAttributes", {}))
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def _attribute(value: Mapping[str, object]) -> dict[str, object]:
    named = {_TYPE_NAMES[name]: part for name, part in value.items() if name in _TYPE_NAMES}
    return {**named, "stringListValues": (), "binaryListValues": ()}
