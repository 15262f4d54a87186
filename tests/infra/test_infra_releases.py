"""A release that is broken is taken back: by the check before it has traffic, and by its alarm while it takes it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cairn.platform.release_check import request_of_nobody
from infra_cdk.functions import CHECK_RELEASE, functions
from local.sqs import Sqs
from tests.e2e.deployment import start_emulator
from tests.infra.conftest import ALL
from tests.infra.templates import Resource, Synthesized
from tests.releases import Invoked, Versions, client

GRADUAL = sorted(name for name, environment in ALL.items() if environment.canary)
CHECK = f"functions.{CHECK_RELEASE.name}.handler.lambda_handler"


@pytest.fixture(params=GRADUAL)
def gradual(request: pytest.FixtureRequest, synthesized: dict[str, Synthesized]) -> Synthesized:
    return synthesized[request.param]


def _releases(found: Synthesized) -> dict[str, tuple[Resource, Resource, Resource]]:
    """Of each function that is released: its alias, the deployment group of that, and the hook."""
    resources = found.resources("Stateless")
    releases = {}
    for alias in found.resources("Stateless", "AWS::Lambda::Alias").values():
        update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        hook = resources[update["BeforeAllowTrafficHook"]["Ref"]]
        name = hook["Properties"]["Environment"]["Variables"]["CAIRN_CHECKED_FUNCTION"]
        releases[name] = (alias, resources[update["DeploymentGroupName"]["Ref"]], hook)
    return releases


def _version(alias: Resource) -> str:
    """The logical id of the version that an alias moves to."""
    return alias["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]


def _statements(found: Synthesized, role: Any) -> list[dict[str, Any]]:
    """What the role of this logical id may do."""
    policies = found.properties("Stateless", "AWS::IAM::Policy")
    own = [p["PolicyDocument"]["Statement"] for p in policies if {"Ref": role} in p["Roles"]]
    return [statement for document in own for statement in document]


def _allowed(found: Synthesized, role: Any, action: str) -> list[Any]:
    return [s["Resource"] for s in _statements(found, role) if action in s["Action"]]


def test_every_release_is_checked_before_it_has_traffic_and_taken_back_by_failure_and_by_alarm(gradual: Synthesized):
    released = {s.name for s in functions(ALL["everything"] if _has_graph(gradual) else ALL["prod"])} - {"migrate"}
    releases = _releases(gradual)
    assert set(releases) == released
    for name, (alias, group, hook) in releases.items():
        assert hook["Properties"]["Handler"] == CHECK
        assert hook["Properties"]["Environment"]["Variables"]["CAIRN_CHECKED_VERSION_ARN"] == {"Ref": _version(alias)}
        (alarm,) = group["Properties"]["AlarmConfiguration"]["Alarms"]
        assert gradual.resources("Stateless")[alarm["Name"]["Ref"]]["Type"] == "AWS::CloudWatch::Alarm", name
        assert group["Properties"]["AlarmConfiguration"]["Enabled"] is True
        rollback = group["Properties"]["AutoRollbackConfiguration"]
        assert rollback["Enabled"] is True
        assert {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"} <= set(rollback["Events"])


def _has_graph(found: Synthesized) -> bool:
    return "graph_sync" in _releases(found)


def test_the_hook_may_ask_that_version_and_answer_that_deployment_and_nothing_else(gradual: Synthesized):
    for name, (alias, _, hook) in _releases(gradual).items():
        role = hook["Properties"]["Role"]["Fn::GetAtt"][0]
        statements = _statements(gradual, role)
        assert _allowed(gradual, role, "lambda:InvokeFunction") == [{"Ref": _version(alias)}]
        (answered,) = _allowed(gradual, role, "codedeploy:PutLifecycleEventHookExecutionStatus")
        update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert answered["Fn::Join"][1][-3:] == [update["ApplicationName"], "/", update["DeploymentGroupName"]]
        everywhere = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
        logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
        own = {"lambda:InvokeFunction", "codedeploy:PutLifecycleEventHookExecutionStatus"}
        actions = {a for s in statements for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
        assert actions == everywhere | logs | own, name


def test_nobody_calls_the_hook_but_codedeploy(gradual: Synthesized):
    hooks = {n for n, r in gradual.resources("Stateless").items() if r.get("Properties", {}).get("Handler") == CHECK}
    assert hooks
    for permission in gradual.properties("Stateless", "AWS::Lambda::Permission"):
        assert not [hook for hook in hooks if f'"{hook}"' in json.dumps(permission)]
    for alias, group, hook in _releases(gradual).values():
        role = group["Properties"]["ServiceRoleArn"]["Fn::GetAtt"][0]
        called = json.dumps(_allowed(gradual, role, "lambda:InvokeFunction"))
        assert f'"{alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["BeforeAllowTrafficHook"]["Ref"]}"' in called
        assert "VpcConfig" not in hook["Properties"]


def test_an_alias_moves_once_its_hook_may_be_called_and_may_answer(gradual: Synthesized):
    policies = gradual.resources("Stateless", "AWS::IAM::Policy")
    for name, (alias, group, hook) in _releases(gradual).items():
        roles = {hook["Properties"]["Role"]["Fn::GetAtt"][0], group["Properties"]["ServiceRoleArn"]["Fn::GetAtt"][0]}
        needed = {n for n, p in policies.items() if any({"Ref": role} in p["Properties"]["Roles"] for role in roles)}
        assert len(needed) == 2
        assert needed <= set(alias["DependsOn"]), name


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqs]:
    server = start_emulator(tmp_path_factory.mktemp("alarmed"))
    yield server
    server.stop()


def _broken(versions: Versions) -> tuple[str, Invoked]:
    """A version that answers 500 to everything, and what it did with a request."""
    edit = ("functions/search/routes.py", "reads.search(", "None.search(")
    arn = versions.publish("search", {"CAIRN_ENVIRONMENT": "test"}, edit)
    asked = versions.invoke(arn, request_of_nobody("/v3/memories/search/", {"query": "?", "filters": {"user_id": "a"}}))
    assert asked.payload["statusCode"] == 500
    return arn, asked


def _put(emulator: Sqs, invoked: Invoked) -> None:
    """Does with the metrics in a log what CloudWatch does with them, which the emulator leaves out."""
    cloudwatch = client("cloudwatch", emulator.endpoint)
    for line in invoked.logged():
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for names in directive["Dimensions"]:
                dimensions = [{"Name": name, "Value": line[name]} for name in names]
                for metric in directive["Metrics"]:
                    datum = {"MetricName": metric["Name"], "Dimensions": dimensions, "Unit": metric["Unit"]}
                    data = [datum | {"Value": value} for value in line[metric["Name"]]]
                    cloudwatch.put_metric_data(Namespace=directive["Namespace"], MetricData=data)


def _named(value: Any, names: dict[str, str]) -> str:
    """A value of the template, with what it refers to by these names."""
    match value:
        case {"Ref": logical_id} | {"Fn::GetAtt": [logical_id, "Version"]}:
            return names[logical_id]
        case {"Fn::Join": [between, parts]}:
            return between.join(_named(part, names) for part in parts)
        case _:
            return value


def _alarm_of(found: Synthesized, function: str) -> tuple[dict[str, Any], Resource]:
    alias, group, _ = _releases(found)[function]
    (alarm,) = group["Properties"]["AlarmConfiguration"]["Alarms"]
    return found.resources("Stateless")[alarm["Name"]["Ref"]]["Properties"], alias


def _sums(emulator: Sqs, alarm: dict[str, Any], names: dict[str, str]) -> dict[str, float]:
    """What each metric of the alarm came to, read under the very dimensions of the template; 0 where it has no data."""
    now = datetime.now(UTC)
    found = {}
    for metric in (m for m in alarm["Metrics"] if "MetricStat" in m):
        stat = metric["MetricStat"]
        dimensions = [{"Name": d["Name"], "Value": _named(d["Value"], names)} for d in stat["Metric"]["Dimensions"]]
        points = client("cloudwatch", emulator.endpoint).get_metric_statistics(
            Namespace=stat["Metric"]["Namespace"],
            MetricName=stat["Metric"]["MetricName"],
            Dimensions=dimensions,
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=stat["Period"],
            Statistics=[stat["Stat"]],
        )["Datapoints"]
        found[metric["Id"]] = sum(point[stat["Stat"]] for point in points)
    return found


def _is_breached(alarm: dict[str, Any], sums: dict[str, float]) -> bool:
    """The expression of the template and its threshold; the emulator knows no metric math."""
    (expression,) = [m["Expression"] for m in alarm["Metrics"] if "Expression" in m]
    terms = [re.fullmatch(r"FILL\((\w+), 0\)", term) for term in expression.split(" + ")]
    assert all(terms), expression
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    return sum(sums[term[1]] for term in terms if term) >= alarm["Threshold"]


def test_what_a_broken_version_writes_breaches_the_alarm_of_its_release_and_of_no_other(
    synthesized: dict[str, Synthesized], emulator: Sqs
):
    arn, asked = _broken(Versions(emulator))
    *_, function, version = arn.split(":")
    alarms = [_alarm_of(synthesized[name], "search") for name in GRADUAL]
    named = [{_version(alias): version, alias["Properties"]["FunctionName"]["Ref"]: function} for _, alias in alarms]
    before = [_sums(emulator, alarm, names) for (alarm, _), names in zip(alarms, named, strict=True)]
    _put(emulator, asked)
    for (alarm, alias), names, silent in zip(alarms, named, before, strict=True):
        assert not _is_breached(alarm, silent)
        sums = _sums(emulator, alarm, names)
        assert sums == {"errors": 0, "faults": 1}  # to Lambda the invocation ended well: Faults alone tell
        assert _is_breached(alarm, sums)
        assert not _is_breached(alarm, _sums(emulator, alarm, names | {_version(alias): f"{version}0"}))
