"""Answers about the embedding model."""

from typing import NotRequired

from typing_extensions import TypedDict

from cairn.embeddings.types import Models


class OtherModelAnswer(TypedDict):
    """A model that has vectors beside those in use."""

    model: str
    dimensions: int | None


class ModelAnswer(TypedDict):
    """Which model embeds, and how long its vectors are.

    `other` is there while the database changes to another model, and until the one before is dropped.
    """

    model: str
    dimensions: int
    other: NotRequired[OtherModelAnswer]


def embeddings(models: Models | None) -> ModelAnswer | None:
    """Which model the embeddings are of, and how long they are; null before the first text."""
    if models is None:
        return None
    answer: ModelAnswer = {"model": models.model, "dimensions": models.dimensions}
    if models.other:
        answer["other"] = {"model": models.other, "dimensions": models.other_dimensions}
    return answer
