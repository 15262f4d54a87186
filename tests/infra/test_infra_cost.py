"""What the cost calculator takes an environment to be is what its templates say."""

from typing import Any

import pytest

from tests.infra.conftest import DEPLOYED
from tests.infra.templates import Synthesized
from tools.cost.estimate import SIZES, Assumed, with_bedrock


def _count(found: Synthesized, stack: str, kind: str) -> int:
    return len(found.resources(stack, kind))


def _scaling(found: Synthesized) -> dict[str, Any]:
    (cluster,) = found.properties("Stateful", "AWS::RDS::DBCluster")
    return cluster["ServerlessV2ScalingConfiguration"]


def _functions(found: Synthesized) -> list[dict[str, Any]]:
    return found.properties("Stateless", "AWS::Lambda::Function")


def test_every_environment_has_a_size():
    assert sorted(SIZES) == DEPLOYED


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_network_is_the_one_that_is_paid_for(synthesized: dict[str, Synthesized], name: str):
    found, size = synthesized[name], SIZES[name]
    assert _count(found, "Stateful", "AWS::EC2::NatGateway") == size.nat_gateways
    endpoints = found.properties("Stateful", "AWS::EC2::VPCEndpoint")
    assert sum(len(e["SubnetIds"]) for e in endpoints if e["VpcEndpointType"] == "Interface") == size.endpoints


def test_an_environment_that_asks_bedrock_has_one_endpoint_more(synthesized: dict[str, Synthesized]):
    endpoints = synthesized["bedrock"].properties("Stateful", "AWS::EC2::VPCEndpoint")
    private = sum(len(e["SubnetIds"]) for e in endpoints if e["VpcEndpointType"] == "Interface")
    assert private == with_bedrock(SIZES["staging"]).endpoints == SIZES["staging"].endpoints + 2


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_database_is_the_one_that_is_paid_for(synthesized: dict[str, Synthesized], name: str):
    found, size = synthesized[name], SIZES[name]
    assert _scaling(found)["MinCapacity"] == size.min_acu
    assert _scaling(found).get("SecondsUntilAutoPause", 0) == size.pause_minutes * 60
    assert _count(found, "Stateful", "AWS::RDS::DBInstance") == size.instances
    assert bool(found.resources("Stateful", "AWS::RDS::DBProxy")) == size.proxy
    assert _count(found, "Stateful", "AWS::SecretsManager::Secret") == size.secrets


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_functions_are_those_that_are_paid_for(synthesized: dict[str, Synthesized], name: str):
    found, size, assumed = synthesized[name], SIZES[name], Assumed()
    assert sum("SnapStart" in function for function in _functions(found)) == size.snap_started
    sizes = {"search": assumed.http_gb, "consolidate": assumed.consolidate_gb, "maintain": assumed.small_gb}
    assert {n: found.function(n)["MemorySize"] / 1024 for n in sizes} == sizes
    every = "1 hour" if size.maintain_minutes == 60 else f"{size.maintain_minutes} minute"
    schedules = [rule.get("ScheduleExpression") for rule in found.properties("Stateless", "AWS::Events::Rule")]
    assert f"rate({every})" in schedules


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_alarms_are_those_that_are_paid_for(synthesized: dict[str, Synthesized], name: str):
    stacks = ("Stateless", "Observability")
    alarms = sum(_count(synthesized[name], stack, "AWS::CloudWatch::Alarm") for stack in stacks)
    assert alarms == SIZES[name].alarms
