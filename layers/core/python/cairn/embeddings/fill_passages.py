"""Giving long texts the vectors of their passages that were kept before there were any, or had no room for them."""

from collections.abc import Callable

from cairn.embeddings.long_texts import PostgresLongTexts
from cairn.embeddings.types import LongText
from cairn.kernel.errors import Unavailable
from cairn.kernel.observability import logger
from cairn.memories.embed import indexed_again
from cairn.models_ai.embed.port import Embedder

_AT_ONCE = 100  # texts that are looked up


class FillPassages:
    """One piece of the work: each text is filled by itself, so that a run that ends goes on where it was.

    `embedder` is called when there is something to embed: most runs of upkeep have nothing.
    """

    def __init__(self, texts: PostgresLongTexts, embedder: Callable[[], Embedder]) -> None:
        self._texts = texts
        self._embedder = embedder

    def __call__(self, room: int) -> int:
        """Fills texts until `room` characters are embedded, one text at least; how many were filled."""
        filled = 0
        for text in self._texts.without_passages(_AT_ONCE):
            if room <= 0:
                break
            try:
                filled += self._fill(text)
            except Unavailable:
                logger.warning("the embedder does not answer, the next run tries again", action="maintain.no_embedder")
                break
            room -= len(text.text)
        return filled

    def _fill(self, text: LongText) -> bool:
        _, *passages = indexed_again(text.text, text.actor, text.said_at, is_turn=text.is_turn)
        return self._texts.fill(text, list(self._embedder().embed(passages)) if passages else [])
