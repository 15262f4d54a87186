"""Other systems feed a running Cairn through its queue and its bus, with boto3 as they would in AWS."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest

from tests.e2e.conftest import Service, wait_for

SECONDS = 60


def found(client: httpx.Client, user: str, query: str) -> list[str]:
    """The texts that a search of this user finds."""
    answer = client.post("/v3/memories/search/", json={"query": query, "filters": {"user_id": user}})
    assert answer.status_code == 200, answer.text
    return [hit["memory"] for hit in answer.json()["results"]]


def held(client: httpx.Client, user: str) -> list[str]:
    """The texts of all memories of this user."""
    answer = client.post("/v3/memories/", json={"filters": {"user_id": user}})
    assert answer.status_code == 200, answer.text
    return [memory["memory"] for memory in answer.json()["results"]]


@dataclass
class Neighbour:
    """Another system, with clients of the service's queue and bus."""

    service: Service
    sqs: Any
    events: Any

    def add(self, user: str, content: str, **fields: Any) -> dict[str, Any]:
        said = [{"role": "user", "content": content}]
        return {"project_id": self.service.project_id, "user_id": user, "messages": said} | fields

    def send(self, body: Any) -> None:
        self.sqs.send_message(QueueUrl=self.service.ingest_queue_url, MessageBody=json.dumps(body))

    def waiting(self) -> int:
        """Messages that were not dealt with yet."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = self.service.ingest_queue_url
        return sum(map(int, self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()))

    def put(self, detail: Any, kind: str = "cairn.memory.add") -> None:
        entry = {"EventBusName": self.service.event_bus, "Source": "crm", "DetailType": kind}
        answer = self.events.put_events(Entries=[entry | {"Detail": json.dumps(detail)}])
        assert answer["FailedEntryCount"] == 0


@pytest.fixture
def neighbour(service: Service) -> Iterator[Neighbour]:
    keys = {name: getattr(service, name) for name in ("aws_access_key_id", "aws_secret_access_key")}
    own = keys | {"region_name": "us-east-1"}
    clients = [boto3.client(name, endpoint_url=service.aws_endpoint, **own) for name in ("sqs", "events")]
    yield Neighbour(service, *clients)
    for client in clients:
        client.close()


def test_what_is_sent_to_the_queue_is_found(service: Service, neighbour: Neighbour):
    user = f"queue-{uuid4().hex[:6]}"
    neighbour.send(neighbour.add(user, "I live in Porto."))
    with service.client() as client:
        assert wait_for(lambda: found(client, user, "home town"), SECONDS) == ["I live in Porto."]


def test_what_is_put_on_the_bus_is_found_once(service: Service, neighbour: Neighbour):
    user = f"bus-{uuid4().hex[:6]}"
    neighbour.put(neighbour.add(user, "I live in Faro.", infer=False), kind="cairn.memory.other")  # no rule for it
    for _ in range(2):
        neighbour.put(neighbour.add(user, "I live in Porto.", infer=False, idempotency_key=f"key-{user}"))
    neighbour.put(neighbour.add(user, "I am vegetarian.", infer=False))
    with service.client() as client:
        wait_for(lambda: len(held(client, user)) >= 2 and neighbour.waiting() == 0, SECONDS)
        assert sorted(held(client, user)) == ["I am vegetarian.", "I live in Porto."]


def test_a_wrong_message_goes_to_the_dead_letter_queue_and_stops_nothing(service: Service, neighbour: Neighbour):
    user = f"wrong-{uuid4().hex[:6]}"
    wrong = neighbour.add(user, "I live in Porto.", project_id=str(uuid4()))
    neighbour.send(wrong)
    neighbour.send(neighbour.add(user, "I am vegetarian.", infer=False))
    dead = f"{service.ingest_queue_url}-dlq"

    def dead_letters() -> list[Any]:
        received = neighbour.sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return [json.loads(m["Body"]) for m in received.get("Messages", [])]

    with service.client() as client:
        wait_for(lambda: found(client, user, "food"), SECONDS)
    assert wrong in wait_for(dead_letters, SECONDS)
    assert "Project not found!" in (service.directory / "logs" / "ingest.log").read_text()
