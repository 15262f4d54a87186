"""One request to a model of Amazon Bedrock, by Converse, which takes the same of every model."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from botocore.exceptions import (
    ConnectTimeoutError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)
from pydantic import BaseModel, Field, ValidationError

from cairn.kernel.errors import AnswerUnusable, ModelError, ModelUnavailable
from cairn.models_ai.bedrock_client import (
    FOREIGN_ERRORS,
    NO_ACCESS,
    NO_MODEL,
    NOT_TAKEN,
    client,
    code_of,
    retry_after,
    status_of,
    words_of,
)
from cairn.models_ai.llm.completion import TOO_LONG, ChatMessage, Completion, whole, with_schema
from cairn.models_ai.llm.tool_use import Manner, tool_schema

_REFUSED: Final = ("content_filtered", "guardrail_intervened", "refusal")
_CUT_OFF: Final = ("max_tokens", "model_context_window_exceeded")


class _ToolUse(BaseModel):
    input: Any = None


class _Block(BaseModel):
    text: str = ""
    toolUse: _ToolUse | None = None


class _Message(BaseModel):
    content: list[_Block]


class _Output(BaseModel):
    message: _Message


class _Usage(BaseModel):
    inputTokens: int = 0
    cacheReadInputTokens: int = 0
    cacheWriteInputTokens: int = 0
    outputTokens: int = 0


class _Answer(BaseModel):
    output: _Output
    stopReason: str | None = None
    usage: _Usage = Field(default_factory=_Usage)

    def completion(self) -> Completion:
        used = self.usage
        return Completion(
            whole(self._text()),
            (used.inputTokens + used.cacheReadInputTokens + used.cacheWriteInputTokens, used.outputTokens),
            refused=self.stopReason in _REFUSED,
            cut_off=self.stopReason in _CUT_OFF,
        )

    def _text(self) -> str:
        blocks = self.output.message.content
        for block in blocks:
            if block.toolUse is not None:
                return json.dumps(block.toolUse.input, ensure_ascii=False)
        return "".join(block.text for block in blocks).strip()


class BedrockEndpoint:
    """Asks for one message at a time; a schema is that of a tool which the model has to use."""

    def __init__(self, *, model: str, region: str | None, timeout: float, max_tokens: int) -> None:
        """Nothing is connected before the first question.

        Args:
            model: id of a model or an inference profile, or its ARN.
            region: where Bedrock is asked; None is the function's own.
            timeout: longest wait for one answer, in seconds.
            max_tokens: longest answer; Bedrock takes so many off the quota before it answers.
        """
        self._model = model
        self._region = region
        self._timeout = timeout
        self._max_tokens = max_tokens
        self._manner = Manner()

    def complete(
        self, messages: Sequence[ChatMessage], *, name: str, schema: Mapping[str, Any] | None = None
    ) -> Completion:
        """The model's next message; as in Endpoint."""
        manner = self._manner
        while True:  # at most three times: there are one temperature and one tool to give up
            try:
                answer = self._client.converse(**self._request(messages, name, schema, manner))
            except FOREIGN_ERRORS as exc:
                refused = code_of(exc) == NOT_TAKEN
                simpler = manner.simpler(words_of(exc), has_schema=schema is not None) if refused else None
                if simpler is None:
                    # Not `from exc`: its words may hold what people said, and tracebacks are logged.
                    raise _error(exc) from None
                manner = simpler
            else:
                completion, self._manner = _completion(answer), manner
                return completion

    def close(self) -> None:
        """Closes the connections to the endpoint."""
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> Any:
        return client(region=self._region, timeout=self._timeout, tries=1)

    def _request(
        self, messages: Sequence[ChatMessage], name: str, schema: Mapping[str, Any] | None, manner: Manner
    ) -> dict[str, Any]:
        said = messages if schema is None or manner.tool else with_schema(messages, schema)
        limits: dict[str, Any] = {"maxTokens": self._max_tokens}
        request: dict[str, Any] = {
            "modelId": self._model,
            "system": [{"text": m["content"]} for m in said if m["role"] == "system"],
            "messages": [
                {"role": m["role"], "content": [{"text": m["content"]}]} for m in said if m["role"] != "system"
            ],
            "inferenceConfig": limits | ({"temperature": 0} if manner.temperature else {}),
        }
        if schema is not None and manner.tool:
            tool = {"name": name, "inputSchema": {"json": tool_schema(schema)}}
            request["toolConfig"] = {"tools": [{"toolSpec": tool}], "toolChoice": {"tool": {"name": name}}}
        return request


def _completion(answer: Any) -> Completion:
    try:
        return _Answer.model_validate(answer).completion()
    except (ValidationError, RecursionError):
        raise ModelUnavailable(
            "Bedrock answered something that is no message: check CAIRN_LLM_MODEL and CAIRN_BEDROCK_REGION."
        ) from None


def _error(exc: Exception) -> ModelError:
    """The error of ours that one of Bedrock or botocore means."""
    code = code_of(exc)
    if code == NOT_TAKEN and TOO_LONG.search(words_of(exc)):
        return AnswerUnusable("The question is too long for the model.")
    if isinstance(exc, ReadTimeoutError | ConnectTimeoutError):
        return ModelUnavailable("Bedrock did not answer in time (CAIRN_LLM_TIMEOUT_SECONDS).")
    if code in NO_ACCESS or isinstance(exc, NoCredentialsError):
        said = "Bedrock does not let this role use the model: check CAIRN_LLM_MODEL and the role's policy"
    elif code == NO_MODEL or isinstance(exc, NoRegionError):
        said = "Bedrock does not know the model: check CAIRN_LLM_MODEL and CAIRN_BEDROCK_REGION"
    elif status := status_of(exc):
        said = f"Bedrock answered {status}"
    else:
        said = "The connection to Bedrock failed: check CAIRN_BEDROCK_REGION"
    # A code is one of the service's own few words, which nobody else's text looks like.
    return ModelUnavailable(
        f"{said} ({code})." if re.fullmatch(r"[A-Za-z]{1,60}", code) else f"{said}.", retry_after(exc)
    )
