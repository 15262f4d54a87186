import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

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
    assert found["VisibilityTimeout"] == "270"
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


def test_with_an_access_key_of_its_own_nobody_else_is_served(tmp_path: Path):
    for folder in ("run", "logs"):
        (tmp_path / folder).mkdir()
    server = Sqs(tmp_path, access_key="only-ours")
    server.spawn(isolated(dict(os.environ)))
    try:
        server.wait_ready()
        ours: Any = sqs_client(server.endpoint, "only-ours")
        ours.send_message(QueueUrl=server.ingest_queue_url, MessageBody="{}")
        assert len(ours.receive_message(QueueUrl=server.ingest_queue_url)["Messages"]) == 1
        for action in ("ListQueues", f"ReceiveMessage&QueueUrl={server.ingest_queue_url}", "PurgeQueue"):
            # As a form of any web page, which a browser sends without asking.
            for method, headers in (("POST", {}), ("POST", {"Authorization": "only-ours"}), ("OPTIONS", {})):
                form = urllib.request.Request(server.endpoint, f"Action={action}".encode(), headers, method=method)
                with pytest.raises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(form)
                assert refused.value.code == 403
                assert "access-control-allow-origin" not in refused.value.headers
                refused.value.close()
        for key in ("test", "local", "000000000000", "only-our"):
            theirs: Any = sqs_client(server.endpoint, key)
            with pytest.raises(ClientError, match="AccessDenied"):
                theirs.send_message(QueueUrl=server.ingest_queue_url, MessageBody="{}")
            theirs.close()
        ours.close()
    finally:
        server.stop()
