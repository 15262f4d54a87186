"""What the tests of consolidation under stress share: workers and writers as Lambda runs them, and copied databases."""

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg
import pytest
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from cairn.bootstrap import access, reads, writes
from cairn.consolidate.sqs import ConsolidateService, consolidate_record
from cairn.kernel.settings import (
    AddMemorySettings,
    AuthorizeSettings,
    ConsolidateSettings,
    IngestSettings,
    MaintainSettings,
    SearchSettings,
)
from cairn.models_ai.embed.port import Embedder, Vector
from cairn.platform.database import Database
from cairn.platform.http.app import create_app, lambda_entry
from local.postgres import Postgres
from tests.conftest import APP_PASSWORD, APP_ROLE, TestDatabase
from tests.integration.api import Api, Context, http_event
from tests.integration.conftest import Settings
from tests.integration.queues import Queues


class RememberingEmbedder:
    """The real embedder, which embeds each text once for a whole test run."""

    def __init__(self, real: Embedder) -> None:
        self.model, self.dimensions = real.model, real.dimensions
        self._real = real
        self._vectors: dict[str, Vector] = {}

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        missing = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if missing:
            self._vectors.update(zip(missing, self._real.embed(missing), strict=True))
        return [self._vectors[text] for text in texts]


class CountedMetrics:
    """Metrics that threads may write to; Powertools' own are one per process and made for one thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sums: dict[str, float] = {}

    def add_metric(self, name: str, unit: object, value: float) -> None:
        with self._lock:
            self.sums[name] = self.sums.get(name, 0) + value


@dataclass
class Worker:
    """One execution environment of the consolidate function: its own service, its own batch processor."""

    service: ConsolidateService
    processor: SqsFifoPartialProcessor = field(
        default_factory=lambda: SqsFifoPartialProcessor(skip_group_on_error=True)
    )

    def __post_init__(self) -> None:
        self.processor.raise_on_entire_batch_failure = False

    def handle(self, event: Mapping[str, Any]) -> list[str]:
        """As functions/consolidate answers it; returns the ids of what failed."""
        answer = process_partial_response(
            event=dict(event),
            record_handler=lambda record: consolidate_record(self.service, record),
            processor=self.processor,
            context=cast("LambdaContext", Context()),
        )
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def poll(self, queues: Queues, wait: int = 0) -> int:
        """One poll of an event source mapping; returns how many messages it got."""
        messages = queues.receive(wait=wait)
        if messages:
            failed = self.handle(queues.event(messages))
            for message in messages:
                if message["MessageId"] not in failed:
                    queues.client.delete_message(QueueUrl=queues.url, ReceiptHandle=message["ReceiptHandle"])
        return len(messages)


def run_all(jobs: Sequence[Callable[[], object]]) -> None:
    """Runs each job in a thread of its own; raises what the first failed one raised."""
    errors: list[BaseException] = []

    def guarded(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as exc:  # noqa: BLE001  # carried over to the thread that waits
            errors.append(exc)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def in_batches(pairs: Sequence[tuple[str, str]], size: int = 10) -> list[Sequence[tuple[str, str]]]:
    """These pairs, as many to a batch as SQS gives."""
    return [pairs[n : n + size] for n in range(0, len(pairs), size)]


def record(project_id: str, event_id: str, scope: str, receives: int = 1) -> dict[str, Any]:
    """A record of an SQS event as Lambda gets it, made by hand."""
    message = {"schema_version": 1, "project_id": project_id, "event_id": event_id, "redrives": 0}
    return {
        "messageId": secrets.token_hex(8),
        "receiptHandle": "made by hand",
        "body": json.dumps(message),
        "attributes": {"ApproximateReceiveCount": str(receives), "MessageGroupId": scope},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:test.fifo",
        "awsRegion": "us-east-1",
    }


@contextmanager
def copied(server: Postgres, template: str) -> Iterator[TestDatabase]:
    """A copy of a database, for as long as the block lasts."""
    name = f"copy_{secrets.token_hex(4)}"
    admin = make_conninfo(**server.address | {"dbname": "postgres"})
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        # The server is not what crashes here, so thousands of commits need not wait for the disk.
        connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
    owner = make_conninfo(**server.address | {"dbname": name})
    yield TestDatabase(owner, make_conninfo(owner, user=APP_ROLE, password=APP_PASSWORD))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def settings_for(database: TestDatabase, queues: Queues, base_url: str) -> Settings:
    """The settings of each function; a model at `base_url` consolidates."""
    own: dict[str, Any] = {"database_url": SecretStr(database.app_url)}
    queue: dict[str, Any] = own | {"consolidate_queue_url": queues.url}
    model: dict[str, Any] = {"openai_base_url": base_url, "openai_api_key": SecretStr("test"), "llm_model": "scripted"}
    return Settings(
        AddMemorySettings(**queue),
        SearchSettings(**queue),
        ConsolidateSettings(**queue, **model),
        AuthorizeSettings(**own),
        MaintainSettings(**queue, consolidate_dlq_url=queues.dead_letters_url),
        IngestSettings(**queue, ingest_queue_url=queues.url),
    )


@contextmanager
def api_over(settings: Settings, project: tuple[str, str]) -> Iterator[Api]:
    """The API of a project over these settings, as (project id, key)."""
    from functions.add_memory import handler as add_memory
    from functions.add_memory.routes import service as add_memory_service
    from functions.authorize import handler as authorize
    from functions.search import handler as search
    from functions.search.routes import service as search_service

    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        connection = stack.enter_context(closing(Database(settings.search.database_url.get_secret_value())))
        add = writes.add_memory(settings.add_memory, database=connection)
        read = reads.search(settings.search, database=connection)
        who = access.authorize(settings.authorize, database=connection)
        patch.setitem(add_memory.app.dependency_overrides, add_memory_service, lambda: add)
        patch.setitem(search.app.dependency_overrides, search_service, lambda: read)
        stack.enter_context(authorize.service.replaced_by(who))
        project_id, key = project
        yield Api(add_memory.lambda_handler, search.lambda_handler, authorize.lambda_handler, key, project_id)


def pages(api: Api, method: str, path: str, body: Any = None) -> list[dict[str, Any]]:
    """All results of a paged route."""
    found: list[dict[str, Any]] = []
    number, more = 1, True
    while more:
        answer = api.request(method, path, body, query={"page": number, "page_size": 200})
        assert answer.status == 200, answer
        found += answer.body["results"]
        number, more = number + 1, answer.body["next"] is not None
    return found


_MAKING = threading.Lock()


@dataclass
class Writer:
    """One execution environment of the add_memory function, to be made in the thread that uses it."""

    settings: AddMemorySettings
    authorized: Mapping[str, str]

    def __enter__(self) -> "Writer":
        from functions.add_memory.routes import router, service

        self._database = Database(self.settings.database_url.get_secret_value())
        own = writes.add_memory(self.settings, database=self._database)
        # Other environments are other processes; in one, pydantic must not make the same models twice at once.
        with _MAKING:
            app = create_app("one writer", router)
        app.dependency_overrides[service] = lambda: own
        self._handle = lambda_entry(app)
        return self

    def __exit__(self, *error: object) -> None:
        self._database.close()

    def add(self, content: str, **fields: Any) -> str:
        """Returns the id of the accepted event."""
        body = {"messages": [{"role": "user", "content": content}], "infer": True} | fields
        event = http_event("POST", "/v3/memories/add/", {}, {"host": "cairn.test"}, json.dumps(body))
        event["requestContext"]["authorizer"] = {"lambda": dict(self.authorized)}
        answer = self._handle(event, Context())
        assert answer["statusCode"] == 200, answer
        return json.loads(answer["body"])["event_id"]
