"""One request to an OpenAI-compatible endpoint, put in the best manner that it understands."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, cast

import openai
from openai.types.chat import ChatCompletionMessageParam
from openai.types.shared_params import ResponseFormatJSONObject, ResponseFormatJSONSchema
from pydantic import BaseModel

from cairn.kernel.errors import ModelUnavailable
from cairn.models_ai.llm.completion import ChatMessage, Completion, whole, with_schema
from cairn.models_ai.llm.deadline import read_until
from cairn.models_ai.openai_client import client
from cairn.models_ai.openai_errors import FOREIGN_ERRORS, is_hopeless, model_error

_REFUSALS: Final = (400, 404, 422)
_FORM_WORDS: Final = ("response_format", "json_schema", "json_object")


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Body(BaseModel):
    choices: list[_Choice]
    usage: _Usage | None = None

    def completion(self) -> Completion:
        """The first choice; there may be none."""
        usage = self.usage or _Usage()
        tokens = usage.prompt_tokens or 0, usage.completion_tokens or 0
        if not self.choices:
            return Completion("", tokens)
        message, reason = self.choices[0].message, self.choices[0].finish_reason
        refused = bool(message.refusal) or reason == "content_filter"
        return Completion((message.content or "").strip(), tokens, refused=refused, cut_off=reason == "length")


class Form(StrEnum):
    """How an answer of a schema is asked for, best first."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a request is put: endpoints differ in what they understand."""

    form: Form = Form.SCHEMA
    temperature: bool = True

    def simpler(self, exc: Exception) -> "Manner | None":
        """A simpler manner that may help against this failure; None where none would."""
        if not isinstance(exc, openai.APIStatusError) or is_hopeless(exc):
            return None
        words = f"{exc.message} {exc.param} {exc.body}".lower()
        refusal = exc.status_code in _REFUSALS
        if self.temperature and refusal and "temperature" in words:
            return replace(self, temperature=False)
        if self.form is Form.TEXT or not (refusal or any(word in words for word in _FORM_WORDS)):
            return None
        return replace(self, form=Form.OBJECT if self.form is Form.SCHEMA else Form.TEXT)


class OpenAiEndpoint:
    """Asks for one completion at a time, and remembers in which manner the endpoint can be asked."""

    def __init__(self, *, model: str, api_key: str | None, base_url: str | None, timeout: float) -> None:
        self._model = model
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout
        self._manner = Manner()

    def complete(
        self, messages: Sequence[ChatMessage], *, name: str, schema: Mapping[str, Any] | None = None
    ) -> Completion:
        """The model's next message; `schema` is what it must fit, and `name` what that is called.

        Raises:
            ModelUnavailable: the endpoint did not answer as an endpoint does.
            AnswerUnusable: it does not take this very question.
        """
        manner = self._manner if schema else replace(self._manner, form=Form.TEXT)
        while True:  # at most four times: there are one temperature and two forms to give up
            try:
                completion = self._request(messages, name, schema, manner)
            except FOREIGN_ERRORS as exc:
                simpler = manner.simpler(exc)
                if simpler is None:
                    # Not `from exc`: its words may hold the key or what people said, and tracebacks are logged.
                    raise model_error(exc) from None
                manner = simpler
            else:
                self._manner = manner if schema else replace(self._manner, temperature=manner.temperature)
                return completion

    def close(self) -> None:
        """Closes the connections to the endpoint."""
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> openai.OpenAI:
        return client(api_key=self._api_key, base_url=self._base_url, timeout=self._timeout)

    def _request(
        self, messages: Sequence[ChatMessage], name: str, schema: Mapping[str, Any] | None, manner: Manner
    ) -> Completion:
        deadline = time.monotonic() + self._timeout
        said = messages if schema is None or manner.form is Form.SCHEMA else with_schema(messages, schema)
        with self._client.chat.completions.with_streaming_response.create(
            model=self._model,
            messages=cast("list[ChatCompletionMessageParam]", said),
            temperature=0 if manner.temperature else openai.omit,
            response_format=_response_format(name, schema, manner.form) or openai.omit,
        ) as response:
            body = read_until(deadline, response.iter_bytes())
        return _completion(body)


def _completion(body: bytes) -> Completion:
    # Not openai's own reading: it makes an object of everything, with None where a list should be.
    try:
        text = whole(json.dumps(json.loads(body), ensure_ascii=False))
        return _Body.model_validate_json(text).completion()
    except (ValueError, RecursionError):
        raise ModelUnavailable(
            "The model endpoint answered something that is no chat completion: check OPENAI_BASE_URL."
        ) from None


def _response_format(
    name: str, schema: Mapping[str, Any] | None, form: Form
) -> ResponseFormatJSONSchema | ResponseFormatJSONObject | None:
    if schema is None or form is Form.TEXT:
        return None
    if form is Form.OBJECT:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": dict(schema)}}
