"""The environment variables the functions run with, as the deployment would set them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from local.aws import isolated
from local.functions import Function
from local.settings import REPOSITORY

EMBEDDED = "embedded"
_OF_BEDROCK = ("AWS_BEARER_TOKEN_BEDROCK", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
"""Of the user's AWS account: a key that Bedrock alone takes, and where to ask it."""


@dataclass(frozen=True)
class Deployment:
    """Where the parts of one local service are; what is written to local.json says the same."""

    database_url: str
    owner_database_url: str
    app_role: str
    app_password: str
    sqs_endpoint: str
    consolidate_queue_url: str
    consolidate_dlq_url: str
    ingest_queue_url: str
    event_bus: str
    aws_endpoint: str
    """Where boto3 finds the queues and the bus."""
    aws_access_key_id: str
    """What it signs with: whoever knows it may write to every project."""
    aws_secret_access_key: str
    graph_queue_url: str
    graph_dlq_url: str
    graph_uri: str
    """Where the graph is; empty where there is none."""
    graph_user: str
    graph_password: str
    graph_database: str
    database_key: str
    """What the project and key of this database are kept under."""

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded one."""
        return self.database_key == EMBEDDED

    def environment(self, function: Function, base: Mapping[str, str]) -> dict[str, str]:
        """The variables of a function's workers: the user's own, then ours."""
        own = {
            "CAIRN_ENVIRONMENT": "local",
            "CAIRN_DATABASE_URL": self.database_url,
            "CAIRN_CONSOLIDATE_QUEUE_URL": self.consolidate_queue_url,
            "CAIRN_CONSOLIDATE_DLQ_URL": self.consolidate_dlq_url,
            "CAIRN_INGEST_QUEUE_URL": self.ingest_queue_url,
            "CAIRN_EMBEDDER_DIR": str(REPOSITORY / "layers" / "embedder"),
            "CAIRN_TOKENIZER_DIR": str(REPOSITORY / "layers" / "tokenizer"),
            "AWS_ENDPOINT_URL_SQS": self.sqs_endpoint,
            "AWS_ACCESS_KEY_ID": self.aws_access_key_id,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "POWERTOOLS_SERVICE_NAME": function.name,
            "POWERTOOLS_METRICS_NAMESPACE": "Cairn",
            "PYTHONPATH": _python_path(base),
        }
        return self._clean(base) | own | (self._graph_environment() if self.graph_uri else {})

    def owner_environment(self, function: Function, base: Mapping[str, str]) -> dict[str, str]:
        """The variables of a function that may change the schema."""
        return self.environment(function, base) | {
            "CAIRN_OWNER_DATABASE_URL": self.owner_database_url,
            "CAIRN_APP_ROLE": self.app_role,
            "CAIRN_APP_PASSWORD": self.app_password,
        }

    def _graph_environment(self) -> dict[str, str]:
        return {
            "CAIRN_GRAPH_QUEUE_URL": self.graph_queue_url,
            "CAIRN_GRAPH_DLQ_URL": self.graph_dlq_url,
            "CAIRN_NEO4J_URI": self.graph_uri,
            "CAIRN_NEO4J_USER": self.graph_user,
            "CAIRN_NEO4J_PASSWORD": self.graph_password,
            "CAIRN_NEO4J_DATABASE": self.graph_database,
        }

    def _clean(self, base: Mapping[str, str]) -> dict[str, str]:
        kept = isolated(dict(base)) | {name: base[name] for name in _OF_BEDROCK if base.get(name)}
        if self.embedded:
            # PGSSLMODE and the like are meant for the user's own databases.
            kept = {name: value for name, value in kept.items() if not name.startswith("PG")}
        for name in ("DATABASE_URL", *self._graph_environment()):
            kept.pop(name, None)
        return kept


def _python_path(base: Mapping[str, str]) -> str:
    parts = [str(REPOSITORY), str(REPOSITORY / "layers" / "core" / "python"), base.get("PYTHONPATH", "")]
    return os.pathsep.join(filter(None, parts))
