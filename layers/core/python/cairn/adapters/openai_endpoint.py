"""One request to an OpenAI-compatible endpoint, put in the best manner that it understands."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Literal, TypedDict, cast

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam
from openai.types.shared_params import ResponseFormatJSONObject, ResponseFormatJSONSchema
from pydantic import BaseModel

from cairn.adapters.openai_client import client
from cairn.adapters.openai_errors import FOREIGN_ERRORS, is_hopeless, model_error
from cairn.errors import ModelUnavailable

_REFUSALS: Final = (400, 404, 422)
_FORM_WORDS: Final = ("response_format", "json_schema", "json_object")


class ChatMessage(TypedDict):
    """One message of a conversation with the model."""

    role: Literal["system", "user", "assistant"]
    content: str


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Completion(BaseModel):
    """What an endpoint answers, as far as it is looked at."""

    choices: list[_Choice]
    usage: _Usage | None = None

    @property
    def text(self) -> str:
        """What the model wrote; empty where it wrote nothing."""
        return (self.choices[0].message.content or "").strip() if self.choices else ""

    @property
    def refused(self) -> bool:
        """Whether the model, or a filter, would not answer."""
        return any(bool(c.message.refusal) or c.finish_reason == "content_filter" for c in self.choices[:1])

    @property
    def cut_off(self) -> bool:
        """Whether the answer ended because it was too long."""
        return any(c.finish_reason == "length" for c in self.choices[:1])

    @property
    def tokens(self) -> tuple[int, int]:
        """Tokens in and out, as the endpoint counted them; 0 where it did not."""
        usage = self.usage or _Usage()
        return usage.prompt_tokens or 0, usage.completion_tokens or 0


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


class Endpoint:
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
        said = messages if schema is None or manner.form is Form.SCHEMA else _with_schema(messages, schema)
        with self._client.chat.completions.with_streaming_response.create(
            model=self._model,
            messages=cast("list[ChatCompletionMessageParam]", said),
            temperature=0 if manner.temperature else openai.omit,
            response_format=_response_format(name, schema, manner.form) or openai.omit,
        ) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                # The client's own timeout starts anew with each byte, and some endpoints send blanks while they think.
                if time.monotonic() > deadline:
                    raise httpx2.ReadTimeout("The body came too slowly.")
        return _completion(bytes(body))


def _completion(body: bytes) -> Completion:
    # Not openai's own reading: it makes an object of everything, with None where a list should be.
    try:
        # Half of a surrogate pair, which cut emojis leave, is no text: it becomes a question mark.
        text = json.dumps(json.loads(body), ensure_ascii=False).encode(errors="replace")
        return Completion.model_validate_json(text)
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


def _with_schema(messages: Sequence[ChatMessage], schema: Mapping[str, Any]) -> list[ChatMessage]:
    """The conversation with the schema in its system message, for endpoints that take it nowhere else."""
    first, *rest = messages
    words = f"Write one JSON object that fits this JSON schema, and nothing else:\n{json.dumps(schema)}"
    return [{"role": first["role"], "content": f"{first['content']}\n\n{words}"}, *rest]
