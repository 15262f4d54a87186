"""The environments. What differs between them is a field of this one class, and nothing else.

Edit the instances at the end to set up yours: addresses, sizes, who is told of alarms, secrets of a model or a graph.
"""

import dataclasses
import re
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class ExternalDatabase:
    """A database that somebody else runs: two secrets in RDS form (host, port, dbname, username, password)."""

    owner_secret_arn: str
    app_secret_arn: str


EmbedderName = Literal["minilm", "multilingual", "openai", "bedrock"]


@dataclass(frozen=True, kw_only=True)
class EmbedderChoice:
    """An embedder, and where it is not bundled, how it is reached."""

    embedder: EmbedderName
    model: str | None
    dimensions: int | None
    base_url: str | None
    secret_arn: str | None
    price: float

    @property
    def is_outside(self) -> bool:
        """Whether it is outside of AWS."""
        return self.embedder == "openai"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One deployment of Cairn."""

    name: str
    protect_data: bool
    """Deletion protection, retained data, backups in a vault of their own, stacks that refuse to be deleted."""

    # Network
    nat_gateways: int
    interface_endpoints: bool
    """Functions that call nothing outside AWS run without any way out, through endpoints of Secrets Manager and SQS."""

    # Database. One ACU is 2 GiB; with 0 it pauses when nobody is connected.
    min_acu: float
    max_acu: float
    auto_pause_minutes: int | None
    reader: bool
    """A second instance in the other zone, to fail over to."""
    backup_days: int
    database_proxy: bool = False
    external_database: ExternalDatabase | None = None
    """Given, there is no VPC and no Aurora: the functions run outside of any network."""

    # API
    authorizer_cache_seconds: int
    """How long API Gateway keeps what it was told of a key, also that the database was away just then."""
    requests_per_second: int
    burst: int
    cors_origins: tuple[str, ...] = ("*",)
    domain_name: str | None = None
    certificate_arn: str | None = None

    # Functions
    http_memory_mb: int = 1769  # one whole processor
    http_concurrency: int | None
    """Reserved for each of add_memory and search, and so their most connections; None takes what is free."""
    authorizer_concurrency: int | None
    """The same for authorize, which is asked about each key anew after `authorizer_cache_seconds`."""
    worker_concurrency: int
    canary: bool
    """A new version is checked, then has a tenth of the traffic for five minutes; back where either goes wrong."""
    snap_start: bool
    maintain_minutes: int

    # What is remembered of a conversation, and by whom
    embedder: EmbedderName = "minilm"
    """A bundled model for English, or 16 languages; an endpoint; Bedrock. A database is for one, till it is changed."""
    embedding_model: str | None = None
    embedding_dimensions: int | None = None
    embedding_base_url: str | None = None
    embedding_secret_arn: str | None = None
    embedding_price: float = 0
    next_embedder: EmbedderName | None = None
    """The one that the database changes to, or came from, while the service runs; what follows is as that of the first
    where it is None. docs/operations.md has the steps."""
    next_embedding_model: str | None = None
    next_embedding_dimensions: int | None = None
    next_embedding_base_url: str | None = None
    next_embedding_secret_arn: str | None = None
    next_embedding_price: float | None = None
    llm: Literal["openai", "bedrock", "anthropic"] = "openai"
    """Whose protocol the model speaks that extracts facts; of OpenAI's there is none without a secret or an address."""
    openai_secret_arn: str | None = None
    openai_base_url: str | None = None
    anthropic_secret_arn: str | None = None
    anthropic_base_url: str | None = None
    bedrock_region: str | None = None
    """Where Bedrock is asked, if not where all else is: the way there is through a NAT gateway."""
    bedrock_model_arns: tuple[str, ...] = ()
    """ARNs of the models behind an inference profile, one in each region that it may choose."""
    llm_model: str | None = None
    llm_price_in: float = 0
    llm_price_out: float = 0
    daily_token_budget: int = 0
    """Tokens a project may spend in a day where it has no budget of its own; 0 is no limit."""
    neo4j_secret_arn: str | None = None
    """Secret of uri, username, password; without one there is no graph."""
    secrets_key_arn: str | None = None
    """KMS key of the secrets above, where it is not AWS's own."""

    # Watching it
    log_days: int
    alarm_email: str | None = None
    daily_tokens_alarm: int = 5_000_000

    # An emulator of AWS on one machine: its Lambda runs in the interpreter and with the packages at hand
    third_party_layers: bool = True
    resources_dir: str = "/opt"
    database_sslmode: str = "require"
    trailing_slash_routes: bool = False

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            ValueError: two fields contradict each other.
        """
        if (self.domain_name is None) != (self.certificate_arn is None):
            raise ValueError(f"{self.name}: domain_name and certificate_arn go together.")
        self._check_models()
        self._check_embedders()
        if self.external_database is not None:
            return
        if not self.nat_gateways and not self.interface_endpoints:
            raise ValueError(f"{self.name}: without a NAT gateway the functions need interface_endpoints.")
        if not self.nat_gateways and (
            self.asks_outside or self.embeds_outside or self.has_graph or self.bedrock_region
        ):
            raise ValueError(f"{self.name}: a model or a graph is reached through a NAT gateway: set nat_gateways.")
        if self.auto_pause_minutes is not None and (self.min_acu or self.database_proxy):
            raise ValueError(f"{self.name}: only a database of min_acu 0 and without a proxy can pause.")

    def _check_models(self) -> None:
        if self.llm != "openai" and not self.llm_model:
            raise ValueError(f"{self.name}: llm {self.llm} needs llm_model.")
        if self.llm == "anthropic" and not (self.anthropic_secret_arn or self.anthropic_base_url):
            raise ValueError(f"{self.name}: llm anthropic needs anthropic_secret_arn, or anthropic_base_url.")
        if any(map(is_profile, self.bedrock_models)) and not self.bedrock_model_arns:
            raise ValueError(f"{self.name}: an inference profile needs bedrock_model_arns, of the models behind it.")

    def _check_embedders(self) -> None:
        if self.next_embedder is None and any(value is not None for value in self._given_of_next().values()):
            raise ValueError(f"{self.name}: what is given of a next embedder needs next_embedder.")
        models = self.embedding_model, self.next_embedding_model
        for which, choice, model in zip(("", "next_"), self.embedders, models, strict=False):
            if choice.embedder == "openai" and not (choice.secret_arn or choice.base_url):
                own = f"{which}embedding_secret_arn, or {which}embedding_base_url"
                raise ValueError(f"{self.name}: {which}embedder openai needs {own}.")
            if choice.embedder == "bedrock" and not model:
                raise ValueError(f"{self.name}: {which}embedder bedrock needs {which}embedding_model.")
        if self.third_party_layers and {"minilm", "multilingual"} <= {choice.embedder for choice in self.embedders}:
            raise ValueError(
                f"{self.name}: minilm and multilingual together are more than the 250 MB of a function. Change to an "
                "endpoint or Bedrock first, and from there to the other; or run `cairn reembed` from a machine that "
                "reaches the database, and deploy with the new embedder at once: till then searches answer 500."
            )

    def _given_of_next(self) -> dict[str, Any]:
        return {
            "model": self.next_embedding_model,
            "dimensions": self.next_embedding_dimensions,
            "base_url": self.next_embedding_base_url,
            "secret_arn": self.next_embedding_secret_arn,
            "price": self.next_embedding_price,
        }

    @property
    def embedders(self) -> tuple[EmbedderChoice, ...]:
        """The embedder, then the next one where there is one, completed by the first as the functions do it."""
        first = EmbedderChoice(
            embedder=self.embedder,
            model=self.embedding_model,
            dimensions=self.embedding_dimensions,
            base_url=self.embedding_base_url,
            secret_arn=self.embedding_secret_arn,
            price=self.embedding_price,
        )
        if self.next_embedder is None:
            return (first,)
        given = {name: value for name, value in self._given_of_next().items() if value is not None}
        if "base_url" in given:
            given = {"secret_arn": None} | given  # a key is for its own address
        return first, dataclasses.replace(first, embedder=self.next_embedder, **given)

    @property
    def has_model(self) -> bool:
        """Whether a model extracts facts."""
        return self.llm == "bedrock" or self.asks_outside

    @property
    def asks_outside(self) -> bool:
        """Whether that model is outside of AWS."""
        if self.llm == "anthropic":
            return True
        return self.llm == "openai" and bool(self.openai_secret_arn or self.openai_base_url)

    @property
    def embeds_outside(self) -> bool:
        """Whether an embedder is outside of AWS."""
        return any(choice.is_outside for choice in self.embedders)

    @property
    def embeds_by_bedrock(self) -> bool:
        """Whether an embedder is a model of Bedrock."""
        return any(choice.embedder == "bedrock" for choice in self.embedders)

    @property
    def bedrock_models(self) -> tuple[str, ...]:
        """Ids or ARNs of the models and profiles of Bedrock that are asked."""
        used = (*((choice.embedder, choice.model) for choice in self.embedders), (self.llm, self.llm_model))
        return tuple(model for by, model in used if by == "bedrock" and model)

    @property
    def model_ports(self) -> set[int]:
        """The TCP ports of the endpoints outside of AWS."""
        asked = self.anthropic_base_url if self.llm == "anthropic" else self.openai_base_url
        ports = {_port(asked)} if self.asks_outside else set[int]()
        return ports | {_port(choice.base_url) for choice in self.embedders if choice.is_outside}

    @property
    def has_graph(self) -> bool:
        """Whether relations are projected into Neo4j."""
        return self.neo4j_secret_arn is not None


def is_profile(model: str) -> bool:
    """Whether an id or ARN of Bedrock is an inference profile's: an id of one names where it may go, as `eu.`."""
    return "inference-profile/" in model or re.match(r"(global|apac|us-gov|[a-z]{2})\.", model) is not None


