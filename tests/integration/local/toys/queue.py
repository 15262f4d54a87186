import functools
import os

import boto3


@functools.cache
def _client():
    return boto3.client("sqs")


def send(text: str) -> None:
    _client().send_message(
        QueueUrl=os.environ["CAIRN_CONSOLIDATE_QUEUE_URL"],
        MessageBody=text,
        MessageGroupId=text.partition("-")[0],
        MessageDeduplicationId=text,
    )
