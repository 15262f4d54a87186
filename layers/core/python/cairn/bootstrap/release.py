"""What a version needs to do its work: each part that its settings name is used once."""

from contextlib import closing
from typing import Final

from cairn.bootstrap import adapters
from cairn.kernel.settings import (
    DatabaseSettings,
    EmbedderSettings,
    GraphSettings,
    ModelSettings,
    SearchSettings,
    TokenizerSettings,
)
from cairn.platform import credentials
from cairn.platform.database import Database
from cairn.releases.tables import read_all

_TEXT: Final = "Can this be read?"


def check_parts(settings: DatabaseSettings) -> None:
    """Reads the tables, embeds and counts a text, asks each queue, reads the secrets; as far as there are any.

    Neither the model nor the graph is asked: what is away does not make a release bad.

    Raises:
        Unavailable: the database, a queue or Secrets Manager does not answer.
        Exception: whatever else using a part raises.
    """
    with closing(adapters.database(settings)) as database:
        read_all(database)
        if isinstance(settings, EmbedderSettings):
            _embed(settings, database)
    if isinstance(settings, TokenizerSettings):
        adapters.token_counter(settings.tokenizer_dir)(_TEXT)
    if isinstance(settings, ModelSettings):
        credentials.openai_key(settings)
        credentials.anthropic_key(settings)
    if isinstance(settings, GraphSettings):
        credentials.graph(settings)
    for url in _queues(settings):
        with closing(adapters.queue(url)) as queue:
            queue.depth()


def _embed(settings: EmbedderSettings, database: Database) -> None:
    # With the cache of the function's own, so that the model is not loaded a second time.
    kept = settings.query_cache_size if isinstance(settings, SearchSettings) else 0
    adapters.embedder(settings, database, cache_size=kept).embed([_TEXT])


def _queues(settings: DatabaseSettings) -> list[str]:
    names = [name for name in type(settings).model_fields if name.endswith("_queue_url")]
    return [url for name in names if (url := getattr(settings, name))]
