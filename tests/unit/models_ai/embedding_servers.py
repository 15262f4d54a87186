"""Embedding endpoints for tests: what OpenAI's protocol and the models of Bedrock answer, over scripted servers."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cairn.models_ai.embed.bedrock import BedrockEmbedder
from cairn.models_ai.embed.endpoint import EndpointEmbedder
from cairn.models_ai.embed.openai import OpenAiEmbedder
from tests.scripted_llm import ChatRequest, Reply, ScriptedLlm

TITAN = "amazon.titan-embed-text-v2:0"
ENGLISH = "cohere.embed-english-v3"
V4 = "cohere.embed-v4:0"


def numbers(text: str, width: int = 4) -> list[float]:
    """Some vector that is another for each text, and not of length 1."""
    return [float(1 + sum(text.encode()) % (7 + n)) for n in range(width)]


def openai_answer(request: ChatRequest) -> Reply:
    rows = [{"index": n, "embedding": numbers(text)} for n, text in enumerate(request.body["input"])]
    return Reply.json({"data": rows, "usage": {"prompt_tokens": 3 * len(rows), "total_tokens": 3 * len(rows)}})


def titan_answer(request: ChatRequest) -> Reply:
    vector = numbers(request.body["inputText"], request.body.get("dimensions", 4))
    return Reply.json({"embedding": vector, "inputTextTokenCount": 3, "embeddingsByType": {"float": vector}})


def cohere_answer(request: ChatRequest) -> Reply:
    texts = request.body["texts"]
    vectors = [numbers(text, request.body.get("output_dimension", 4)) for text in texts]
    headers = {"X-Amzn-Bedrock-Input-Token-Count": str(3 * len(texts))}
    body = {"id": "1", "response_type": "embeddings_by_type", "embeddings": {"float": vectors}, "texts": texts}
    return Reply.json(body, headers=headers)


@dataclass(frozen=True)
class Embedding:
    """One model behind an endpoint: where it is asked, what it answers, the adapter on it."""

    name: str
    path: str
    answer: Callable[[ChatRequest], Reply]
    make: Callable[..., EndpointEmbedder]


def _openai(server: ScriptedLlm, **options: Any) -> OpenAiEmbedder:
    return OpenAiEmbedder(**{"model": "some", "base_url": server.base_url, "timeout": 2} | options)


def bedrock(model: str) -> Callable[..., BedrockEmbedder]:
    def make(_: ScriptedLlm, **options: Any) -> BedrockEmbedder:
        return BedrockEmbedder(**{"model": model, "region": "eu-west-1", "timeout": 2} | options)

    return make


EMBEDDINGS: Sequence[Embedding] = (
    Embedding("openai", "/v1/embeddings", openai_answer, _openai),
    Embedding("titan", f"/model/{TITAN}/invoke", titan_answer, bedrock(TITAN)),
    Embedding("cohere-v3", f"/model/{ENGLISH}/invoke", cohere_answer, bedrock(ENGLISH)),
    Embedding("cohere-v4", f"/model/eu.{V4}/invoke", cohere_answer, bedrock(f"eu.{V4}")),
)


def texts_of(body: dict[str, Any]) -> list[str]:
    """The texts of a request, of whichever model."""
    found = body.get("input") or body.get("texts") or [body["inputText"]]
    return [found] if isinstance(found, str) else found


def fault(status: int, code: str, said: str = "scripted", **headers: str) -> Reply:
    """An error as Bedrock words it."""
    body = json.dumps({"message": said}).encode()
    return Reply(status, body, {"Content-Type": "application/json", "x-amzn-errortype": code} | headers)
