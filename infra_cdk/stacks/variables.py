"""The environment variables of each function: what it is told, by the names its settings class reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra_cdk.components.work_queue import WorkQueue
from infra_cdk.environments import EmbedderChoice, Environment
from infra_cdk.functions import FunctionSpec
from infra_cdk.stacks.surroundings import Surroundings

# Behind a proxy a prepared statement would hold a connection of the database for itself; so many executions never come.
_NEVER_PREPARED = "1000000000"


@dataclass(frozen=True)
class Variables:
    """Where everything is."""

    environment: Environment
    surroundings: Surroundings
    consolidate: WorkQueue
    ingest: WorkQueue
    graph_sync: WorkQueue | None

    def of(self, spec: FunctionSpec) -> dict[str, str]:
        """The variables of one function."""
        return {"CAIRN_ENVIRONMENT": self.environment.name} | _given(getattr(self, f"_{spec.name}")())

    def _add_memory(self) -> Mapping[str, str | None]:
        return dict(self._consolidate()) | self._tokenizer() | self._budget() | self._graph()

    def _search(self) -> Mapping[str, str | None]:
        return self._database() | self._embedder() | self._tokenizer() | self._budget() | self._queue() | self._graph()

    def _consolidate(self) -> Mapping[str, str | None]:
        return self._database() | self._embedder() | self._model() | self._queue() | self._graph_queue()

    def _ingest(self) -> Mapping[str, str | None]:
        own = {"CAIRN_INGEST_QUEUE_URL": self.ingest.queue.queue_url}
        return self._database() | self._embedder() | self._budget() | self._queue() | own

    def _graph_sync(self) -> Mapping[str, str | None]:
        return self._database() | self._graph()

    def _authorize(self) -> Mapping[str, str | None]:
        kept = {"CAIRN_AUTHORIZER_CACHE_SECONDS": str(self.environment.authorizer_cache_seconds)}
        return self._database() | kept

    def _maintain(self) -> Mapping[str, str | None]:
        letters = {"CAIRN_CONSOLIDATE_DLQ_URL": self.consolidate.dead_letters.queue_url}
        if self.graph_sync:
            letters["CAIRN_GRAPH_DLQ_URL"] = self.graph_sync.dead_letters.queue_url
        return self._database() | self._embedder() | self._queue() | letters | self._graph_queue()

    def _migrate(self) -> Mapping[str, str | None]:
        return self._sslmode() | {
            "CAIRN_OWNER_DATABASE_SECRET_ARN": self.surroundings.owner_secret_arn,
            "CAIRN_APP_DATABASE_SECRET_ARN": self.surroundings.app_secret_arn,
        }

    def _database(self) -> dict[str, str | None]:
        host = self.surroundings.database_host
        return self._sslmode() | {
            "CAIRN_DATABASE_SECRET_ARN": self.surroundings.app_secret_arn,
            "CAIRN_DATABASE_HOST": host,
            "CAIRN_PREPARE_THRESHOLD": _NEVER_PREPARED if host else None,
        }

    def _sslmode(self) -> dict[str, str | None]:
        return {"CAIRN_DATABASE_SSLMODE": self.environment.database_sslmode}

    def _embedder(self) -> dict[str, str | None]:
        environment = self.environment
        told: dict[str, str | None] = {}
        for prefix, choice in zip(("CAIRN", "CAIRN_NEXT"), environment.embedders, strict=False):
            told |= _choice(prefix, choice)
        if any(choice.embedder == "minilm" for choice in environment.embedders):
            told["CAIRN_EMBEDDER_DIR"] = f"{environment.resources_dir}/embedder"
        return told | (self._bedrock() if environment.embeds_by_bedrock else {})

    def _bedrock(self) -> dict[str, str | None]:
        return {"CAIRN_BEDROCK_REGION": self.environment.bedrock_region}

    def _tokenizer(self) -> dict[str, str | None]:
        return {"CAIRN_TOKENIZER_DIR": f"{self.environment.resources_dir}/tokenizer"}

    def _budget(self) -> dict[str, str | None]:
        return {"CAIRN_DAILY_TOKEN_BUDGET": str(self.environment.daily_token_budget)}

    def _model(self) -> dict[str, str | None]:
        if not self.environment.has_model:
            return {}
        return self._endpoint() | {
            "CAIRN_LLM_MODEL": self.environment.llm_model,
            "CAIRN_LLM_PRICE_IN": str(self.environment.llm_price_in),
            "CAIRN_LLM_PRICE_OUT": str(self.environment.llm_price_out),
        }

    def _endpoint(self) -> dict[str, str | None]:
        environment = self.environment
        match environment.llm:
            case "openai":
                return {
                    "CAIRN_OPENAI_SECRET_ARN": environment.openai_secret_arn,
                    "OPENAI_BASE_URL": environment.openai_base_url,
                }
            case "anthropic":
                return {
                    "CAIRN_LLM": environment.llm,
                    "CAIRN_ANTHROPIC_SECRET_ARN": environment.anthropic_secret_arn,
                    "ANTHROPIC_BASE_URL": environment.anthropic_base_url,
                }
            case "bedrock":
                return {"CAIRN_LLM": environment.llm} | self._bedrock()

    def _queue(self) -> dict[str, str | None]:
        return {"CAIRN_CONSOLIDATE_QUEUE_URL": self.consolidate.queue.queue_url}

    def _graph_queue(self) -> dict[str, str | None]:
        return {"CAIRN_GRAPH_QUEUE_URL": self.graph_sync.queue.queue_url} if self.graph_sync else {}

    def _graph(self) -> dict[str, str | None]:
        return self._graph_queue() | {"CAIRN_NEO4J_SECRET_ARN": self.environment.neo4j_secret_arn}


def _choice(prefix: str, choice: EmbedderChoice) -> dict[str, str | None]:
    told: dict[str, str | None] = {f"{prefix}_EMBEDDER": choice.embedder}
    if choice.embedder in ("openai", "bedrock"):
        told |= {
            f"{prefix}_EMBEDDING_MODEL": choice.model,
            f"{prefix}_EMBEDDING_DIMENSIONS": str(choice.dimensions) if choice.dimensions else None,
            f"{prefix}_EMBEDDING_PRICE": str(choice.price),
        }
    if choice.is_outside:
        told |= {
            f"{prefix}_EMBEDDING_BASE_URL": choice.base_url,
            f"{prefix}_EMBEDDING_SECRET_ARN": choice.secret_arn,
        }
    return told


def _given(variables: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if value is not None}
