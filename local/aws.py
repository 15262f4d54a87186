"""What the local parts need to know of AWS: account, region, an SQS client, an environment that stays local."""

import os
from collections.abc import Callable
from typing import Protocol, cast

# botocore publishes no types; SqsClient below says what is used of it.
import botocore.session  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

ACCESS_KEY = "local"
"""What signs for an emulator that is open to everybody; any secret key does."""

SECRET_KEY = "local"
REGION = "us-east-1"
ACCOUNT = "000000000000"

_NO_PROFILE = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""Where botocore looks for these: in no configuration file, in no environment variable."""

SqsUnavailable = (BotoCoreError, ClientError)
"""What a call raises when the queue does not answer, or answers with an error."""


class SqsClient(Protocol):
    """The part of boto3's SQS client that is used here."""

    def create_queue(self, *, QueueName: str, Attributes: dict[str, str]) -> dict[str, str]:
        """Create a queue, or find it with the same attributes."""
        ...

    def receive_message(
        self,
        *,
        QueueUrl: str,
        MaxNumberOfMessages: int,
        WaitTimeSeconds: int,
        MessageSystemAttributeNames: list[str],
        MessageAttributeNames: list[str],
    ) -> dict[str, object]:
        """Wait for messages."""
        ...

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, object]:
        """Delete messages."""
        ...

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[dict[str, object]]) -> dict[str, object]:
        """Say when messages may be received again."""
        ...


class EventsClient(Protocol):
    """The part of boto3's EventBridge client that is used here."""

    def create_event_bus(self, *, Name: str) -> dict[str, str]:
        """Create a bus; one that is there already is an error."""
        ...

    def put_rule(self, *, Name: str, EventBusName: str, EventPattern: str) -> dict[str, str]:
        """Create or change a rule."""
        ...

    def put_targets(self, *, Rule: str, EventBusName: str, Targets: list[dict[str, str]]) -> dict[str, object]:
        """Say where a rule sends what matches."""
        ...


def sqs_client(endpoint: str, access_key: str = ACCESS_KEY) -> SqsClient:
    """A client that speaks to the local endpoint only, whatever the user's AWS and proxy settings are."""
    return cast("SqsClient", _client("sqs", endpoint, access_key))


def events_client(endpoint: str, access_key: str = ACCESS_KEY) -> EventsClient:
    """The same for EventBridge."""
    return cast("EventsClient", _client("events", endpoint, access_key))


def _client(service: str, endpoint: str, access_key: str) -> object:
    config = Config(
        proxies={},
        connect_timeout=2,
        read_timeout=30,
        retries={"total_max_attempts": 1},
        parameter_validation=False,
    )
    # Without boto3, whose S3 part takes as long to load as all of botocore; and without the user's profile, which may
    # not even exist.
    session = botocore.session.Session(session_vars=_NO_PROFILE)
    connect = cast("Callable[..., object]", session.create_client)  # pyright: ignore[reportUnknownMemberType]
    return connect(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key=SECRET_KEY,
        config=config,
    )


def isolated(environment: dict[str, str]) -> dict[str, str]:
    """An environment without the user's AWS profile and proxies, so that nothing local is sent to the real AWS."""
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    bypass = ",".join(filter(None, (kept.get("NO_PROXY") or kept.get("no_proxy"), "127.0.0.1,localhost")))
    return kept | {
        "NO_PROXY": bypass,
        "no_proxy": bypass,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
