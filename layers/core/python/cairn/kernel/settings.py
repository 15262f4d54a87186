"""The environment contract: one small class per function, read once, on first use.

Values come from environment variables with the prefix CAIRN_. Fields without a default must be set where the function
is deployed. What is secret is given either as a value, as on one machine, or as the ARN of a secret that holds it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SETTLED_SECONDS: Final = 960  # the longest from making a memory's id to committing it


class Settings(BaseSettings):
    """What every function reads."""

    # An error that showed what it was given would write passwords to the log.
    model_config = SettingsConfigDict(
        env_prefix="CAIRN_", frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    environment: str = Field(min_length=1, description="Name of the environment, for logs only.")


_ROUNDING: Final = 1e-6
ROLE_NAME: Final = r"^[a-z_][a-z0-9_]{0,62}$"

SslMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]


class DatabaseSecretSettings(Settings):
    """How a database is reached that a secret describes, in the form that RDS gives its secrets."""

    database_host: str | None = Field(None, min_length=1, description="In place of the secret's host: an RDS Proxy.")
    database_sslmode: SslMode = Field("require", description="libpq's sslmode; a URL has its own.")


@dataclass(frozen=True, slots=True)
class DatabaseWaits:
    """How long the database is waited for, in whole seconds.

    `connect` has one wait for each try to connect; `lost` is until a connection that acknowledges nothing is given up,
    `statement` until the server ends a statement.
    """

    connect: tuple[int, ...] = (10,)
    lost: int = 10
    statement: int = 25

    @property
    def opening(self) -> int:
        """The longest until there is a connection, or none."""
        return sum(self.connect)


OF_AN_ANSWER: Final = DatabaseWaits()
"""Somebody waits, for 30 seconds at most, and can come again."""

OF_THE_AUTHORIZER: Final = DatabaseWaits(connect=(4,), lost=2, statement=2)
"""API Gateway gives an authorizer ten seconds for all it does."""

OF_A_WORKER: Final = DatabaseWaits(connect=(25, 5))
"""Nobody waits. A paused Aurora resumes in 15 seconds, in 30 after a day; it may drop who called meanwhile."""


class DatabaseSettings(DatabaseSecretSettings):
    """How to reach Postgres as the application's role: a URL or a secret; and how long to wait for it."""

    waits: ClassVar[DatabaseWaits] = OF_AN_ANSWER

    database_url: SecretStr | None = Field(None, description="postgresql:// URL of the application role.")
    database_secret_arn: str | None = Field(None, description="Secret with host, port, dbname, username and password.")
    prepare_threshold: int | None = Field(
        5, description="Executions before a statement is prepared; none behind a proxy that pins prepared statements."
    )

    @model_validator(mode="after")
    def _one_database(self) -> Self:
        _require_one(CAIRN_DATABASE_URL=self.database_url, CAIRN_DATABASE_SECRET_ARN=self.database_secret_arn)
        return self


