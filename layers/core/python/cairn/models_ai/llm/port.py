"""The port of a model that answers questions."""

from typing import Protocol, TypeVar

from pydantic import BaseModel

from cairn.kernel.usage import TokenUsage
from cairn.models_ai.prompt import Prompt

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class Llm(Protocol):
    """A model behind an endpoint. All methods raise a ModelError, which carries what was spent."""

    @property
    def model(self) -> str:
        """Name of the model, recorded with what it wrote."""
        ...

    def ask(self, prompt: Prompt, answer: type[AnswerT]) -> tuple[AnswerT, TokenUsage]:
        """The model's answer in the given shape, and its cost."""
        ...

    def say(self, prompt: Prompt) -> tuple[str, TokenUsage]:
        """The model's answer as plain text, and its cost."""
        ...
