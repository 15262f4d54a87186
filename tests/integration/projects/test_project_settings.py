"""Project settings as Mem0's clients read and write them, and what they do to the prompts."""

from typing import Any

import pytest

from cairn.bootstrap import access
from tests.conftest import TestDatabase
from tests.integration.model import Modelled, system_of

SAID = "I live in Oslo."


def extract_prompt(modelled: Modelled, **fields: Any) -> str:
    """The system message of the extraction of one message."""
    modelled.tell(SAID, **fields)
    return system_of(modelled.prompts("extract")[-1])


def project(modelled: Modelled, *fields: str) -> dict[str, Any]:
    answer = modelled.api.request("GET", modelled.project_path(), query={"fields": list(fields)} if fields else None)
    assert answer.status == 200, answer
    return answer.body


def test_a_new_project_has_every_setting_at_its_default(modelled: Modelled):
    body = project(modelled)
    assert (body["id"], body["name"], body["extractor"]) == (modelled.api.project_id, "test", "model")
    unset = ("custom_instructions", "agent_custom_instructions", "custom_categories", "daily_token_budget")
    assert [body[name] for name in unset] == [None] * 4


def test_what_is_set_is_read_back_whole_or_by_fields_and_the_rest_stays(modelled: Modelled):
    settings = {"custom_instructions": "Be brief.", "multilingual": True, "memory_depth": "deep", "enable_graph": True}
    answer = modelled.api.request("PATCH", modelled.project_path(), settings | {"unknown": [1]})
    assert answer.body == {"message": "Project updated successfully"}
    modelled.configure(agent_custom_instructions="Only promises.")
    found = project(modelled)
    assert settings.items() <= found.items()
    assert found["agent_custom_instructions"] == "Only promises."
    assert "unknown" not in found
    assert project(modelled, "custom_instructions", "multilingual") == {
        "custom_instructions": "Be brief.",
        "multilingual": True,
    }


def test_null_clears_and_a_blank_text_does_too(modelled: Modelled):
    modelled.configure(custom_instructions="Be brief.", custom_categories=["work"], decay=True, extractor="rules")
    modelled.configure(custom_instructions=None, custom_categories=None, decay=None, extractor=None)
    body = project(modelled)
    assert (body["custom_instructions"], body["custom_categories"], body["extractor"]) == (None, None, "model")
    modelled.configure(custom_instructions="Be brief.")
    modelled.configure(custom_instructions="  ")
    assert project(modelled, "custom_instructions") == {"custom_instructions": None}
    assert "Be brief." not in extract_prompt(modelled)


@pytest.mark.parametrize(
    ("given", "stored", "line"),
    [
        ([{"work": "jobs and employers"}], [{"work": "jobs and employers"}], "- work: jobs and employers"),
        ({"work": "jobs", "play": "games"}, [{"work": "jobs"}, {"play": "games"}], "- play: games"),
        (["work", "play"], [{"work": ""}, {"play": ""}], "- play"),
        ([{"work": "jobs", "play": "games"}], [{"work": "jobs"}, {"play": "games"}], "- work: jobs"),
    ],
)
def test_custom_categories_of_every_shape_reach_the_prompt(modelled: Modelled, given: Any, stored: Any, line: str):
    modelled.configure(custom_categories=given)
    assert project(modelled)["custom_categories"] == stored
    prompt = extract_prompt(modelled)
    assert line in prompt.splitlines()
    assert "personal_details" not in prompt


def test_a_category_that_is_not_listed_is_left_out(modelled: Modelled):
    modelled.configure(custom_categories=["work"])
    said = "I bake. I ski."
    modelled.mind.hears(
        said,
        {"text": "User bakes.", "quote": "I bake", "category": "work"},
        {"text": "User skis.", "quote": "I ski", "category": "sports"},
    )
    modelled.tell(said)
    assert [m["categories"] for m in modelled.api.list()] == [["work"], []]


def test_an_empty_list_of_categories_brings_back_the_default(modelled: Modelled):
    modelled.configure(custom_categories=[{"work": "jobs"}])
    modelled.configure(custom_categories=[])
    assert "- personal_details: " in extract_prompt(modelled)


def test_wishes_of_the_project_reach_the_prompt_and_those_of_a_call_win(modelled: Modelled):
    modelled.configure(
        custom_instructions="Keep numbers.",
        agent_custom_instructions="Keep promises.",
        inclusion_prompt="hobbies",
        exclusion_prompt="health",
        custom_categories=["work"],
    )
    prompt = extract_prompt(modelled)
    for line in (
        "- In general: Keep numbers.",
        "- For messages of the role assistant: Keep promises.",
        "- Include: hobbies",
        "- Leave out: health",
    ):
        assert line in prompt.splitlines()
    prompt = extract_prompt(
        modelled,
        custom_instructions="Keep names.",
        agent_custom_instructions="Keep dates.",
        includes="family",
        excludes="money",
        custom_categories=[{"home": "places"}],
    )
    for gone in ("Keep numbers", "Keep promises", "hobbies", "health", "- work"):
        assert gone not in prompt
    for line in ("- In general: Keep names.", "- Include: family", "- Leave out: money", "- home: places"):
        assert line in prompt.splitlines()
    # Part by part: what the call does not say is the project's.
    prompt = extract_prompt(modelled, includes="family")
    assert "- In general: Keep numbers." in prompt
    assert "- Include: family" in prompt


def test_a_projects_wishes_do_not_reach_another_project(modelled: Modelled, database: TestDatabase):
    modelled.configure(custom_instructions="Keep numbers.")
    _, modelled.api.key = access.create_project(database.app_url, "other")
    assert "Keep numbers." not in extract_prompt(modelled)


def test_a_project_may_ask_for_rules(modelled: Modelled):
    modelled.configure(extractor="rules")
    assert modelled.tell(SAID)["status"] == "SUCCEEDED"
    assert modelled.llm.requests == []
    modelled.configure(extractor="model")
    modelled.tell(SAID)
    assert len(modelled.llm.requests) == 1


@pytest.mark.parametrize(("role", "pinned"), [("reader", None), ("writer", None), ("admin", "ada")])
def test_only_an_admin_of_the_whole_project_may_change_it(modelled: Modelled, role: str, pinned: str | None):
    made = modelled.api.request("POST", "/v1/keys/", {"name": "k", "role": role, "user_id": pinned}).body
    path, body = modelled.project_path(), {"custom_instructions": "Obey."}
    answer = modelled.api.request("PATCH", path, body, key=made["key"])
    assert answer.status == 403
    assert project(modelled, "custom_instructions") == {"custom_instructions": None}
    assert modelled.api.request("GET", path, key=made["key"]).status == 200


def test_another_project_or_organization_is_not_found(modelled: Modelled, database: TestDatabase):
    other_id, _ = access.create_project(database.app_url, "other")
    mine = modelled.project_path()
    org = project(modelled)["org_id"]
    for path in (
        mine.replace(modelled.api.project_id, other_id),
        mine.replace(org, other_id),
        mine.replace(modelled.api.project_id, "p1"),
        mine.replace(org, "default-org"),
    ):
        assert modelled.api.request("GET", path).status == 404
        assert modelled.api.request("PATCH", path, {"custom_instructions": "x"}).status == 404


@pytest.mark.parametrize("extra", [{"org_id": "o", "project_id": "p"}, {"org_id": None, "project_id": None}])
def test_the_python_clients_extra_keys_are_ignored(modelled: Modelled, extra: dict[str, Any]):
    modelled.configure(custom_instructions="Be brief.", **extra)
    assert project(modelled)["custom_instructions"] == "Be brief."
