"""Each environment is synthesised once per test run, with every rule and without assets."""

import dataclasses
import time
from pathlib import Path

import pytest

from infra_cdk.environments import ENVIRONMENTS, STAGING, Environment, emulator
from tests.infra.templates import Synthesized

SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret"

EVERYTHING = dataclasses.replace(
    STAGING,
    name="everything",
    database_proxy=True,
    openai_secret_arn=f"{SECRET}:openai-abcdef",
    openai_base_url="https://models.example.com:8443/v1",
    llm_model="a-model",
    embedder="multilingual",
    neo4j_secret_arn=f"{SECRET}:neo4j-abcdef",
    secrets_key_arn="arn:aws:kms:us-east-1:000000000000:key/0",
    domain_name="memory.example.com",
    certificate_arn="arn:aws:acm:us-east-1:000000000000:certificate/0",
    alarm_email="team@example.com",
)
"""Every setting that an environment may do without."""

BEDROCK = dataclasses.replace(
    STAGING,
    name="bedrock",
    nat_gateways=0,
    embedder="bedrock",
    embedding_model="amazon.titan-embed-text-v2:0",
    embedding_dimensions=512,
    embedding_price=0.02,
    llm="bedrock",
    llm_model="eu.amazon.nova-lite-v1:0",
    bedrock_model_arns=(
        "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
        "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
    ),
)
"""All models of Bedrock, and no way out of the network."""

ELSEWHERE = dataclasses.replace(
    STAGING,
    name="elsewhere",
    embedder="openai",
    embedding_model="text-embedding-3-large",
    embedding_base_url="https://embeddings.example.com:9443/v1",
    embedding_secret_arn=f"{SECRET}:embedding-abcdef",
    llm="anthropic",
    llm_model="claude-haiku",
    anthropic_secret_arn=f"{SECRET}:anthropic-abcdef",
    secrets_key_arn="arn:aws:kms:us-east-1:000000000000:key/0",
)
"""All models behind keys and outside of AWS."""

CHANGING = dataclasses.replace(
    STAGING,
    name="changing",
    next_embedder="openai",
    next_embedding_model="nomic-embed-text",
    next_embedding_dimensions=256,
    next_embedding_base_url="https://embeddings.example.com:9443/v1",
    next_embedding_secret_arn=f"{SECRET}:embedding-abcdef",
    next_embedding_price=0.1,
    secrets_key_arn="arn:aws:kms:us-east-1:000000000000:key/0",
)
"""From the bundled embedder to an endpoint."""

CHANGING_BACK = dataclasses.replace(
    BEDROCK, name="changing-back", next_embedder="minilm", llm="openai", llm_model=None, bedrock_model_arns=()
)
"""From Bedrock to the bundled embedder, without a way out of the network."""

CHANGING_MODEL = dataclasses.replace(
    BEDROCK,
    name="changing-model",
    next_embedder="bedrock",
    next_embedding_model="eu.cohere.embed-v4:0",
    llm="openai",
    llm_model=None,
    bedrock_model_arns=("arn:aws:bedrock:eu-west-1::foundation-model/cohere.embed-v4:0",),
)
"""From one model of Bedrock to an inference profile of another."""

EMULATOR = emulator(
    owner_secret_arn=f"{SECRET}:owner-abcdef",
    app_secret_arn=f"{SECRET}:app-abcdef",
    neo4j_secret_arn=f"{SECRET}:neo4j-abcdef",
    resources_dir="/srv/layers",
)

ALL: dict[str, Environment] = {**ENVIRONMENTS, "everything": EVERYTHING, "emulator": EMULATOR}
ALL |= {"bedrock": BEDROCK, "elsewhere": ELSEWHERE}
ALL |= {environment.name: environment for environment in (CHANGING, CHANGING_BACK, CHANGING_MODEL)}
DEPLOYED = sorted(ENVIRONMENTS)


@pytest.fixture(scope="session")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Synthesized]:
    from infra_cdk.app import build_app

    found: dict[str, Synthesized] = {}
    for name, environment in ALL.items():
        directory = tmp_path_factory.mktemp(f"cdk-{name}")
        started = time.monotonic()
        build_app(environment, outdir=str(directory), bundle=False).synth()
        found[name] = Synthesized(Path(directory), time.monotonic() - started)
    return found


@pytest.fixture(params=DEPLOYED)
def deployed(request: pytest.FixtureRequest, synthesized: dict[str, Synthesized]) -> Synthesized:
    return synthesized[request.param]


@pytest.fixture
def prod(synthesized: dict[str, Synthesized]) -> Synthesized:
    return synthesized["prod"]


@pytest.fixture
def dev(synthesized: dict[str, Synthesized]) -> Synthesized:
    return synthesized["dev"]


@pytest.fixture
def bedrock(synthesized: dict[str, Synthesized]) -> Synthesized:
    return synthesized["bedrock"]


@pytest.fixture
def elsewhere(synthesized: dict[str, Synthesized]) -> Synthesized:
    return synthesized["elsewhere"]


@pytest.fixture
def everything(synthesized: dict[str, Synthesized]) -> Synthesized:
    return synthesized["everything"]
