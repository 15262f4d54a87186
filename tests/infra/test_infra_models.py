"""Models that are asked over the network: who may, by which way, and with which key."""

import json
from typing import Any

import pytest

from cairn.kernel.settings import EmbedderSettings
from infra_cdk.functions import functions as specs
from tests.infra.conftest import ALL
from tests.infra.templates import Synthesized
from tests.infra.test_infra_access import allowed

EMBEDS = {"add_memory", "search", "consolidate", "ingest", "maintain"}
ASKS = {"add_memory", "consolidate"}
TITAN = {
    "Fn::Join": [
        "",
        [
            "arn:",
            {"Ref": "AWS::Partition"},
            ":bedrock:",
            {"Ref": "AWS::Region"},
            "::foundation-model/amazon.titan-embed-text-v2:0",
        ],
    ]
}
NOVA_PROFILE = {
    "Fn::Join": [
        "",
        [
            "arn:",
            {"Ref": "AWS::Partition"},
            ":bedrock:",
            {"Ref": "AWS::Region"},
            ":",
            {"Ref": "AWS::AccountId"},
            ":inference-profile/eu.amazon.nova-lite-v1:0",
        ],
    ]
}


def functions(found: Synthesized, action: str, mark: str = "") -> set[str]:
    """The functions whose role may do that to something with this mark in its ARN."""
    return {
        name
        for name in (*EMBEDS, "authorize", "migrate")
        for resource in allowed(found, name, action)
        if mark in json.dumps(resource)
    }


def test_who_reads_the_settings_of_an_embedder_embeds():
    found = {spec.name for spec in specs(ALL["everything"]) if issubclass(spec.settings, EmbedderSettings)}
    assert found == {spec.name for spec in specs(ALL["everything"]) if spec.embeds} == EMBEDS


def test_who_embeds_may_invoke_exactly_the_embedding_model(bedrock: Synthesized):
    assert functions(bedrock, "bedrock:InvokeModel", "titan") == EMBEDS
    for name in EMBEDS - ASKS:
        assert allowed(bedrock, name, "bedrock:InvokeModel") == [TITAN]


def test_who_asks_a_model_may_invoke_its_profile_and_the_models_behind_it_and_no_other(bedrock: Synthesized):
    assert functions(bedrock, "bedrock:InvokeModel", "nova") == ASKS
    for name in ASKS:
        nova = [f"arn:aws:bedrock:{r}::foundation-model/amazon.nova-lite-v1:0" for r in ("eu-west-1", "eu-central-1")]
        found = allowed(bedrock, name, "bedrock:InvokeModel")
        assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, [TITAN, NOVA_PROFILE, *nova]))


@pytest.mark.parametrize("name", ["prod", "everything", "elsewhere"])
def test_where_nothing_is_of_bedrock_nobody_may_ask_it(synthesized: dict[str, Synthesized], name: str):
    assert functions(synthesized[name], "bedrock:InvokeModel") == set()
    assert "bedrock" not in json.dumps(synthesized[name].template("Stateful")).lower()


def test_bedrock_is_reached_without_a_way_out_of_the_network(bedrock: Synthesized):
    assert not bedrock.resources("Stateful", "AWS::EC2::NatGateway")
    endpoints = bedrock.properties("Stateful", "AWS::EC2::VPCEndpoint")
    (endpoint,) = [e for e in endpoints if "bedrock-runtime" in json.dumps(e)]
    assert endpoint["ServiceName"] == {"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".bedrock-runtime"]]}
    assert endpoint["VpcEndpointType"] == "Interface"
    assert endpoint["PrivateDnsEnabled"] is True
    assert len(endpoint["SubnetIds"]) == 2
    for name in EMBEDS:
        assert "Isolated" in json.dumps(bedrock.function(name)["VpcConfig"]["SubnetIds"]), name


def variables(found: Synthesized, name: str, *marks: str) -> dict[str, Any]:
    return {key: value for key, value in found.variables(name).items() if any(mark in key for mark in marks)}


@pytest.mark.parametrize("name", sorted(EMBEDS))
def test_who_embeds_is_told_of_the_model(bedrock: Synthesized, elsewhere: Synthesized, name: str):
    assert variables(bedrock, name, "EMBED") == {
        "CAIRN_EMBEDDER": "bedrock",
        "CAIRN_EMBEDDING_MODEL": "amazon.titan-embed-text-v2:0",
        "CAIRN_EMBEDDING_DIMENSIONS": "512",
        "CAIRN_EMBEDDING_PRICE": "0.02",
    }
    told = variables(elsewhere, name, "EMBED")
    assert told == {
        "CAIRN_EMBEDDER": "openai",
        "CAIRN_EMBEDDING_MODEL": "text-embedding-3-large",
        "CAIRN_EMBEDDING_BASE_URL": "https://embeddings.example.com:9443/v1",
        "CAIRN_EMBEDDING_SECRET_ARN": told["CAIRN_EMBEDDING_SECRET_ARN"],
        "CAIRN_EMBEDDING_PRICE": "0",
    }
    assert "embedding-abcdef" in told["CAIRN_EMBEDDING_SECRET_ARN"]


@pytest.mark.parametrize("name", sorted(ASKS))
def test_who_asks_is_told_of_the_model(bedrock: Synthesized, elsewhere: Synthesized, name: str):
    told = {"CAIRN_LLM": "bedrock", "CAIRN_LLM_MODEL": "eu.amazon.nova-lite-v1:0"}
    assert told.items() <= bedrock.variables(name).items()
    told = {"CAIRN_LLM": "anthropic", "CAIRN_LLM_MODEL": "claude-haiku"}
    assert told.items() <= elsewhere.variables(name).items()
    assert "anthropic-abcdef" in elsewhere.variables(name)["CAIRN_ANTHROPIC_SECRET_ARN"]


def test_each_key_is_read_by_who_needs_it(elsewhere: Synthesized):
    assert functions(elsewhere, "secretsmanager:GetSecretValue", "embedding-abcdef") == EMBEDS
    assert functions(elsewhere, "secretsmanager:GetSecretValue", "anthropic-abcdef") == ASKS
    assert functions(elsewhere, "kms:Decrypt", "key/0") == EMBEDS


def test_who_calls_what_is_outside_carries_its_client_and_has_a_way_out(elsewhere: Synthesized):
    for name in EMBEDS:
        function = elsewhere.function(name)
        assert "Egress" in json.dumps(function["VpcConfig"]["SubnetIds"]), name
        assert "Layersoutside" in json.dumps(function["Layers"]), name
    egress = [
        rule
        for group in elsewhere.properties("Stateful", "AWS::EC2::SecurityGroup")
        for rule in group.get("SecurityGroupEgress", [])
        if rule.get("CidrIp") == "0.0.0.0/0"
    ]
    assert {rule["FromPort"] for rule in egress} == {443, 9443}


@pytest.mark.parametrize("name", ["bedrock", "elsewhere"])
def test_without_a_bundled_model_only_search_carries_numpy(synthesized: dict[str, Synthesized], name: str):
    layers = {spec: json.dumps(synthesized[name].function(spec)["Layers"]) for spec in EMBEDS}
    assert {spec for spec, found in layers.items() if "Layersnumpy" in found} == {"search"}
    assert not [spec for spec, found in layers.items() if "Layersembedder" in found or "Layersmultilingual" in found]


def test_nobody_carries_a_client_that_only_others_need(bedrock: Synthesized):
    assert "Layersoutside" not in json.dumps(bedrock.template("Stateless"))