class NextEmbedderSettings(BaseSettings):
    """Another embedder that the database is changing to, or came from: as EmbedderSettings, each with CAIRN_NEXT_.

    What is not set is as that of the first, but for its key where there is an address of its own.
    """

    model_config = SettingsConfigDict(
        env_prefix="CAIRN_NEXT_", frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    embedder: Literal["minilm", "multilingual", "openai", "bedrock"] | None = Field(
        None, description="None where there is none."
    )
    bedrock_region: str | None = Field(None, min_length=1)
    embedding_model: str | None = Field(None, min_length=1)
    embedding_base_url: str | None = None
    embedding_api_key: SecretStr | None = None
    embedding_secret_arn: str | None = None
    embedding_dimensions: int | None = Field(None, ge=1, le=16_000)
    embedding_price: float | None = Field(None, ge=0)
    embedding_query_prefix: str | None = None
    embedding_passage_prefix: str | None = None


class EmbedderSettings(DatabaseSettings):
    """A function that embeds text."""

    following: NextEmbedderSettings = Field(
        default_factory=lambda: NextEmbedderSettings(),  # pyright: ignore[reportCallIssue]
        description="The embedder that the database changes to.",
    )
    bedrock_region: str | None = Field(
        None, min_length=1, description="Where Bedrock is asked; none is the function's."
    )

    embedder: Literal["minilm", "multilingual", "openai", "bedrock"] = Field(
        "minilm", description="Which model embeds."
    )
    embedder_dir: Path = Field(Path("/opt/embedder"), description="Folder of model.onnx and tokenizer.json of minilm.")
    embedder_threads: int = Field(2, ge=1, le=64, description="Texts embedded at a time.")
    embedding_model: str = Field(
        "text-embedding-3-small", min_length=1, description="Of the endpoint, or id or ARN of one of Bedrock."
    )
    embedding_base_url: str | None = Field(None, description="Its address with /v1; none is OpenAI.")
    embedding_api_key: SecretStr | None = Field(None, description="Its key; local servers take none.")
    embedding_secret_arn: str | None = Field(None, description='Secret that is the key, or JSON with it as "api_key".')
    embedding_dimensions: int | None = Field(None, ge=1, le=16_000, description="For models that shorten vectors.")
    embedding_batch: int = Field(64, ge=1, le=2_048, description="Texts in one request at most.")
    embedding_timeout_seconds: float = Field(10, gt=0, description="Longest wait for one answer of the endpoint.")
    embedding_price: float = Field(0, ge=0, description="Dollars per million tokens of what is embedded.")
    embedding_query_prefix: str | None = Field(None, description="Before a question; none is what the model wants.")
    embedding_passage_prefix: str | None = Field(None, description="Before what is kept; as above.")

    @model_validator(mode="after")
    def _both_embedders(self) -> Self:
        _require_endpoint(self, "CAIRN_")
        if following := self.of_next():
            _require_endpoint(following, "CAIRN_NEXT_")
        return self

    def of_next(self) -> "EmbedderSettings | None":
        """These settings with the next embedder in place of this one; None where there is none."""
        if self.following.embedder is None:
            return None
        told = {name: value for name, value in self.following if value is not None}
        if {"embedding_base_url", "embedding_api_key", "embedding_secret_arn"} & told.keys():
            told = {"embedding_api_key": None, "embedding_secret_arn": None} | told  # a key is for its own address
        return self.model_copy(update=told)

    @property
    def embeds_elsewhere(self) -> bool:
        """Whether an endpoint embeds, which counts tokens."""
        return self.embedder in ("openai", "bedrock")


def _require_endpoint(told: EmbedderSettings, prefix: str) -> None:
    if told.embedding_api_key and told.embedding_secret_arn:
        raise ValueError(f"Only one of {prefix}EMBEDDING_API_KEY and {prefix}EMBEDDING_SECRET_ARN may be set.")
    if told.embedder == "openai" and not (
        told.embedding_base_url or told.embedding_api_key or told.embedding_secret_arn
    ):
        raise ValueError(f"{prefix}EMBEDDER=openai needs {prefix}EMBEDDING_API_KEY, or {prefix}EMBEDDING_BASE_URL.")
    if told.embedder == "bedrock" and "embedding_model" not in told.model_fields_set:
        raise ValueError(f"{prefix}EMBEDDER=bedrock needs {prefix}EMBEDDING_MODEL, as amazon.titan-embed-text-v2:0.")


class TokenizerSettings(EmbedderSettings):
    """A function that builds context blocks."""

    tokenizer_dir: Path = Field(Path("/opt/tokenizer"), description="Folder of the bundled vocabulary.")
    daily_token_budget: int = Field(0, ge=0, description="Tokens a project may spend in a day (UTC); 0 is no limit.")


class ModelSettings(EmbedderSettings):
    """A function that may ask a model. Of OpenAI's protocol there is none without a key and a base URL."""

    llm: Literal["openai", "bedrock", "anthropic"] = Field("openai", description="Whose protocol the model speaks.")
    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL")
    openai_secret_arn: str | None = Field(None, description='Secret that is the key, or JSON with it as "api_key".')
    anthropic_api_key: SecretStr | None = Field(None, validation_alias="ANTHROPIC_API_KEY")
    anthropic_base_url: str | None = Field(None, validation_alias="ANTHROPIC_BASE_URL")
    anthropic_secret_arn: str | None = Field(None, description="As the one above.")
    llm_model: str = Field("gpt-5-mini", min_length=1, description="Model that extracts, decides and answers.")
    llm_max_tokens: int = Field(8_192, ge=1, description="Longest answer of a model of Anthropic or Bedrock.")
    llm_timeout_seconds: float = Field(60, gt=0, description="Longest wait for one answer of the model.")
    llm_price_in: float = Field(0, ge=0, description="Dollars per million tokens of a prompt.")
    llm_price_out: float = Field(0, ge=0, description="Dollars per million tokens of an answer.")

    @property
    def has_model(self) -> bool:
        """Whether a model is set up."""
        return self.llm != "openai" or bool(self.openai_base_url or self.openai_api_key or self.openai_secret_arn)

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.openai_api_key and self.openai_secret_arn:
            raise ValueError("Only one of OPENAI_API_KEY and CAIRN_OPENAI_SECRET_ARN may be set.")
        if self.anthropic_api_key and self.anthropic_secret_arn:
            raise ValueError("Only one of ANTHROPIC_API_KEY and CAIRN_ANTHROPIC_SECRET_ARN may be set.")
        return self

    @model_validator(mode="after")
    def _complete_llm(self) -> Self:
        if self.llm != "openai" and "llm_model" not in self.model_fields_set:
            raise ValueError(f"CAIRN_LLM={self.llm} needs CAIRN_LLM_MODEL.")
        if self.llm == "anthropic" and not (
            self.anthropic_base_url or self.anthropic_api_key or self.anthropic_secret_arn
        ):
            raise ValueError("CAIRN_LLM=anthropic needs ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL.")
        return self


class GraphQueueSettings(DatabaseSettings):
    """A function that tells the graph what changed. Without a queue there is no graph, and nothing is told."""

    graph_queue_url: str | None = Field(None, description="The queue of graph_sync; none is no graph.")


class GraphSettings(GraphQueueSettings):
    """A function that speaks to the graph itself. Without a URI or a secret there is none."""

    neo4j_uri: str | None = Field(None, description="Bolt address, as neo4j+s://… or bolt://….")
    neo4j_user: str = Field("neo4j", min_length=1)
    neo4j_password: SecretStr = Field(SecretStr(""))
    neo4j_database: str = Field("neo4j", min_length=1)
    neo4j_secret_arn: str | None = Field(
        None, description="In place of these: JSON with uri, username, password, and if it is not neo4j, database."
    )
    graph_timeout_seconds: float = Field(5, gt=0, le=10, description="Longest wait for one answer of the graph.")

    @model_validator(mode="after")
    def _one_graph(self) -> Self:
        if self.neo4j_uri and self.neo4j_secret_arn:
            raise ValueError("Only one of CAIRN_NEO4J_URI and CAIRN_NEO4J_SECRET_ARN may be set.")
        return self


class AddMemorySettings(ModelSettings, TokenizerSettings, GraphSettings):
    """add_memory: every write of the API, and chat."""

    consolidate_queue_url: str = Field(min_length=1)
    llm_timeout_seconds: float = Field(25, gt=0, description="Under what API Gateway waits for an answer (30 s).")


class ScoringSettings(Settings):
    """How a search is scored that asks for scoring by attention."""

    scoring_attention: float = Field(0.4, ge=0, le=1, description="Share of attention; the four shares add up to 1.")
    scoring_similarity: float = Field(0.4, ge=0, le=1, description="Share of the cosine and BM25, half each.")
    scoring_recency: float = Field(0.1, ge=0, le=1, description="Share of how new a memory is.")
    scoring_importance: float = Field(0.1, ge=0, le=1, description="Share of its importance.")
    scoring_half_life_hours: float = Field(138.3, gt=0, description="Age at which recency is halved.")
    scoring_distillation: float = Field(0.001, ge=0, le=1, description="Of the most attention, what a hit needs.")

    @model_validator(mode="after")
    def _shares(self) -> Self:
        shares = self.scoring_attention, self.scoring_similarity, self.scoring_recency, self.scoring_importance
        if abs(sum(shares) - 1) > _ROUNDING:
            raise ValueError(
                "CAIRN_SCORING_ATTENTION, CAIRN_SCORING_SIMILARITY, CAIRN_SCORING_RECENCY and CAIRN_SCORING_IMPORTANCE "
                f"must add up to 1, not to {sum(shares):g}."
            )
        return self


class SearchSettings(TokenizerSettings, GraphSettings, ScoringSettings):
    """search: every read of the API."""

    consolidate_queue_url: str = Field(min_length=1, description="For /health only.")
    query_cache_size: int = Field(10_000, ge=0, description="Query embeddings kept in process; 0 turns it off.")
    rerank_url: str | None = Field(None, min_length=1, description="A reranker's endpoint, as https://…/v1/rerank.")
    rerank_model: str | None = Field(None, min_length=1, description="Its model, where it has several.")
    rerank_api_key: SecretStr | None = Field(None, description="Its key, where it wants one.")
    rerank_timeout_seconds: float = Field(2, gt=0, description="Longest wait of a search for it.")
    count_accesses: bool = Field(True, description="Whether it is counted how often a memory is found.")
    graph_search_timeout_seconds: float = Field(0.3, gt=0, description="Longest wait of a search for the graph.")
    exact_rows: int = Field(8_000, ge=1, description="Memories scored one by one; larger scopes go through indexes.")


class ConsolidateSettings(ModelSettings, GraphQueueSettings):
    """consolidate: the queue consumer."""

    waits: ClassVar[DatabaseWaits] = OF_A_WORKER

    consolidate_queue_url: str = Field(min_length=1)
    llm_timeout_seconds: float = Field(50, gt=0, description="Four answers fit into the function's time.")
    max_receives: int = Field(7, ge=1, description="Receives after which the queue gives a message up.")
    index_messages: bool = Field(True, description="Whether messages can be found by searches with include_messages.")


class IngestSettings(EmbedderSettings):
    """ingest: adds that other systems send over SQS and EventBridge."""

    waits: ClassVar[DatabaseWaits] = OF_A_WORKER

    ingest_queue_url: str = Field(min_length=1)
    consolidate_queue_url: str = Field(min_length=1)
    daily_token_budget: int = Field(0, ge=0, description="Tokens a project may spend in a day (UTC); 0 is no limit.")


class GraphSyncSettings(GraphSettings):
    """graph_sync: projects changed memories into the graph."""

    waits: ClassVar[DatabaseWaits] = OF_A_WORKER

    graph_queue_url: str = Field(min_length=1)  # pyright: ignore[reportGeneralTypeIssues, reportIncompatibleVariableOverride]  # read only
    graph_timeout_seconds: float = Field(20, gt=0, le=20, description="Longest wait for one transaction of the graph.")
    max_receives: int = Field(7, ge=1, description="Receives after which the queue gives a message up.")

    @model_validator(mode="after")
    def _has_graph(self) -> Self:
        _require_one(CAIRN_NEO4J_URI=self.neo4j_uri, CAIRN_NEO4J_SECRET_ARN=self.neo4j_secret_arn)
        return self


class AuthorizeSettings(DatabaseSettings):
    """authorize: the HTTP API authorizer."""

    waits: ClassVar[DatabaseWaits] = OF_THE_AUTHORIZER
    authorizer_cache_seconds: int = Field(0, ge=0, description="How long the gateway keeps an answer.")


class MaintainSettings(EmbedderSettings, GraphQueueSettings):
    """maintain: scheduled upkeep."""

    waits: ClassVar[DatabaseWaits] = OF_A_WORKER

    consolidate_queue_url: str = Field(min_length=1)
    consolidate_dlq_url: str = Field(min_length=1)
    graph_dlq_url: str | None = Field(None, description="Where graph_sync's messages go that failed too often.")
    unsent_after_seconds: int = Field(10, ge=0, description="Age at which a never-sent event is sent again.")
    unfinished_after_seconds: int = Field(900, ge=0, description="Age at which an unfinished event is sent again.")
    settled_after_seconds: int = Field(
        SETTLED_SECONDS, ge=0, description="Longest time from a memory's id to its commit."
    )
    expired_days: int = Field(30, ge=0, description="Days an expired memory is kept, hidden, before it is purged.")


class CheckReleaseSettings(Settings):
    """check_release: asks a new version of one function whether it can do its work."""

    checked_function: str = Field(min_length=1, description="Name of the function, for logs only.")
    checked_version_arn: str = Field(min_length=1, description="ARN of its new version, with the version's number.")


class MigrateSettings(DatabaseSecretSettings):
    """migrate: applies the SQL migrations and sets up the application's login role."""

    owner_database_url: SecretStr | None = None
    owner_database_secret_arn: str | None = Field(None, description="The owner's secret, as RDS gives it.")
    app_role: str | None = Field(None, pattern=ROLE_NAME, description="Login role of the other functions.")
    app_password: SecretStr | None = None
    app_database_secret_arn: str | None = Field(None, description="Secret with that role's username and password.")

    @model_validator(mode="after")
    def _one_owner_and_role(self) -> Self:
        _require_one(
            CAIRN_OWNER_DATABASE_URL=self.owner_database_url,
            CAIRN_OWNER_DATABASE_SECRET_ARN=self.owner_database_secret_arn,
        )
        _require_one(CAIRN_APP_ROLE=self.app_role, CAIRN_APP_DATABASE_SECRET_ARN=self.app_database_secret_arn)
        if bool(self.app_role) != bool(self.app_password):
            raise ValueError("CAIRN_APP_ROLE and CAIRN_APP_PASSWORD are set together, or neither is.")
        return self


def _require_one(**given: SecretStr | str | None) -> None:
    """Raises ValueError unless exactly one of these variables has a value; an empty one has none."""
    if sum(map(bool, given.values())) != 1:
        raise ValueError(f"Exactly one of {' and '.join(given)} must be set.")
