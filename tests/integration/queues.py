"""Real queues of the emulator, and the Lambda events of what they hold."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

import boto3


@dataclass
class Queues:
    """A queue with its dead-letter queue, and a client to look into them."""

    client: Any
    url: str
    dead_letters_url: str

    def receive(self, url: str | None = None, wait: int = 5, at_most: int = 10) -> list[dict[str, Any]]:
        return self.client.receive_message(
            QueueUrl=url or self.url,
            MaxNumberOfMessages=at_most,
            WaitTimeSeconds=wait,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])

    def event(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        """The Lambda event of received messages."""
        return {"Records": [_record(m) for m in messages]}


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": _attributes(message),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:test.fifo",
        "awsRegion": "us-east-1",
    }


def _attributes(message: dict[str, Any]) -> dict[str, Any]:
    """As Lambda spells them."""
    found = message.get("MessageAttributes", {})
    return {name: {"stringValue": a["StringValue"], "dataType": a["DataType"]} for name, a in found.items()}


def make_queues(receives: int = 7) -> Queues:
    """A new FIFO queue, and its dead-letter queue after so many receives."""
    fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    return _made(".fifo", fifo, receives)


def make_standard_queues(receives: int = 7) -> Queues:
    """A new standard queue, and its dead-letter queue after so many receives."""
    return _made("", {}, receives)


def _made(suffix: str, kind: dict[str, str], receives: int) -> Queues:
    client = boto3.client("sqs")
    name = f"test-{secrets.token_hex(4)}"
    dead = client.create_queue(QueueName=f"{name}-dlq{suffix}", Attributes=kind)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})
    url = client.create_queue(QueueName=f"{name}{suffix}", Attributes=kind | {"RedrivePolicy": redrive})["QueueUrl"]
    return Queues(client, url, dead)
