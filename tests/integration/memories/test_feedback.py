import pytest

from tests.integration.api import Answer, Api


def rate(api: Api, memory_id: str, feedback: str | None, **more: str) -> Answer:
    return api.request("POST", "/v1/feedback/", {"memory_id": memory_id, "feedback": feedback} | more)


@pytest.fixture
def memory_id(api: Api) -> str:
    return api.add("I live in Oslo.")["results"][0]["id"]


def test_feedback_is_kept_and_answered_in_mem0s_shape(api: Api, memory_id: str):
    answer = rate(api, memory_id, "NEGATIVE", feedback_reason="I moved.")
    assert (answer.status, answer.body) == (
        200,
        {"id": memory_id, "feedback": "NEGATIVE", "feedback_reason": "I moved."},
    )
    assert api.list()[0]["feedback"] == "NEGATIVE"


@pytest.mark.parametrize(
    ("feedback", "importance"),
    [("POSITIVE", 7), ("NEGATIVE", 3), ("VERY_NEGATIVE", 1), ("very_negative", 1), (None, 5)],
)
def test_feedback_moves_the_importance_and_null_takes_it_back(
    api: Api, memory_id: str, feedback: str | None, importance: int
):
    rate(api, memory_id, "POSITIVE")
    assert rate(api, memory_id, feedback).status == 200
    assert api.list()[0]["importance"] == importance


def test_of_two_equal_memories_the_one_that_was_liked_comes_first(api: Api):
    first, second = (r["id"] for r in api.add("I like tea.", "I like tea.", allow_duplicates=True)["results"])
    rate(api, second, "POSITIVE")
    assert [m["id"] for m in api.search_for("tea")] == [second, first]
    rate(api, first, "POSITIVE")
    rate(api, second, "VERY_NEGATIVE")
    assert [m["id"] for m in api.search_for("tea")] == [first, second]


def test_feedback_changes_neither_text_nor_version_nor_history(api: Api, memory_id: str):
    rate(api, memory_id, "POSITIVE")
    memory = api.list()[0]
    assert (memory["memory"], memory["version"]) == ("I live in Oslo.", 1)
    assert len(api.request("GET", f"/v1/memories/{memory_id}/history/").body) == 1


def test_a_reader_may_not_rate_and_a_pinned_key_rates_its_own_alone(api: Api, memory_id: str):
    def key(**body: str) -> str:
        return api.request("POST", "/v1/keys/", {"name": "k"} | body).body["key"]

    body = {"memory_id": memory_id, "feedback": "POSITIVE"}
    assert api.request("POST", "/v1/feedback/", body, key=key(role="reader")).status == 403
    assert api.request("POST", "/v1/feedback/", body, key=key(role="writer", user_id="bob")).status == 404
    assert api.request("POST", "/v1/feedback/", body, key=key(role="writer", user_id="ada")).status == 200