def _port(url: str | None) -> int:
    parts = urlsplit(url or "https://")
    return parts.port or (80 if parts.scheme == "http" else 443)


DEV: Final = Environment(
    name="dev",
    protect_data=False,
    nat_gateways=1,
    interface_endpoints=False,
    min_acu=0,
    max_acu=2,
    auto_pause_minutes=10,
    reader=False,
    backup_days=1,
    authorizer_cache_seconds=30,
    requests_per_second=50,
    burst=100,
    http_concurrency=None,
    authorizer_concurrency=None,
    worker_concurrency=2,
    canary=False,
    snap_start=False,
    maintain_minutes=60,  # each run wakes a paused database
    log_days=7,
)

STAGING: Final = dataclasses.replace(
    DEV,
    name="staging",
    interface_endpoints=True,
    min_acu=0.5,
    max_acu=4,
    auto_pause_minutes=None,
    backup_days=7,
    authorizer_cache_seconds=60,
    worker_concurrency=5,
    canary=True,
    maintain_minutes=1,
    log_days=30,
)

PROD: Final = dataclasses.replace(
    STAGING,
    name="prod",
    protect_data=True,
    nat_gateways=2,
    min_acu=1,
    max_acu=16,
    reader=True,
    backup_days=35,
    requests_per_second=500,
    burst=1000,
    http_concurrency=100,
    authorizer_concurrency=50,
    worker_concurrency=20,
    snap_start=True,
    log_days=90,
)

ENVIRONMENTS: Final = {environment.name: environment for environment in (DEV, STAGING, PROD)}


def emulator(
    *,
    owner_secret_arn: str,
    app_secret_arn: str,
    resources_dir: str,
    neo4j_secret_arn: str | None = None,
    openai_base_url: str | None = None,
) -> Environment:
    """An environment for an emulator of AWS: the same functions, queues, routes and alarms over a database at hand."""
    return dataclasses.replace(
        DEV,
        name="emulator",
        external_database=ExternalDatabase(owner_secret_arn=owner_secret_arn, app_secret_arn=app_secret_arn),
        neo4j_secret_arn=neo4j_secret_arn,
        openai_base_url=openai_base_url,
        maintain_minutes=1,
        third_party_layers=False,
        resources_dir=resources_dir,
        database_sslmode="prefer",
        trailing_slash_routes=True,
    )
