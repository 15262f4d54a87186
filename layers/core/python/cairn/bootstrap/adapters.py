"""The adapters that services are put together from, each built from its settings.

What is slow to import, or comes in a layer that only some functions carry, is imported where it is built.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cairn.embeddings import model_in_use
from cairn.graph.outbox import TellGraph
from cairn.graph.ports import GraphStore, NeighbourGraph
from cairn.graph.rows import PostgresGraphRows
from cairn.kernel.errors import Misconfigured, NoGraph
from cairn.kernel.settings import (
    DatabaseSettings,
    EmbedderSettings,
    GraphQueueSettings,
    GraphSettings,
    ModelSettings,
    ScoringSettings,
    SearchSettings,
)
from cairn.models_ai.embed.port import Embedder, Vector
from cairn.models_ai.llm.port import Llm
from cairn.models_ai.rerank.port import Reranker
from cairn.platform import credentials
from cairn.platform.database import Database
from cairn.search.ranking import Attention, composite

if TYPE_CHECKING:
    from cairn.events.queue import SqsQueue
    from cairn.graph.queue import SqsGraphQueue
    from cairn.models_ai.llm.completion import Endpoint


def database(settings: DatabaseSettings) -> Database:
    """The database; nothing is connected before it is asked."""
    address = credentials.database_address(settings)
    return Database(address, prepare_threshold=settings.prepare_threshold, waits=settings.waits)


def queue(url: str) -> "SqsQueue":
    """A queue of events."""
    # boto3 is slow to import, and the authorizer, which every request waits for, needs no queue.
    from cairn.events.queue import SqsQueue

    return SqsQueue(url)


def graph_queue(url: str) -> "SqsGraphQueue":
    """The queue of the graph."""
    from cairn.graph.queue import SqsGraphQueue

    return SqsGraphQueue(url)


def tell_graph(settings: GraphQueueSettings, database: Database) -> TellGraph:
    """What sends memories that changed to the graph's queue, where there is one."""
    url = settings.graph_queue_url
    return TellGraph(PostgresGraphRows(database), graph_queue(url) if url else None)


def graph(settings: GraphSettings) -> Callable[[], GraphStore]:
    """Connects on the first call; raises NoGraph where none is set up."""

    @cache
    def connect() -> GraphStore:
        known = _graph_settings(settings)
        # The driver is slow to import, and most requests never ask the graph.
        from cairn.graph.neo4j.store import connected

        return connected(known, _renewed_login(settings))

    return connect


def graph_neighbours(settings: SearchSettings) -> Callable[[], NeighbourGraph]:
    """As `graph`, for a search: it has connections of its own, which wait for a moment only."""

    @cache
    def connect() -> NeighbourGraph:
        known = _graph_settings(settings)
        from cairn.graph.neo4j.neighbours import Neo4jNeighbours
        from cairn.graph.neo4j.store import address_of

        return Neo4jNeighbours(address_of(known, settings.graph_search_timeout_seconds, _renewed_login(settings)))

    return connect


def _graph_settings(settings: GraphSettings) -> GraphSettings:
    if not settings.neo4j_uri and not settings.neo4j_secret_arn:
        raise NoGraph("No graph is set up; set CAIRN_NEO4J_URI or CAIRN_NEO4J_SECRET_ARN.")
    return credentials.graph(settings)


def _renewed_login(settings: GraphSettings) -> Callable[[], tuple[str, str]] | None:
    if not settings.neo4j_secret_arn:
        return None

    def read_again() -> tuple[str, str]:
        renewed = credentials.graph(settings, fresh=True)
        return renewed.neo4j_user, renewed.neo4j_password.get_secret_value()

    return read_again


@cache
def token_counter(directory: Path) -> Callable[[str], int]:
    """Counts the tokens of a text."""
    # The vocabulary is read when the first context block is built, by no other request, and once in a process.
    from cairn.models_ai.tokens import TiktokenCounter

    return TiktokenCounter(directory).count


def llm(settings: ModelSettings) -> Llm | None:
    """The model; None where none is set up."""
    if not settings.has_model:
        return None
    from cairn.models_ai.llm.endpoint import EndpointLlm

    return EndpointLlm(
        model=settings.llm_model,
        connect=lambda: _endpoint(settings),
        price_in=settings.llm_price_in,
        price_out=settings.llm_price_out,
    )


def _endpoint(settings: ModelSettings) -> "Endpoint":
    # Importing a client takes up to 0.7 s: many an event needs no model, and a cold start should not wait for one.
    model, timeout, most = settings.llm_model, settings.llm_timeout_seconds, settings.llm_max_tokens
    match settings.llm:
        case "openai":
            from cairn.models_ai.llm.openai import OpenAiEndpoint

            key, url = credentials.openai_key(settings), settings.openai_base_url
            return OpenAiEndpoint(model=model, api_key=key, base_url=url, timeout=timeout)
        case "anthropic":
            from cairn.models_ai.llm.anthropic import AnthropicEndpoint

            key, url = credentials.anthropic_key(settings), settings.anthropic_base_url
            return AnthropicEndpoint(model=model, api_key=key, base_url=url, timeout=timeout, max_tokens=most)
        case "bedrock":
            from cairn.models_ai.llm.bedrock import BedrockEndpoint

            return BedrockEndpoint(
                model=model, region=settings.bedrock_region or None, timeout=timeout, max_tokens=most
            )


