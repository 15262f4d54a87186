"""The functions: what each reads, how long it may take, which layers it carries and what it reaches."""

from dataclasses import dataclass
from typing import Final

from cairn.kernel import settings
from infra_cdk.environments import Environment


@dataclass(frozen=True, kw_only=True)
class FunctionSpec:
    """One Lambda function."""

    name: str
    settings: type[settings.Settings]
    timeout_seconds: int
    memory_mb: int = 512
    embeds: bool = False
    attends: bool = False
    counts_tokens: bool = False
    asks_model: bool = False
    reads_graph: bool = False
    serves_http: bool = False

    def layers(self, environment: Environment) -> tuple[str, ...]:
        """Names of its layers, `deps` and `core` first."""
        embedders = {choice.embedder for choice in environment.embedders} if self.embeds else set[str]()
        bundled = embedders & {"minilm", "multilingual"}
        wanted = {
            "deps": environment.third_party_layers,
            "core": True,
            "embedder": environment.third_party_layers and "minilm" in embedders,
            "multilingual": environment.third_party_layers and "multilingual" in embedders,
            "numpy": environment.third_party_layers and self.attends and not bundled,
            "tokenizer": environment.third_party_layers and self.counts_tokens,
            "outside": environment.third_party_layers and self.leaves_aws(environment),
        }
        return tuple(name for name, included in wanted.items() if included)

    def reserved(self, environment: Environment) -> int | None:
        """The most environments it may have at a time; None takes what is free, or what its queue is allowed."""
        if self.serves_http:
            return environment.http_concurrency
        return environment.authorizer_concurrency if self.settings is settings.AuthorizeSettings else None

    def leaves_aws(self, environment: Environment) -> bool:
        """Whether it calls what is outside AWS: a model or Neo4j."""
        asks = self.asks_model and environment.asks_outside
        embeds = self.embeds and environment.embeds_outside
        return asks or embeds or (self.reads_graph and environment.has_graph)

    def leaves_network(self, environment: Environment) -> bool:
        """Whether it calls what has no endpoint in the network: what is outside AWS, or Bedrock in another region."""
        asks = (self.asks_model and environment.llm == "bedrock") or (self.embeds and environment.embeds_by_bedrock)
        return self.leaves_aws(environment) or (asks and environment.bedrock_region is not None)


ADD_MEMORY: Final = FunctionSpec(
    name="add_memory",
    settings=settings.AddMemorySettings,
    timeout_seconds=30,
    embeds=True,
    counts_tokens=True,
    asks_model=True,
    reads_graph=True,
    serves_http=True,
)
SEARCH: Final = FunctionSpec(
    name="search",
    settings=settings.SearchSettings,
    timeout_seconds=30,
    embeds=True,
    attends=True,
    counts_tokens=True,
    reads_graph=True,
    serves_http=True,
)
AUTHORIZE: Final = FunctionSpec(name="authorize", settings=settings.AuthorizeSettings, timeout_seconds=10)
CONSOLIDATE: Final = FunctionSpec(
    name="consolidate",
    settings=settings.ConsolidateSettings,
    timeout_seconds=240,
    memory_mb=1024,
    embeds=True,
    asks_model=True,
)
INGEST: Final = FunctionSpec(
    name="ingest", settings=settings.IngestSettings, timeout_seconds=120, memory_mb=1024, embeds=True
)
GRAPH_SYNC: Final = FunctionSpec(
    name="graph_sync", settings=settings.GraphSyncSettings, timeout_seconds=240, reads_graph=True
)
MAINTAIN: Final = FunctionSpec(name="maintain", settings=settings.MaintainSettings, timeout_seconds=300, embeds=True)
MIGRATE: Final = FunctionSpec(name="migrate", settings=settings.MigrateSettings, timeout_seconds=840)

CHECK_RELEASE: Final = FunctionSpec(
    name="check_release", settings=settings.CheckReleaseSettings, timeout_seconds=420, memory_mb=256
)
"""One beside each function that is released gradually; it runs in no network, and reaches AWS's own APIs alone."""


def functions(environment: Environment) -> tuple[FunctionSpec, ...]:
    """The functions of an environment: graph_sync only where there is a graph."""
    everywhere = (ADD_MEMORY, SEARCH, AUTHORIZE, CONSOLIDATE, INGEST, MAINTAIN, MIGRATE)
    return (*everywhere, GRAPH_SYNC) if environment.has_graph else everywhere
