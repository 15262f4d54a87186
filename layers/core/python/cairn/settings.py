"""The environment contract: one small class per function, read once, on first use.

Values come from environment variables with the prefix CAIRN_. Fields without a default must be set where the function
is deployed.
"""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What every function reads."""

    model_config = SettingsConfigDict(env_prefix="CAIRN_", frozen=True, extra="ignore", populate_by_name=True)

    environment: str = Field(min_length=1, description="Name of the environment, for logs only.")


class DatabaseSettings(Settings):
    """How to reach Postgres as the application's role."""

    database_url: SecretStr = Field(description="postgresql:// URL of the application role.")
    database_secret_arn: str | None = Field(None, description="Secret with host, port, dbname, username and password.")
    database_host: str | None = Field(None, min_length=1, description="In place of the secret's host: an RDS Proxy.")
    database_sslmode: str = Field("require", description="libpq's sslmode, with a secret.")
    prepare_threshold: int | None = Field(
        5, description="Executions before a statement is prepared; none behind a proxy that pins prepared statements."
    )


class GraphQueueSettings(DatabaseSettings):
    """A function that tells graph_sync of work, where there is a graph."""

    graph_queue_url: str | None = Field(None, description="Queue of graph_sync; without one there is no graph.")


class GraphSettings(GraphQueueSettings):
    """A function that speaks to the graph itself."""

    neo4j_secret_arn: str | None = Field(None, description="Secret with uri, username and password of the graph.")


class EmbedderSettings(DatabaseSettings):
    """A function that embeds text."""

    embedder_dir: Path = Field(Path("/opt/embedder"), description="Folder of model.onnx and tokenizer.json.")
    embedder_threads: int = Field(2, ge=1, le=64, description="Texts embedded at a time.")


class TokenizerSettings(EmbedderSettings):
    """A function that builds context blocks."""

    tokenizer_dir: Path = Field(Path("/opt/tokenizer"), description="Folder of the bundled vocabulary.")
    daily_token_budget: int = Field(0, ge=0, description="Tokens a project may spend in a day (UTC); 0 is no limit.")


class ModelSettings(EmbedderSettings):
    """A function that may ask a model. Without a key and a base URL there is none."""

    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL")
    openai_secret_arn: str | None = Field(None, description='Secret that is the key, or JSON with it as "api_key".')
    llm_model: str = Field("gpt-5-mini", min_length=1, description="Model that extracts, decides and answers.")
    llm_timeout_seconds: float = Field(60, gt=0, description="Longest wait for one answer of the model.")
    llm_price_in: float = Field(0, ge=0, description="Dollars per million tokens of a prompt.")
    llm_price_out: float = Field(0, ge=0, description="Dollars per million tokens of an answer.")

    @property
    def has_model(self) -> bool:
        """Whether a model is set up."""
        return bool(self.openai_base_url or (self.openai_api_key and self.openai_api_key.get_secret_value()))


class AddMemorySettings(ModelSettings, TokenizerSettings, GraphSettings):
    """add_memory: every write of the API, and chat."""

    consolidate_queue_url: str = Field(min_length=1)
    llm_timeout_seconds: float = Field(25, gt=0, description="Under what API Gateway waits for an answer (30 s).")


class SearchSettings(TokenizerSettings, GraphSettings):
    """search: every read of the API."""

    consolidate_queue_url: str = Field(min_length=1, description="For /health only.")
    query_cache_size: int = Field(10_000, ge=0, description="Query embeddings kept in process; 0 turns it off.")


class ConsolidateSettings(ModelSettings, GraphQueueSettings):
    """consolidate: the queue consumer."""

    consolidate_queue_url: str = Field(min_length=1)
    max_receives: int = Field(7, ge=1, description="Receives after which an event fails; the queue's maxReceiveCount.")


class IngestSettings(EmbedderSettings):
    """ingest: adds that other systems put into a queue or on the event bus."""

    ingest_queue_url: str = Field(min_length=1)
    daily_token_budget: int = Field(0, ge=0, description="Tokens a project may spend in a day (UTC); 0 is no limit.")
    consolidate_queue_url: str = Field(min_length=1)


class GraphSyncSettings(GraphSettings):
    """graph_sync: the consumer that projects memories into the graph."""


class AuthorizeSettings(DatabaseSettings):
    """authorize: the HTTP API authorizer."""


class MaintainSettings(GraphQueueSettings):
    """maintain: scheduled upkeep."""

    graph_dlq_url: str | None = Field(None, description="Dead letters of graph_sync.")

    consolidate_queue_url: str = Field(min_length=1)
    consolidate_dlq_url: str = Field(min_length=1)
    unsent_after_seconds: int = Field(10, ge=0, description="Age at which a never-sent event is sent again.")
    unfinished_after_seconds: int = Field(900, ge=0, description="Age at which an unfinished event is sent again.")
    expired_days: int = Field(30, ge=0, description="Days an expired memory is kept, hidden, before it is purged.")


class MigrateSettings(Settings):
    """migrate: applies the SQL migrations and sets up the application's login role."""

    owner_database_url: SecretStr
    owner_database_secret_arn: str | None = Field(None, description="The owner's secret, as RDS gives it.")
    app_database_secret_arn: str | None = Field(None, description="Secret with the role's username and password.")
    database_sslmode: str = Field("require", description="libpq's sslmode, with a secret.")
    app_role: str = Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$", description="Login role of the other functions.")
    app_password: SecretStr
