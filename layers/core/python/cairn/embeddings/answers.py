"""Answers about the embedding model."""

from cairn.embeddings.types import Models
from cairn.platform.http.answers import Json


def embeddings(models: Models | None) -> Json:
    """Which model the embeddings are of, and how long they are; null before the first text.

    `other` is there while the database changes to another model, and until the one before is dropped.
    """
    if models is None:
        return {"embeddings": None}
    other = {"other": {"model": models.other, "dimensions": models.other_dimensions}} if models.other else {}
    return {"embeddings": {"model": models.model, "dimensions": models.dimensions, **other}}
