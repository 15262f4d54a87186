"""ministack as a child process on loopback; stands in for SQS and EventBridge."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from local import children
from local.aws import ACCESS_KEY, ACCOUNT, REGION, SqsClient, SqsUnavailable, events_client, sqs_client
from local.errors import StartError
from local.postgres import free_port

QUEUE = "cairn-consolidate.fifo"
DEAD_LETTERS = "cairn-consolidate-dlq.fifo"
INGEST_QUEUE = "cairn-ingest"
INGEST_DEAD_LETTERS = "cairn-ingest-dlq"
BUS = "cairn"
DETAIL_TYPE = "cairn.memory.add"
GRAPH_QUEUE = "cairn-graph.fifo"
GRAPH_DEAD_LETTERS = "cairn-graph-dlq.fifo"
VISIBILITY_SECONDS = 270
_MAX_RECEIVES = 7
_START_SECONDS = 60
_GUARD = "CAIRN_LOCAL_ACCESS_KEY"
_LAUNCH = f"""
import os
from local.children import die_with_parent
from local.guard import guarded
die_with_parent()
from ministack import app
if key := os.environ.pop("{_GUARD}", ""):
    app.app = guarded(app.app, key)
app.main()
"""


class Sqs:
    """One ministack, with no more services than are needed; its queues live in its memory.

    With an `access_key` of its own it serves only whoever signs with that.
    """

    def __init__(self, directory: Path, *, access_key: str = ACCESS_KEY, also: tuple[str, ...] = ()) -> None:
        self.access_key = access_key
        self._services = ",".join(("sqs", "events", *also))
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._run = directory / "run"
        self._home = directory / "ministack"
        self._log = directory / "logs" / "ministack.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def queue_url(self) -> str:
        """The queue of consolidate."""
        return f"{self.endpoint}/{ACCOUNT}/{QUEUE}"

    @property
    def dead_letters_url(self) -> str:
        """Where messages go that failed too often."""
        return f"{self.endpoint}/{ACCOUNT}/{DEAD_LETTERS}"

    @property
    def ingest_queue_url(self) -> str:
        """Where other systems send adds."""
        return f"{self.endpoint}/{ACCOUNT}/{INGEST_QUEUE}"

    @property
    def graph_queue_url(self) -> str:
        """The queue of graph_sync."""
        return f"{self.endpoint}/{ACCOUNT}/{GRAPH_QUEUE}"

    @property
    def graph_dead_letters_url(self) -> str:
        """Where its messages go that failed too often."""
        return f"{self.endpoint}/{ACCOUNT}/{GRAPH_DEAD_LETTERS}"

    @property
    def pid(self) -> int | None:
        """Process id of ministack."""
        return self._process.pid if self._process else None

    def spawn(self, environment: dict[str, str]) -> None:
        """Start the process, on the same port each time."""
        self._home.mkdir(exist_ok=True)
        children.rotate(self._log)
        own = {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
            "SERVICES": self._services,
            "TMPDIR": str(self._home),
            **({_GUARD: self.access_key} if self.access_key != ACCESS_KEY else {}),
        }
        argv = [sys.executable, "-c", _LAUNCH]
        self._process = children.spawn(argv, env=environment | own, log=self._log, cwd=self._home)
        children.record(self._run, "ministack", self._process.pid)

    def wait_ready(self) -> None:
        """Wait until it answers, and create the queues."""
        client = sqs_client(self.endpoint, self.access_key)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                return self._create_queues(client)
            except SqsUnavailable as error:
                if self.died() or time.monotonic() > deadline:
                    msg = f"The local SQS (ministack) did not start: {error}; see {self._log}."
                    raise StartError(msg) from error
            time.sleep(0.02)

    def died(self) -> bool:
        """Whether the process has ended."""
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        """Stop the process; what was queued is sent again at the next start."""
        if self._process:
            # It would wait for long polls to end, and has nothing to save.
            children.stop(self._process, first=signal.SIGKILL)
            children.forget(self._run, self._process.pid)

    def _create_queues(self, client: SqsClient) -> None:
        fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
        _create(client, QUEUE, DEAD_LETTERS, fifo)
        _create(client, GRAPH_QUEUE, GRAPH_DEAD_LETTERS, fifo)
        _create(client, INGEST_QUEUE, INGEST_DEAD_LETTERS, {})
        self._create_bus()

    def _create_bus(self) -> None:
        """The bus, and the rule that sends its adds to the queue."""
        events = events_client(self.endpoint, self.access_key)
        events.create_event_bus(Name=BUS)
        pattern = json.dumps({"detail-type": [DETAIL_TYPE]})
        events.put_rule(Name=DETAIL_TYPE, EventBusName=BUS, EventPattern=pattern)
        target = {"Id": "ingest", "Arn": _arn(INGEST_QUEUE)}
        events.put_targets(Rule=DETAIL_TYPE, EventBusName=BUS, Targets=[target])


def _create(client: SqsClient, queue: str, dead_letters: str, kind: dict[str, str]) -> None:
    """A queue, and where its messages go that failed too often."""
    client.create_queue(QueueName=dead_letters, Attributes=kind | {"MessageRetentionPeriod": "1209600"})
    redrive = json.dumps({"deadLetterTargetArn": _arn(dead_letters), "maxReceiveCount": _MAX_RECEIVES})
    own = {"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": redrive}
    client.create_queue(QueueName=queue, Attributes=kind | own)


def _arn(queue: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
