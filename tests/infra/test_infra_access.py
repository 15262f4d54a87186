import json
from collections.abc import Iterator
from typing import Any

from infra_cdk.functions import functions
from tests.infra.conftest import ALL
from tests.infra.templates import Synthesized

ON_EVERYTHING = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
}
"""Actions that their services can narrow to no resource."""


def _statements(environment: Synthesized) -> Iterator[tuple[str, dict[str, Any]]]:
    for stack in environment.paths():
        for name, resource in environment.resources(stack).items():
            properties = resource.get("Properties", {})
            inline = [p["PolicyDocument"] for p in properties.get("Policies", []) if isinstance(p, dict)]
            if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
                inline.append(properties["PolicyDocument"])
            for document in inline:
                yield from ((name, statement) for statement in document["Statement"])


def allowed(environment: Synthesized, function: str, action: str) -> list[Any]:
    """What the role of a function may do that to."""
    return [
        resource
        for role, statement in _statements(environment)
        if role.startswith(f"{function.replace('_', '')}Role") and action in _list(statement["Action"])
        for resource in _list(statement["Resource"])
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_no_role_may_do_anything_by_wildcard(synthesized: dict[str, Synthesized]):
    checked = 0
    for name, environment in synthesized.items():
        for role, statement in _statements(environment):
            checked += 1
            assert "NotAction" not in statement
            assert not [a for a in _list(statement["Action"]) if "*" in a], (name, role, statement)
    assert checked > 100


def test_only_what_has_to_is_allowed_on_everything(synthesized: dict[str, Synthesized]):
    for name, environment in synthesized.items():
        for role, statement in _statements(environment):
            if any(isinstance(r, str) and "*" in r for r in _list(statement["Resource"])):
                assert set(_list(statement["Action"])) <= ON_EVERYTHING, (name, role, statement)


def test_only_migrate_reads_the_owners_secret(synthesized: dict[str, Synthesized]):
    for environment in synthesized.values():
        readers = {
            role
            for role, statement in _statements(environment)
            if "secretsmanager:GetSecretValue" in _list(statement["Action"])
            and any(mark in json.dumps(statement["Resource"]) for mark in ("ClusterSecret", "owner-abcdef"))
        }
        assert len(readers) == 1
        assert "migrate" in readers.pop()


def test_search_can_write_nowhere(synthesized: dict[str, Synthesized]):
    for environment in synthesized.values():
        allowed = {
            action
            for role, statement in _statements(environment)
            if role.startswith("searchRole")
            for action in _list(statement["Action"])
        }
        own = {"logs:CreateLogStream", "logs:PutLogEvents"} | ON_EVERYTHING
        reads = {"secretsmanager:GetSecretValue", "kms:Decrypt", "sqs:GetQueueAttributes", "bedrock:InvokeModel"}
        assert allowed - own <= reads


def test_no_function_is_told_an_owners_secret_but_migrate(synthesized: dict[str, Synthesized]):
    for name, environment in synthesized.items():
        for spec in functions(ALL[name]):
            told = environment.variables(spec.name)
            assert ("CAIRN_OWNER_DATABASE_SECRET_ARN" in told) is (spec.name == "migrate")
            assert not [v for v in told if "PASSWORD" in v or v in ("OPENAI_API_KEY", "CAIRN_DATABASE_URL")]


def test_no_key_policy_names_a_function(deployed: Synthesized):
    (key,) = deployed.properties("Stateful", "AWS::KMS::Key")
    assert "lambda" not in json.dumps(key["KeyPolicy"]).lower()
    assert not deployed.resources("Stateful", "AWS::SecretsManager::ResourcePolicy")
