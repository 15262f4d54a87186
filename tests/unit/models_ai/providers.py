"""The model endpoints that there are adapters for, and how a test comes by each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cairn.models_ai.llm.anthropic import AnthropicEndpoint
from cairn.models_ai.llm.bedrock import BedrockEndpoint
from cairn.models_ai.llm.completion import Endpoint
from cairn.models_ai.llm.openai import OpenAiEndpoint
from tests.dialects import Anthropic, Bedrock, Dialect, OpenAi
from tests.scripted_llm import ScriptedLlm
from tests.unit.models_ai.questions import KEY


@dataclass(frozen=True)
class Provider:
    """One adapter. `address` and `access` are the settings that its errors name."""

    name: str
    dialect: Dialect
    connect: Callable[..., Endpoint]
    address: str
    access: str


def _openai(server: ScriptedLlm, **options: Any) -> OpenAiEndpoint:
    return OpenAiEndpoint(**{"model": "m", "api_key": KEY, "base_url": server.base_url, "timeout": 10} | options)


def _anthropic(server: ScriptedLlm, **options: Any) -> AnthropicEndpoint:
    given = {"model": "m", "api_key": KEY, "base_url": server.root, "timeout": 10, "max_tokens": 1_000}
    return AnthropicEndpoint(**given | options)


def _bedrock(server: ScriptedLlm, **options: Any) -> BedrockEndpoint:
    return BedrockEndpoint(**{"model": "m", "region": "eu-west-1", "timeout": 10, "max_tokens": 1_000} | options)


OPENAI = Provider("openai", OpenAi(), _openai, "OPENAI_BASE_URL", "OPENAI_API_KEY")
ANTHROPIC = Provider("anthropic", Anthropic(), _anthropic, "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY")
BEDROCK = Provider("bedrock", Bedrock(), _bedrock, "CAIRN_BEDROCK_REGION", "role")
PROVIDERS = (OPENAI, ANTHROPIC, BEDROCK)
