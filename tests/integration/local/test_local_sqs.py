import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import isolated, sqs_client
from local.sqs import Sqs


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Sqs]:
    for folder in ("run", "logs"):
        (tmp_path / folder).mkdir()
    server = Sqs(tmp_path)
    server.spawn(isolated(dict(os.environ)))
    server.wait_ready()
    yield server
    server.stop()


def attributes(queue: Sqs) -> dict[str, str]:
    client: Any = sqs_client(queue.endpoint)
    return client.get_queue_attributes(QueueUrl=queue.queue_url, AttributeNames=["All"])["Attributes"]


def test_the_queues_are_as_in_the_cloud(queue: Sqs):
    found = attributes(queue)
    assert found["VisibilityTimeout"] == "360"
    assert found["DeduplicationScope"] == "messageGroup"
    assert found["FifoThroughputLimit"] == "perMessageGroupId"
    assert '"maxReceiveCount": 7' in found["RedrivePolicy"]


def test_a_killed_queue_comes_back_on_the_same_address(queue: Sqs):
    address = queue.queue_url
    os.kill(queue.pid or 0, signal.SIGKILL)
    queue.stop()
    assert queue.died()
    queue.spawn(isolated(dict(os.environ)))
    queue.wait_ready()
    assert queue.queue_url == address
    assert attributes(queue)["FifoQueue"] == "true"
