"""What models cost is written down per event, day and kind, and a project can be kept within a day's tokens."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from cairn.bootstrap import access
from tests.conftest import TestDatabase
from tests.integration.api import Answer, Provided
from tests.integration.model import Modelled

SAID, LATER = "I live in Oslo.", "I live in Bergen now."


def add(modelled: Modelled, key: str | None = None, *, infer: bool = True) -> Answer:
    body = {"messages": SAID, "user_id": "ada", "infer": infer}
    return modelled.api.request("POST", "/v3/memories/add/", body, key=key)


def at(modelled: Modelled, moment: datetime) -> None:
    """Lets the API believe that it is then."""
    from functions.add_memory.handler import app
    from functions.add_memory.routes import service

    built = replace(app.dependency_overrides[service]._service, clock=lambda: moment)
    app.dependency_overrides[service] = Provided(built)


def spend(modelled: Modelled, **settings: Any) -> None:
    """One event that costs 110 tokens."""
    modelled.mind.hears(SAID)
    modelled.set_up(**settings)
    assert modelled.tell(SAID)["status"] == "SUCCEEDED"


def test_an_event_and_a_day_tell_tokens_and_dollars_by_the_prices_of_the_settings(modelled: Modelled):
    modelled.mind.hears(LATER).decides(LATER, "DELETE", SAID)
    spend(modelled, llm_price_in=2, llm_price_out=30)
    event = modelled.tell(LATER)
    cost = (100 * 2 + 10 * 30) / 1_000_000
    assert event["usage"] == {"calls": 2, "tokens_in": 200, "tokens_out": 20, "cost_usd": pytest.approx(2 * cost)}
    today = datetime.now(UTC).date().isoformat()
    spent = modelled.usage()
    assert [(r["day"], r["kind"], r["requests"], r["tokens_in"], r["tokens_out"]) for r in spent["results"]] == [
        (today, "decide", 1, 100, 10),
        (today, "extract", 2, 200, 20),
    ]
    assert spent["total"] == {"requests": 3, "tokens_in": 300, "tokens_out": 30, "cost_usd": pytest.approx(3 * cost)}
    assert spent["budget"] == {
        "daily_tokens": None,
        "used_today": 330,
        "remaining": None,
        "resets_in_seconds": pytest.approx(86_400, abs=86_400),
    }


def test_usage_is_of_today_unless_days_are_named(modelled: Modelled, database: TestDatabase):
    days = [("2024-02-28", 1), ("2024-02-29", 2), ("2024-03-01", 4)]
    with psycopg.connect(database.owner_url) as owner:
        for day, tokens in days:
            owner.execute(
                "INSERT INTO cairn.usage (project_id, day, kind, requests, tokens_in) VALUES (%s, %s, 'chat', 1, %s)",
                [modelled.api.project_id, day, tokens],
            )
    assert modelled.usage()["results"] == []
    assert modelled.usage(start_date="2024-02-28", end_date="2024-03-31")["total"]["tokens_in"] == 7
    assert modelled.usage(start_date="2024-02-29", end_date="2024-02-29")["total"]["tokens_in"] == 2
    listed = modelled.usage(start_date="2024-02-29", end_date="2024-03-01")["results"]
    assert [r["day"] for r in listed] == ["2024-03-01", "2024-02-29"]
    assert modelled.usage(end_date="2024-02-28")["total"]["tokens_in"] == 1


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"start_date": "2024-03-02", "end_date": "2024-03-01"}, "start_date must lie before end_date"),
        ({"start_date": "2020-01-01", "end_date": "2024-03-01"}, "start_date must lie before end_date, and at most"),
        ({"start_date": "soon"}, "start_date must be a date"),
        ({"end_date": "2024-02-30"}, "end_date must be a date"),
        ({"end_date": "0001-01-01", "start_date": "9999-12-31"}, "start_date must"),
    ],
)
def test_days_that_make_no_sense_are_refused(modelled: Modelled, query: dict[str, str], detail: str):
    answer = modelled.api.request("GET", "/v1/usage/", query=query)
    assert (answer.status, answer.body["detail"].startswith(detail)) == (400, True), answer


def test_a_spent_budget_stops_what_needs_a_model_until_midnight_and_nothing_else(modelled: Modelled):
    spend(modelled, daily_token_budget=110)
    at(modelled, datetime(2026, 5, 1, 23, 58, 30, tzinfo=UTC))
    refused = add(modelled)
    assert (refused.status, refused.headers["retry-after"]) == (429, "90")
    assert refused.body["detail"] == "The project has spent its 110 tokens of today; reads and infer=false go on."
    assert modelled.api.request("GET", "/v1/events/").body["count"] == 1
    chat = modelled.api.request("POST", "/v1/chat/", {"message": "Hello", "user_id": "ada"})
    assert (chat.status, chat.headers["retry-after"]) == (429, "90")
    assert add(modelled, infer=False).status == 200
    assert modelled.api.search_for("Oslo")
    budget = modelled.usage()["budget"]
    assert (budget["daily_tokens"], budget["used_today"], budget["remaining"]) == (110, 110, 0)


def test_a_project_sets_its_own_budget_and_others_are_unaffected(modelled: Modelled, database: TestDatabase):
    spend(modelled)
    _, other = access.create_project(database.app_url, "other")
    modelled.configure(daily_token_budget=100)
    assert (add(modelled).status, add(modelled, other).status) == (429, 200)
    modelled.configure(daily_token_budget=111)
    assert add(modelled).status == 200
    assert modelled.usage()["budget"]["remaining"] == 1
    modelled.configure(daily_token_budget=None)
    assert modelled.usage()["budget"]["daily_tokens"] is None


def test_a_projects_own_budget_wins_over_the_deployments_and_zero_lifts_it(modelled: Modelled):
    spend(modelled, daily_token_budget=10)
    assert add(modelled).status == 429
    modelled.configure(daily_token_budget=0)
    assert add(modelled).status == 200


@pytest.mark.default_embedder("what an endpoint embeds is charged, so a day's tokens stop rules too")
def test_a_project_that_extracts_by_rules_is_neither_stopped_nor_charged(modelled: Modelled):
    spend(modelled, daily_token_budget=110)
    modelled.configure(extractor="rules")
    event = modelled.tell("I own a boat.", user_id="bob")
    assert (event["status"], event["usage"]) == ("SUCCEEDED", {})
    (memory,) = modelled.api.list(filters={"user_id": "bob"})
    assert (memory["memory"], memory["extractor"]) == ("I own a boat.", "whole-1")
    assert modelled.usage()["budget"]["used_today"] == 110
    assert len(modelled.llm.requests) == 1


def test_without_a_model_no_budget_stops_anything(modelled: Modelled):
    modelled.configure(daily_token_budget=1)
    modelled.set_up(model=False)
    assert add(modelled).status == 200


def test_a_chat_is_charged_to_the_day(modelled: Modelled):
    answer = modelled.api.request("POST", "/v1/chat/", {"message": "Hello", "user_id": "ada", "remember": False})
    assert answer.status == 200
    assert [(r["kind"], r["requests"], r["tokens_in"]) for r in modelled.usage()["results"]] == [("chat", 1, 100)]