def reranker(settings: SearchSettings) -> Reranker | None:
    """The reranker; None where none is set up."""
    if not settings.rerank_url:
        return None
    # Where there is none, its client is not even imported.
    from cairn.models_ai.rerank.http import HttpReranker

    key = settings.rerank_api_key
    return HttpReranker(
        settings.rerank_url,
        model=settings.rerank_model,
        api_key=key.get_secret_value() if key else None,
        timeout=settings.rerank_timeout_seconds,
    )


def embedder(settings: EmbedderSettings, database: Database, *, cache_size: int = 0) -> Embedder:
    """The embedding model of the database, of the one or two that are set up; the first text finds out which.

    Raises Misconfigured then where it is neither.
    """
    other = settings.of_next()
    return _OfTheDatabase(
        _embedder(settings, cache_size), database, (lambda: _embedder(other, cache_size)) if other else None
    )


def bare_embedder(settings: EmbedderSettings) -> Embedder:
    """The embedder that is set up first, whatever the database is of."""
    return _embedder(settings, 0)


def next_embedder(settings: EmbedderSettings) -> Embedder | None:
    """The other embedder that is set up, whatever the database is of; None where there is none."""
    other = settings.of_next()
    return _embedder(other, 0) if other else None


class _OfTheDatabase:
    """An embedder that asks the database which model its vectors are of, when it is first needed and after an exchange.

    Not before: a consumer that is made while the database is away must still be able to put its messages off. The first
    text of a new database makes it one of this model.
    """

    def __init__(self, embedder: Embedder, database: Database, other: Callable[[], Embedder] | None = None) -> None:
        self._embedder = embedder
        self._other = other
        self._database = database

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def dimensions(self) -> int:
        embedder = self._right_one()
        found = model_in_use.of(self._database)
        if found is None or found[0] != embedder.model:
            self._check(embedder.dimensions)
        return found[1] if found else embedder.dimensions

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        vectors = self._right_one().embed(texts)
        for vector in vectors[:1]:
            self._check(len(vector))
        return vectors

    def embed_query(self, text: str) -> Vector:
        vector = self._right_one().embed_query(text)
        self._check(len(vector))
        return vector

    def _right_one(self) -> Embedder:
        """The embedder that the database is of, where that is known to be one of the two."""
        if self._other is not None and self._database.embedding_model != self._embedder.model:
            found = model_in_use.of(self._database)
            if found and found[0] != self._embedder.model:
                one, other = self._embedder, self._other()
                if found[0] == other.model:
                    self._embedder, self._other = other, lambda: one
        return self._embedder

    def _check(self, dimensions: int) -> None:
        """What the first vector is of has to be what the database is of; that costs no text that nobody asked for."""
        if self._database.embedding_model == self.model:
            return
        own = (self.model, dimensions)
        found = model_in_use.of(self._database) or model_in_use.use(self._database, *own)
        if found != own:
            raise Misconfigured(
                f"The database holds embeddings of {found[0]} ({found[1]} numbers), and this deployment makes those of "
                f"{own[0]} ({own[1]}): set CAIRN_EMBEDDER to that model, or change the database with `cairn reembed`."
            )
        self._database.embedding_model = own[0]


def _embedder(settings: EmbedderSettings, cache_size: int) -> Embedder:
    match settings.embedder:
        case "minilm":
            return _minilm(settings.embedder_dir, settings.embedder_threads, cache_size)
        case "multilingual":
            return _multilingual(cache_size)
        case "openai":
            return _openai(settings, cache_size)
        case "bedrock":
            return _bedrock(settings, cache_size)


def _openai(settings: EmbedderSettings, cache_size: int) -> Embedder:
    from cairn.models_ai.embed.openai import OpenAiEmbedder, Prefixes, prefixes

    known = prefixes(settings.embedding_model)
    query, passage = settings.embedding_query_prefix, settings.embedding_passage_prefix
    return OpenAiEmbedder(
        model=settings.embedding_model,
        api_key=lambda: credentials.embedding_key(settings),
        base_url=settings.embedding_base_url,
        dimensions=settings.embedding_dimensions,
        wants=Prefixes(known.query if query is None else query, known.passage if passage is None else passage),
        batch=settings.embedding_batch,
        timeout=settings.embedding_timeout_seconds,
        cache_size=cache_size,
        price=settings.embedding_price,
    )


def _bedrock(settings: EmbedderSettings, cache_size: int) -> Embedder:
    from cairn.models_ai.embed.bedrock import BedrockEmbedder

    return BedrockEmbedder(
        model=settings.embedding_model,
        region=settings.bedrock_region or None,
        dimensions=settings.embedding_dimensions,
        batch=settings.embedding_batch,
        timeout=settings.embedding_timeout_seconds,
        cache_size=cache_size,
        price=settings.embedding_price,
    )


# Only the functions that embed carry the layer with a model and what runs it, which is loaded once in a process.
@cache
def _minilm(folder: Path, threads: int, cache_size: int) -> Embedder:
    from cairn.models_ai.embed.minilm import OnnxEmbedder

    return OnnxEmbedder(folder, threads=threads, cache_size=cache_size)


@cache
def _multilingual(cache_size: int) -> Embedder:
    from cairn.models_ai.embed.multilingual import MultilingualEmbedder

    return MultilingualEmbedder(cache_size=cache_size)


def attention(settings: ScoringSettings) -> Callable[[str], Attention]:
    """How a search by attention is scored, by embedder: with the projections of that one where there are any."""
    from cairn.search import attention

    weights = composite(
        settings.scoring_attention,
        settings.scoring_similarity,
        settings.scoring_recency,
        settings.scoring_importance,
    )

    @cache
    def of(model: str) -> Attention:
        projections = attention.read(model)
        return Attention(weights, projections, settings.scoring_half_life_hours, settings.scoring_distillation)

    return of
