"""While the embedding model changes, who embeds has both models: layers, variables, grants and the way there."""

import dataclasses
import json

import pytest

from infra_cdk.environments import PROD, Environment, emulator
from infra_cdk.functions import functions
from tests.infra.conftest import ALL
from tests.infra.templates import Synthesized
from tests.infra.test_infra_access import allowed
from tests.infra.test_infra_models import ASKS, EMBEDS, variables
from tests.infra.test_infra_models import functions as may

EMBEDDERS = ("CAIRN_EMBED", "CAIRN_NEXT_", "CAIRN_BEDROCK_")


@pytest.fixture
def changing(synthesized: dict[str, Synthesized]) -> Synthesized:
    return synthesized["changing"]


@pytest.fixture
def back(synthesized: dict[str, Synthesized]) -> Synthesized:
    return synthesized["changing-back"]


def layers(found: Synthesized, name: str) -> set[str]:
    carried = json.dumps(found.function(name)["Layers"])
    known = ("embedder", "multilingual", "numpy", "outside")
    return {layer for layer in known if f"Layers{layer}" in carried}


@pytest.mark.parametrize("name", sorted(EMBEDS))
def test_who_embeds_is_told_of_both(synthesized: dict[str, Synthesized], name: str):
    assert variables(synthesized["changing"], name, *EMBEDDERS) == {
        "CAIRN_EMBEDDER": "minilm",
        "CAIRN_EMBEDDER_DIR": "/opt/embedder",
        "CAIRN_NEXT_EMBEDDER": "openai",
        "CAIRN_NEXT_EMBEDDING_MODEL": "nomic-embed-text",
        "CAIRN_NEXT_EMBEDDING_DIMENSIONS": "256",
        "CAIRN_NEXT_EMBEDDING_BASE_URL": "https://embeddings.example.com:9443/v1",
        "CAIRN_NEXT_EMBEDDING_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:embedding-abcdef",
        "CAIRN_NEXT_EMBEDDING_PRICE": "0.1",
    }
    first = {
        "CAIRN_EMBEDDER": "bedrock",
        "CAIRN_EMBEDDING_MODEL": "amazon.titan-embed-text-v2:0",
        "CAIRN_EMBEDDING_DIMENSIONS": "512",
        "CAIRN_EMBEDDING_PRICE": "0.02",
    }
    following = {"CAIRN_NEXT_EMBEDDER": "minilm", "CAIRN_EMBEDDER_DIR": "/opt/embedder"}
    assert variables(synthesized["changing-back"], name, *EMBEDDERS) == first | following
    following = {
        "CAIRN_NEXT_EMBEDDER": "bedrock",
        "CAIRN_NEXT_EMBEDDING_MODEL": "eu.cohere.embed-v4:0",
        "CAIRN_NEXT_EMBEDDING_DIMENSIONS": "512",
        "CAIRN_NEXT_EMBEDDING_PRICE": "0.02",
    }
    assert variables(synthesized["changing-model"], name, *EMBEDDERS) == first | following


def test_nobody_else_is_told_of_the_next_one(changing: Synthesized):
    told = {s.name for s in functions(ALL["changing"]) if variables(changing, s.name, "CAIRN_NEXT_")}
    assert told == EMBEDS


def test_who_embeds_may_use_both(synthesized: dict[str, Synthesized]):
    changing, back, model = (synthesized[name] for name in ("changing", "changing-back", "changing-model"))
    assert may(changing, "secretsmanager:GetSecretValue", "embedding-abcdef") == EMBEDS
    assert may(changing, "kms:Decrypt", "key/0") == EMBEDS
    assert may(changing, "bedrock:InvokeModel") == set()
    assert may(back, "bedrock:InvokeModel", "titan") == EMBEDS
    for mark in ("amazon.titan-embed-text-v2:0", "inference-profile/eu.cohere.embed-v4:0", "/cohere.embed-v4:0"):
        assert may(model, "bedrock:InvokeModel", mark) == EMBEDS
    for name in EMBEDS - ASKS:
        assert len(allowed(model, name, "bedrock:InvokeModel")) == 3


def test_who_embeds_carries_what_both_need(changing: Synthesized, back: Synthesized):
    for name in EMBEDS:
        assert layers(changing, name) == {"embedder", "outside"}, name
        assert layers(back, name) == {"embedder"}, name  # numpy is in it
    assert layers(changing, "authorize") == layers(back, "authorize") == set()


def test_who_embeds_has_a_way_to_both(synthesized: dict[str, Synthesized]):
    changing = synthesized["changing"]
    for name in EMBEDS:
        assert "Egress" in json.dumps(changing.function(name)["VpcConfig"]["SubnetIds"]), name
    out = [
        rule["FromPort"]
        for group in changing.properties("Stateful", "AWS::EC2::SecurityGroup")
        for rule in group.get("SecurityGroupEgress", [])
        if rule.get("CidrIp") == "0.0.0.0/0"
    ]
    assert sorted(out) == [443, 9443]
    for name in ("changing-back", "changing-model"):
        found = synthesized[name]
        assert "bedrock-runtime" in json.dumps(found.properties("Stateful", "AWS::EC2::VPCEndpoint"))
        for spec in EMBEDS:
            assert "Isolated" in json.dumps(found.function(spec)["VpcConfig"]["SubnetIds"]), spec


NEXT = {"next_embedder": "openai", "next_embedding_secret_arn": "arn"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"nat_gateways": 0, **NEXT}, "NAT gateway"),
        ({"next_embedder": "openai"}, "next_embedding_secret_arn, or next_embedding_base_url"),
        ({"next_embedder": "bedrock"}, "next_embedding_model"),
        ({"next_embedder": "bedrock", "next_embedding_model": "eu.cohere.embed-v4:0"}, "bedrock_model_arns"),
        ({"next_embedding_model": "nomic-embed-text"}, "next_embedder"),
        ({"embedder": "minilm", "next_embedder": "multilingual"}, "250 MB"),
        ({"embedder": "multilingual", "next_embedder": "minilm"}, "250 MB"),
    ],
)
def test_a_next_embedder_that_cannot_work_is_refused(changes: dict[str, object], reason: str):
    with pytest.raises(ValueError, match=reason):
        dataclasses.replace(PROD, **changes)


def test_both_bundled_models_are_possible_where_nothing_is_packed_into_layers():
    made = emulator(owner_secret_arn="a", app_secret_arn="a", resources_dir="/")
    assert dataclasses.replace(made, next_embedder="multilingual").next_embedder == "multilingual"


@pytest.mark.parametrize(
    ("changes", "ports"),
    [
        (NEXT, {443}),
        (NEXT | {"next_embedding_base_url": "http://e:7997/v1"}, {7997}),
        (NEXT | {"embedder": "openai", "embedding_base_url": "http://e:8080/v1"}, {8080}),
        (
            NEXT
            | {"embedder": "openai", "embedding_base_url": "http://e:8080/v1"}
            | {"next_embedding_base_url": "http://e"},
            {80, 8080},
        ),
    ],
)
def test_the_next_endpoint_is_reached_at_its_own_port(changes: dict[str, object], ports: set[int]):
    """What is not given of it is as that of the first, which is how the functions read it."""
    assert dataclasses.replace(PROD, **changes).model_ports == ports


def test_without_a_next_embedder_nothing_is_said_of_one(synthesized: dict[str, Synthesized]):
    def of_one(environment: Environment) -> bool:
        return environment.next_embedder is None

    for name in [name for name, environment in ALL.items() if of_one(environment)]:
        assert "CAIRN_NEXT_" not in json.dumps(synthesized[name].template("Stateless")), name
