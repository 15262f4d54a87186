import re

import pytest

from cairn.metrics import Metric
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
