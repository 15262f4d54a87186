"""What is counted against the version that runs, and what is not."""

import json

import pytest

from cairn.kernel.errors import DatabaseUnavailable, GivenUp, InvalidRequest, Misconfigured, ModelUnavailable
from cairn.kernel.observability import count_fault


@pytest.mark.parametrize("error", [None, RuntimeError("a bug"), KeyError("x"), Misconfigured("no such secret")])
def test_a_fault_is_counted_by_function_and_version(
    error: Exception | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "cairn-search")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    count_fault(error)
    told = json.loads(capsys.readouterr().out)
    assert {name: told[name] for name in ("service", "function", "version", "Faults")} == {
        "service": "cairn",
        "function": "cairn-search",
        "version": "7",
        "Faults": [1.0],
    }
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    assert set(directive["Dimensions"][0]) == {"service", "function", "version"}


@pytest.mark.parametrize(
    "error", [DatabaseUnavailable("away"), ModelUnavailable("away"), InvalidRequest("wrong"), GivenUp("over")]
)
def test_what_a_caller_or_an_outage_explains_is_not(error: Exception, capsys: pytest.CaptureFixture[str]):
    count_fault(error)
    assert capsys.readouterr().out == ""
