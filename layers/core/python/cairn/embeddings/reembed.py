"""Another embedding model while the service runs: its vectors are made beside those in use, then exchanged at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from cairn.embeddings.store import PostgresReembedding
from cairn.embeddings.types import Row, Rows, Vectors
from cairn.kernel.errors import Misconfigured
from cairn.memories.embed import IN_AN_EVENT, indexed_again
from cairn.models_ai.embed.port import Embedder

_AT_ONCE: Final = 64  # rows: so many wait for one transaction, and are done again where a run is cut short
_ROOM: Final = IN_AN_EVENT  # characters of their texts, one at least


class Reembed:
    """Gives every row a vector of `embedder`; safe to stop at any moment, and to go on later."""

    def __init__(self, store: PostgresReembedding, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    @property
    def model(self) -> str:
        """What the vectors are made with."""
        return self._embedder.model

    @property
    def is_in_use(self) -> bool:
        """Whether the database is of that model."""
        models = self._store.models()
        return models is not None and models.model == self.model

    @property
    def is_begun(self) -> bool:
        """Whether there is room for the vectors, beside those in use."""
        models = self._store.models()
        return models is not None and models.other == self.model

    def begin(self) -> None:
        """Makes room for the vectors.

        Raises:
            Misconfigured: nothing is embedded yet, or what is beside the vectors in use is of a third model.
        """
        other = self._store.begin(self.model, self._embedder.dimensions)
        if other is None:
            raise Misconfigured(f"Nothing is embedded yet: set CAIRN_EMBEDDER to the model {self.model}, and begin.")
        if other != self.model:
            raise Misconfigured(
                f"The database has vectors of {other} in its other place: "
                "`cairn reembed --drop`, or the task reembed-drop of maintain, makes room."
            )

    def step(self) -> int:
        """Embeds some rows; returns how many it looked at, 0 where every row has a vector of both models.

        Raises:
            EmbeddingModelChanged: another run has exchanged the vectors meanwhile.
        """
        done = 0
        for rows in self._store.next(_AT_ONCE):
            said = {row.id: row for row in self._store.read(rows)}
            fitting = _fitting(rows, said)
            read = [said[row_id] for row_id in fitting.ids if row_id in said]
            self._store.keep(fitting, list(zip(read, self._vectors(rows, read), strict=True)), self.model)
            done += len(fitting.ids)
            if len(fitting.ids) < len(rows.ids):
                break
        return done

    def exchange(self) -> bool:
        """Puts the new vectors in use, in one transaction; False where there is a row without one again."""
        return self._store.exchange(self.model)

    def _vectors(self, rows: Rows, read: Sequence[Row]) -> list[Vectors]:
        is_turn = rows.kept == "turns"
        texts = [indexed_again(row.text, row.actor, row.at, is_turn=is_turn) for row in read]
        every = [text for group in texts for text in group]
        vectors = iter(self._embedder.embed(every) if every else ())
        return [[next(vectors) for _ in group] for group in texts]


def _fitting(rows: Rows, said: Mapping[UUID, Row]) -> Rows:
    """The first rows, as many as there is room for in one transaction; the others come with the next step."""
    room = _ROOM
    for number, row_id in enumerate(rows.ids):
        room -= len(said[row_id].text) if row_id in said else 0
        if room < 0 and number:
            return replace(rows, ids=rows.ids[:number], versions=rows.versions[:number])
    return rows
