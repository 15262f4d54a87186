"""One request to Anthropic's Messages API, or to what speaks its protocol.

Over httpx2, which is there anyway: with Anthropic's own package, 36 MB, a function would be larger than Lambda takes.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final, Literal

import httpx2
from pydantic import BaseModel, Field

from cairn.kernel.errors import AnswerUnusable, ModelError, ModelUnavailable
from cairn.models_ai.llm.completion import TOO_LONG, ChatMessage, Completion, whole, with_schema
from cairn.models_ai.llm.deadline import read_until
from cairn.models_ai.llm.tool_use import Manner, tool_schema
from cairn.models_ai.retry_after import seconds

_ANTHROPIC: Final = "https://api.anthropic.com"
_VERSION: Final = "2023-06-01"
_REFUSALS: Final = (400, 422)
_STATUSES: Final = {
    401: "The model endpoint does not take the key: check ANTHROPIC_API_KEY.",
    403: "The model endpoint does not let this key use the model: check ANTHROPIC_API_KEY and CAIRN_LLM_MODEL.",
    404: "The model endpoint does not know the model or the path: check CAIRN_LLM_MODEL and ANTHROPIC_BASE_URL.",
    429: "The model endpoint takes no more requests for now.",
}


class _Block(BaseModel):
    type: str
    text: str = ""
    input: dict[str, Any] = Field(default_factory=dict[str, Any])


class _Usage(BaseModel):
    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None


class _Message(BaseModel):
    type: Literal["message"]
    content: list[_Block]
    stop_reason: str | None = None
    usage: _Usage = Field(default_factory=_Usage)

    def completion(self) -> Completion:
        used, reason = self.usage, self.stop_reason
        read = (used.input_tokens, used.cache_creation_input_tokens, used.cache_read_input_tokens)
        return Completion(
            self._text(),
            (sum(tokens or 0 for tokens in read), used.output_tokens or 0),
            refused=reason == "refusal",
            cut_off=reason in ("max_tokens", "model_context_window_exceeded"),
        )

    def _text(self) -> str:
        for block in self.content:
            if block.type == "tool_use":
                return json.dumps(block.input, ensure_ascii=False)
        return "".join(block.text for block in self.content if block.type == "text").strip()


class AnthropicEndpoint:
    """Asks for one message at a time; a schema is that of a tool which the model has to use."""

    def __init__(
        self, *, model: str, api_key: str | None, base_url: str | None, timeout: float, max_tokens: int
    ) -> None:
        """Nothing is connected before the first question.

        Args:
            model: its name at the endpoint.
            api_key: sent to the endpoint.
            base_url: address of the endpoint, with or without /v1; None is Anthropic's own.
            timeout: longest wait for one answer, in seconds.
            max_tokens: longest answer.
        """
        self._model = model
        self._key = (api_key or "").strip()  # a key from a file often ends in a newline
        self._url = f"{(base_url or _ANTHROPIC).rstrip('/').removesuffix('/v1')}/v1/messages"
        self._timeout = timeout
        self._max_tokens = max_tokens
        self._manner = Manner()

    def complete(
        self, messages: Sequence[ChatMessage], *, name: str, schema: Mapping[str, Any] | None = None
    ) -> Completion:
        """The model's next message; as in Endpoint."""
        manner = self._manner
        while True:  # at most three times: there are one temperature and one tool to give up
            status, headers, body = self._asked(messages, name, schema, manner)
            if status == HTTPStatus.OK:
                completion, self._manner = _completion(body), manner
                return completion
            kind, words = _fault(body)
            simpler = manner.simpler(words, has_schema=schema is not None) if status in _REFUSALS else None
            if simpler is None:
                raise _error(status, kind, words, headers.get("retry-after"))
            manner = simpler

    def close(self) -> None:
        """Closes the connections to the endpoint."""
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> httpx2.Client:
        return httpx2.Client(timeout=self._timeout, headers={"anthropic-version": _VERSION, "x-api-key": self._key})

    def _asked(
        self, messages: Sequence[ChatMessage], name: str, schema: Mapping[str, Any] | None, manner: Manner
    ) -> tuple[int, httpx2.Headers, bytes]:
        deadline = time.monotonic() + self._timeout
        body = self._body(messages, name, schema, manner)
        try:
            with self._client.stream("POST", self._url, json=body) as response:
                return response.status_code, response.headers, read_until(deadline, response.iter_bytes())
        except httpx2.TimeoutException:
            raise ModelUnavailable("The model endpoint did not answer in time (CAIRN_LLM_TIMEOUT_SECONDS).") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as exc:
            what = type(exc).__name__
            raise ModelUnavailable(
                f"The connection to the model endpoint failed ({what}): check ANTHROPIC_BASE_URL."
            ) from None
        except UnicodeError:
            # Not `from exc`: it may show the key, and tracebacks are logged.
            raise ModelUnavailable("A letter of the request cannot be sent: check ANTHROPIC_API_KEY.") from None

    def _body(
        self, messages: Sequence[ChatMessage], name: str, schema: Mapping[str, Any] | None, manner: Manner
    ) -> dict[str, Any]:
        said = messages if schema is None or manner.tool else with_schema(messages, schema)
        body: dict[str, Any] = {
            "model": self._model,
            "max_tokens": self._max_tokens,
            "system": "\n\n".join(m["content"] for m in said if m["role"] == "system"),
            "messages": [m for m in said if m["role"] != "system"],
        }
        if manner.temperature:
            body["temperature"] = 0
        if schema is not None and manner.tool:
            body["tools"] = [{"name": name, "input_schema": tool_schema(schema)}]
            body["tool_choice"] = {"type": "tool", "name": name, "disable_parallel_tool_use": True}
        return body


def _completion(body: bytes) -> Completion:
    try:
        text = whole(json.dumps(json.loads(body), ensure_ascii=False))
        return _Message.model_validate_json(text).completion()
    except (ValueError, RecursionError):
        raise ModelUnavailable(
            "The model endpoint answered something that is no message: check ANTHROPIC_BASE_URL."
        ) from None


class _Fault(BaseModel):
    type: str = ""
    message: str = ""


class _Faulty(BaseModel):
    error: _Fault = Field(default_factory=_Fault)


def _fault(body: bytes) -> tuple[str, str]:
    """Type and words of an error."""
    try:
        fault = _Faulty.model_validate_json(body).error
    except ValueError:
        return "", ""
    return fault.type, fault.message


def _error(status: int, kind: str, words: str, retry_after: str | None) -> ModelError:
    """The error of ours that a status means; the endpoint's own words may hold the key, or what people said."""
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or (status in _REFUSALS and TOO_LONG.search(words)):
        return AnswerUnusable("The question is too long for the model.")
    message = _STATUSES.get(status, f"The model endpoint answered {status}.")
    if re.fullmatch(r"[a-z_]{1,40}", kind):
        message += f" Its code was {kind}."
    return ModelUnavailable(message, retry_after=seconds(retry_after))
