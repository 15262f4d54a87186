from concurrent.futures import Future

import pytest

from local.errors import HandlerRaised, WorkerDied
from local.pollers import Poller
from tests.unit.local.fakes import FakeSqs

MESSAGES = [
    {
        "MessageId": f"m{number}",
        "ReceiptHandle": f"r{number}",
        "Body": "{}",
        "MD5OfBody": "x",
        "Attributes": {"MessageGroupId": "g", "ApproximateReceiveCount": "1"},
        "MessageAttributes": {"trace": {"StringValue": "t", "DataType": "String"}},
    }
    for number in range(3)
]


def poll(result=None, failure=None):
    sqs, events = FakeSqs(MESSAGES), []

    def call(event):
        events.append(event)
        future = Future()
        future.set_exception(failure) if failure else future.set_result(result)
        return future

    Poller(sqs, "http://127.0.0.1:1/000000000000/cairn-consolidate.fifo", call).poll_once()
    return sqs, events


def test_the_function_gets_the_event_of_a_lambda_source_mapping():
    _, events = poll({})
    record = events[0]["Records"][0]
    assert record == {
        "messageId": "m0",
        "receiptHandle": "r0",
        "body": "{}",
        "attributes": {"MessageGroupId": "g", "ApproximateReceiveCount": "1"},
        "messageAttributes": {
            "trace": {"stringValue": "t", "dataType": "String", "stringListValues": (), "binaryListValues": ()}
        },
        "md5OfBody": "x",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:cairn-consolidate.fifo",
        "awsRegion": "us-east-1",
    }


@pytest.mark.parametrize("result", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, "text"])
def test_a_batch_without_failures_is_deleted(result):
    assert poll(result)[0].deleted == ["r0", "r1", "r2"]


def test_failed_messages_stay_and_their_visibility_is_the_handlers_matter():
    sqs, _ = poll({"batchItemFailures": [{"itemIdentifier": "m1"}]})
    assert sqs.deleted == ["r0", "r2"]
    assert sqs.made_visible == []


@pytest.mark.parametrize(
    "failures",
    [[{"itemIdentifier": ""}], [{"itemIdentifier": None}], [{"itemIdentifier": "other"}], [{}], ["m1"], "m1"],
)
def test_an_answer_that_names_no_message_fails_the_whole_batch(failures):
    assert poll({"batchItemFailures": failures})[0].deleted == []


@pytest.mark.parametrize("failure", [WorkerDied(), HandlerRaised("ValueError", "x")])
def test_after_a_crash_the_batch_comes_again_soon(failure):
    sqs, _ = poll(failure=failure)
    assert sqs.deleted == []
    assert sqs.made_visible == [("r0", 2), ("r1", 2), ("r2", 2)]


def test_nothing_received_calls_nothing():
    Poller(FakeSqs([]), "url", lambda event: pytest.fail("called")).poll_once()
