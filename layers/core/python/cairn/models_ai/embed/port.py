"""The port of embeddings: texts become unit vectors."""

from collections.abc import Sequence
from typing import Protocol

Vector = Sequence[float]


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def model(self) -> str:
        """Name of the model, recorded with the database."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of each vector; raises as `embed` does, where a text has to be embedded to find it out."""
        ...

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector per text that is kept, in the order of the texts.

        Raises:
            EmbedderUnavailable: the endpoint of the model does not answer.
            Misconfigured: the endpoint, or the database, is of another model.
        """
        ...

    def embed_query(self, text: str) -> Vector:
        """The unit vector of what is looked for; raises as `embed` does."""
        ...
