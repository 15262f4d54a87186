"""A model behind an endpoint, whosever it is: one question, at most one repair, and what it cost."""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from inspect import cleandoc
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from cairn.kernel.errors import AnswerUnusable, ModelError
from cairn.kernel.usage import TokenUsage
from cairn.models_ai.llm.answers import NotOfSchema, read, strict_schema
from cairn.models_ai.llm.completion import ChatMessage, Completion, Endpoint
from cairn.models_ai.prompt import Prompt

AnswerT = TypeVar("AnswerT", bound=BaseModel)

_MOST_QUOTED: Final = 8_000  # characters of a bad answer shown to the model again
_REPAIR: Final = cleandoc("""
    Your answer cannot be read. What is wrong with it:
    {fault}

    Answer the same question again. Write only the corrected JSON object, which must fit this JSON schema:
    {schema}
""")
_CUT_OFF: Final = "It was too long and was cut off. Be brief: state what matters most, and close every bracket."
_EMPTY: Final = "It was empty."


@dataclass(slots=True)
class _Spent:
    """What a question has cost so far."""

    task: str
    price_in: float
    price_out: float
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def add(self, tokens: tuple[int, int]) -> None:
        self.calls += 1
        self.tokens_in += tokens[0]
        self.tokens_out += tokens[1]

    @property
    def usage(self) -> TokenUsage:
        dollars = (self.tokens_in * self.price_in + self.tokens_out * self.price_out) / 1_000_000
        return TokenUsage(self.task, self.calls, self.tokens_in, self.tokens_out, dollars)


class EndpointLlm:
    """The port Llm on an endpoint. It never retries what failed: the queue does, later."""

    def __init__(
        self, *, model: str, connect: Callable[[], Endpoint], price_in: float = 0, price_out: float = 0
    ) -> None:
        """Remembers how to ask; nothing is imported or connected before the first question.

        Args:
            model: name of the model, as its answers are recorded with.
            connect: makes the endpoint, when the first question is put.
            price_in: dollars per million tokens of a question.
            price_out: dollars per million tokens of an answer.
        """
        self.model = model
        self._connect = connect
        self._prices = (price_in, price_out)

    def ask(self, prompt: Prompt, answer: type[AnswerT]) -> tuple[AnswerT, TokenUsage]:
        """The model's answer in the given shape, and its cost.

        Raises:
            ModelUnavailable: the endpoint failed.
            AnswerUnusable: the answer is a refusal, or still unreadable after one repair.
        """
        schema = strict_schema(answer)
        with self._asking(prompt) as spent:
            messages = _opening(prompt)
            completion = self._complete(messages, spent, schema)
            try:
                return _answer(completion, answer), spent.usage
            except NotOfSchema as exc:
                messages += _repair(completion, str(exc), schema)
            try:
                return _answer(self._complete(messages, spent, schema), answer), spent.usage
            except NotOfSchema:
                # Not `from exc`: it may quote the answer.
                raise AnswerUnusable(
                    f"The model's answer to {prompt.task!r} cannot be read, also when asked again."
                ) from None

    def say(self, prompt: Prompt) -> tuple[str, TokenUsage]:
        """The model's answer as plain text, and its cost.

        Raises:
            ModelUnavailable: the endpoint failed.
            AnswerUnusable: the model refused, or said nothing.
        """
        with self._asking(prompt) as spent:
            text = self._complete(_opening(prompt), spent).text
            if not text:
                raise AnswerUnusable(f"The model said nothing to {prompt.task!r}.")
            return text, spent.usage

    def close(self) -> None:
        """Closes the connections to the endpoint, if there are any."""
        if "_endpoint" in self.__dict__:
            self._endpoint.close()

    @cached_property
    def _endpoint(self) -> Endpoint:
        return self._connect()

    @contextmanager
    def _asking(self, prompt: Prompt) -> Generator[_Spent]:
        spent = _Spent(prompt.task, *self._prices)
        try:
            yield spent
        except ModelError as exc:
            exc.usage = spent.usage
            raise

    def _complete(
        self, messages: Sequence[ChatMessage], spent: _Spent, schema: Mapping[str, Any] | None = None
    ) -> Completion:
        completion = self._endpoint.complete(messages, name=spent.task, schema=schema)
        spent.add(completion.tokens)
        if completion.refused:
            raise AnswerUnusable(f"The model refused to answer {spent.task!r}.")
        return completion


def _opening(prompt: Prompt) -> list[ChatMessage]:
    return [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]


def _answer(completion: Completion, answer: type[AnswerT]) -> AnswerT:
    if completion.cut_off:
        raise NotOfSchema(_CUT_OFF)
    if not completion.text:
        raise NotOfSchema(_EMPTY)
    return read(completion.text, answer)


def _repair(completion: Completion, fault: str, schema: Mapping[str, Any]) -> list[ChatMessage]:
    # The schema again, because some endpoints take a response_format and pay no heed to it. And never an empty message:
    # some refuse it, and leaving it out would make two messages of the user, which others refuse.
    words = _REPAIR.format(fault=fault, schema=json.dumps(schema))
    bad = completion.text[:_MOST_QUOTED] or "(nothing)"
    return [{"role": "assistant", "content": bad}, {"role": "user", "content": words}]
