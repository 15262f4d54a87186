"""The protocols that the scripted model endpoint speaks: each request and reply is put from one into the other.

Scripts are written in OpenAI's, so that the same ones try every adapter.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from tests.scripted_replies import Reply


class Dialect(Protocol):
    def path(self, model: str) -> str:
        """Where a question is put."""
        ...

    def asked(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body of a request, with its messages as OpenAI has them."""
        ...

    def answered(self, reply: Reply) -> Reply:
        """The reply as this endpoint would word it."""
        ...


class OpenAi:
    def path(self, model: str) -> str:
        return "/v1/chat/completions"

    def asked(self, body: dict[str, Any]) -> dict[str, Any]:
        return body

    def answered(self, reply: Reply) -> Reply:
        return reply


class Anthropic:
    def path(self, model: str) -> str:
        return "/v1/messages"

    def asked(self, body: dict[str, Any]) -> dict[str, Any]:
        system = {"role": "system", "content": body["system"]}
        return body | {"messages": [system, *body["messages"]]}

    def answered(self, reply: Reply) -> Reply:
        found = _parsed(reply)
        if _is_completion(found):
            return _reworded(reply, _message(found))
        if reply.status_code != 200:
            return _reworded(reply, {"type": "error", "error": _fault(found, "api_error", _ANTHROPIC_CODES, reply)})
        return reply


class Bedrock:
    def path(self, model: str) -> str:
        return f"/model/{model}/converse"

    def asked(self, body: dict[str, Any]) -> dict[str, Any]:
        said = [*({"role": "system"} | block for block in body["system"]), *map(_flat, body["messages"])]
        messages = [{"role": m["role"], "content": m["text"]} for m in said]
        given = {"model": "m"} | body["inferenceConfig"]
        return body | given | {"messages": messages}

    def answered(self, reply: Reply) -> Reply:
        found = _parsed(reply)
        if _is_completion(found):
            return _reworded(reply, _converse(found))
        if reply.status_code != 200:
            fault = _fault(found, "", _BEDROCK_CODES, reply)
            status = {413: 400, 422: 400}.get(reply.status_code, reply.status_code)
            headers = {"x-amzn-errortype": fault["type"]} if fault["type"] else {}
            said = _reworded(reply, {"message": fault["message"]})
            return replace(said, status_code=status, headers=said.headers | headers)
        return reply


_ANTHROPIC_CODES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_BEDROCK_CODES = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    413: "ValidationException",
    422: "ValidationException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}
_TOO_LONG = "Input is too long for requested model."


def _is_completion(found: Mapping[str, Any]) -> bool:
    """Whether it is one as scripts make them, and not one that is wrong on purpose."""
    choices = found.get("choices")
    return choices == [] or (isinstance(choices, list) and "finish_reason" in choices[0])


def _fault(found: Mapping[str, Any], otherwise: str, codes: Mapping[int, str], reply: Reply) -> dict[str, str]:
    words = found.get("error", {}).get("message", "")
    too_long = reply.status_code == 413 or found.get("error", {}).get("code") == "context_length_exceeded"
    return {"type": codes.get(reply.status_code, otherwise), "message": _TOO_LONG if too_long else words}


def _message(completion: dict[str, Any]) -> dict[str, Any]:
    reasons = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal", "refused": "refusal"}
    blocks, reason = _blocks(completion)
    content = [
        {"type": "tool_use", "id": "t", "name": "extract", **b} if "input" in b else {"type": "text", **b}
        for b in blocks
    ]
    counts = completion.get("usage") or {}
    usage = {"input_tokens": counts.get("prompt_tokens"), "output_tokens": counts.get("completion_tokens")}
    return {
        "id": "scripted",
        "type": "message",
        "role": "assistant",
        "model": "scripted",
        "content": content,
        "stop_reason": reasons.get(reason, reason),
        "usage": usage,
    }


def _converse(completion: dict[str, Any]) -> dict[str, Any]:
    reasons = {"stop": "end_turn", "length": "max_tokens", "content_filter": "content_filtered"}
    reasons["refused"] = "guardrail_intervened"
    blocks, reason = _blocks(completion)
    content = [{"toolUse": {"toolUseId": "t", "name": "extract", **b}} if "input" in b else b for b in blocks]
    counts = {name: n or 0 for name, n in (completion.get("usage") or {}).items()}
    usage = {"inputTokens": counts.get("prompt_tokens", 0), "outputTokens": counts.get("completion_tokens", 0)}
    answer: dict[str, Any] = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": reasons.get(reason, reason),
        "metrics": {"latencyMs": 1},
    }
    return answer | ({"usage": usage | {"totalTokens": sum(usage.values())}} if counts else {})


def _blocks(completion: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """What the model wrote, an object as the input of the tool, and why it stopped."""
    if not completion["choices"]:
        return [], "stop"
    choice = completion["choices"][0]
    text = choice["message"]["content"]
    reason = "refused" if choice["message"].get("refusal") else choice["finish_reason"]
    if not text:
        return [], reason
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    return [{"input": found} if isinstance(found, dict) else {"text": text}], reason


def _flat(message: dict[str, Any]) -> dict[str, Any]:
    (block,) = message["content"]
    return {"role": message["role"], "text": block["text"]}


def _parsed(reply: Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _reworded(reply: Reply, body: dict[str, Any]) -> Reply:
    return replace(reply, body=json.dumps(body).encode())
