import re

import pytest

from cairn.kernel.metrics import Metric
from infra_cdk.components.bundling import REPOSITORY
from tests.infra.conftest import ALL
from tests.infra.templates import Synthesized

KNOWN = {
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    "AWS/Lambda": {"Errors", "Duration"},
    "AWS/ApiGateway": {"5xx", "4xx", "Latency", "Count"},
    "AWS/RDS": {"DatabaseConnections", "ACUUtilization", "ServerlessDatabaseCapacity"},
    "Cairn": {metric.value for metric in Metric},
}


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_alarm_watches_a_metric_that_exists(synthesized: dict[str, Synthesized], name: str):
    alarms = [
        alarm
        for stack in ("Observability", "Stateless")
        for alarm in synthesized[name].properties(stack, "AWS::CloudWatch::Alarm")
    ]
    assert len(alarms) > 15
    for alarm in alarms:
        assert alarm["TreatMissingData"] == "notBreaching"
        if "Metrics" in alarm:  # a sum, of a release
            parts = [m["MetricStat"]["Metric"] for m in alarm["Metrics"] if "MetricStat" in m]
            assert {part["MetricName"] for part in parts} == {"Errors", "Faults"}
            continue
        assert alarm["MetricName"] in KNOWN[alarm["Namespace"]], alarm
        if alarm["Namespace"] == "Cairn":
            assert alarm["Dimensions"] == [{"Name": "service", "Value": "cairn"}]


def test_what_cairn_does_not_have_on_purpose_wakes_nobody(everything: Synthesized):
    alarms = everything.properties("Observability", "AWS::CloudWatch::Alarm")
    (alarm,) = [a for a in alarms if a["AlarmName"].endswith("ApiServerErrors")]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Cairn", "ServerErrors")


def test_every_alarm_reaches_somebody_and_says_what_to_do(everything: Synthesized):
    (email,) = everything.properties("Observability", "AWS::SNS::Subscription")
    assert (email["Protocol"], email["Endpoint"]) == ("email", "team@example.com")
    headings = re.findall(r"^### (.+)$", (REPOSITORY / "docs" / "operations.md").read_text(), re.MULTILINE)
    explained = {name.strip("` ") for heading in headings for name in heading.split(",")}
    names = {
        alarm["AlarmName"].removeprefix("cairn-everything-")
        for alarm in everything.properties("Observability", "AWS::CloudWatch::Alarm")
    }
    for alarm in everything.properties("Observability", "AWS::CloudWatch::Alarm"):
        assert alarm["AlarmActions"]
    assert names <= explained, f"docs/operations.md explains no {sorted(names - explained)}"


def test_dead_letters_of_every_queue_are_watched(everything: Synthesized):
    names = {
        a["AlarmName"].rpartition("-")[2] for a in everything.properties("Observability", "AWS::CloudWatch::Alarm")
    }
    assert {"ConsolidateDeadLetters", "GraphSyncDeadLetters", "IngestDeadLetters", "UndeliveredEvents"} <= names
    assert {"ConsolidateWaiting", "GraphSyncWaiting", "IngestWaiting"} <= names


@pytest.mark.parametrize("name", sorted(ALL))
def test_logs_are_forgotten_after_a_while(synthesized: dict[str, Synthesized], name: str):
    groups = [
        g for stack in synthesized[name].paths() for g in synthesized[name].properties(stack, "AWS::Logs::LogGroup")
    ]
    assert groups
    assert {g["RetentionInDays"] for g in groups} == {ALL[name].log_days}


def test_a_release_is_taken_back_for_what_its_own_version_counts(synthesized: dict[str, Synthesized]):
    prod = synthesized["prod"]
    alarms = [a for a in prod.properties("Stateless", "AWS::CloudWatch::Alarm") if "Metrics" in a]
    assert len(alarms) == len(prod.properties("Stateless", "AWS::CodeDeploy::DeploymentGroup")) > 5
    for alarm in alarms:
        (sum_of_both,) = [m["Expression"] for m in alarm["Metrics"] if "Expression" in m]
        assert sum_of_both == "FILL(errors, 0) + FILL(faults, 0)"
        (faults,) = [m["MetricStat"]["Metric"] for m in alarm["Metrics"] if m["Id"] == "faults"]
        dimensions = {d["Name"]: d["Value"] for d in faults["Dimensions"]}
        assert dimensions["service"] == "cairn"
        assert "Ref" in dimensions["function"]
        assert dimensions["version"]["Fn::GetAtt"][1] == "Version"
