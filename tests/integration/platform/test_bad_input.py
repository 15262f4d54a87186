"""Promise: bad input gets one sentence that names the field, nothing is half written, and no request gets a 5xx."""

from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.integration.api import Api

ADD, SEARCH, LIST = "/v3/memories/add/", "/v3/memories/search/", "/v3/memories/"
CONTEXT, SUMMARY, FEEDBACK, CHAT = "/v1/context/", "/v1/summary/", "/v1/feedback/", "/v1/chat/"
PROJECT = "/api/v1/orgs/organizations/o/projects/p/"
ADA = {"filters": {"user_id": "ada"}}
MESSAGES = [{"role": "user", "content": "I like tea"}]
SOME_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


BAD_BODIES: list[tuple[str, str, Any, str]] = [
    ("POST", ADD, {}, "messages is required."),
    ("POST", ADD, [], "The body should be a valid dictionary or object"),
    ("POST", ADD, {"messages": [], "user_id": "ada"}, "messages should have at least 1 message."),
    ("POST", ADD, {"messages": [[], []], "user_id": "ada"}, "messages should have at least 1 message."),
    ("POST", ADD, {"messages": None, "user_id": "ada"}, "messages should be a valid list."),
    ("POST", ADD, {"messages": ["x"] * 1_001, "user_id": "ada"}, "messages should"),
    ("POST", ADD, {"messages": 5, "user_id": "ada"}, "messages should be a valid list."),
    ("POST", ADD, {"messages": [{"role": "user", "content": "x" * 100_001}], "user_id": "ada"}, "messages[0].content should"),
    ("POST", ADD, {"messages": MESSAGES}, "At least one of user_id"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": ""}, "At least one of user_id"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "async_mode": "perhaps"}, "async_mode should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "wait": []}, "wait should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "*"}, "user_id must name one entity"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": ["ada"]}, "user_id should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "x" * 257}, "user_id should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "a\x00b"}, "user_id holds a NUL"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "\ud800"}, "user_id holds a NUL character or a lone surrogate."),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "metadata": {"a\x00": 1}}, "metadata has a key"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "metadata": {"a": {"b": ["\ud800"]}}}, "metadata.a.b[0] holds"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "metadata": {"a": nested(40)}}, "metadata.a[0]"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "metadata": {"a": "x" * 70_000}}, "metadata must be at most"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "metadata": "x"}, "metadata should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "infer": "perhaps"}, "infer should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "timestamp": "yesterday"}, "timestamp must be Unix seconds"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "timestamp": 10**18}, "timestamp must be Unix seconds"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "timestamp": -(10**12)}, "timestamp must"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "timestamp": True}, "timestamp must be Unix seconds"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "observation_date": "then"}, "observation_date must be Unix seconds"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "observation_datetime": []}, "observation_datetime must be Unix seconds"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "expiration_date": "soon"}, "expiration_date must be a date"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "expiration_date": "2025-02-30"}, "expiration_date must be a date"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "custom_instructions": 5}, "custom_instructions should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "custom_instructions": "x" * 10_001}, "custom_instructions should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "agent_custom_instructions": ["x"]}, "agent_custom_instructions should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "includes": {}}, "includes should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "excludes": 1.5}, "excludes should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "custom_categories": 5}, "custom_categories must be a list of names"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "custom_categories": [5]}, "custom_categories must be a list of names"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "custom_categories": [{"a": 5}]}, "custom_categories must be at most"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "custom_categories": ["x" * 1_001]}, "custom_categories must be at most"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "custom_categories": [str(n) for n in range(101)]}, "custom_categories must be at most"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "custom_categories": [" "]}, "custom_categories must not hold a blank name."),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "timezone": "Mars/Base"}, "timezone must be an IANA time zone"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "timezone": "../../etc/passwd"}, "timezone must be an IANA time zone"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "timezone": "Europe"}, "timezone must be an IANA time zone"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "timezone": 5}, "timezone should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "allow_bulk": "maybe"}, "allow_bulk should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "memory_type": "episodic"}, "memory_type should"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "memory_type": "procedural_memory"}, "memory_type procedural_memory is about an agent"),
    ("POST", ADD, {"messages": MESSAGES, "user_id": "ada", "categories": [5]}, "categories[0] should"),
    ("POST", SEARCH, ADA, "query is required."),
    ("POST", SEARCH, ADA | {"query": ""}, "query should"),
    ("POST", SEARCH, ADA | {"query": "  "}, "query must not be blank."),
    ("POST", SEARCH, ADA | {"query": 5}, "query should be a valid string."),
    ("POST", SEARCH, ADA | {"query": "x\x00"}, "query holds a NUL"),
    ("POST", SEARCH, ADA | {"query": "x", "include_messages": "perhaps"}, "include_messages should be a valid boolean"),
    ("POST", SEARCH, ADA | {"query": "x", "top_k": 0}, "top_k should be greater than or equal to 1."),
    ("POST", SEARCH, ADA | {"query": "x", "top_k": 1001}, "top_k should be less than or equal to 1000."),
    ("POST", SEARCH, ADA | {"query": "x", "top_k": 10**30}, "top_k should"),
    ("POST", SEARCH, ADA | {"query": "x", "top_k": "many"}, "top_k should"),
    ("POST", SEARCH, ADA | {"query": "x", "threshold": 2}, "threshold should"),
    ("POST", SEARCH, {"query": "x"}, "filters is missing an entity"),
    ("POST", SEARCH, {"query": "x", "filters": {}}, "filters is missing an entity"),
    ("POST", SEARCH, {"query": "x", "filters": {"NOT": {"user_id": "ada"}}}, "filters is missing an entity"),
    ("POST", SEARCH, {"query": "x", "filters": "ada"}, "filters"),
    ("POST", SEARCH, {"query": "x", "filters": {"user_id": "ada", "planet": 1}}, "filters"),
    ("POST", SEARCH, {"query": "x", "filters": {"user_id": {"near": "ada"}}}, "filters.user_id"),
    ("POST", SEARCH, {"query": "x", "filters": {"user_id": "ada", "created_at": {"gte": "soon"}}}, "filters.created_at"),
    ("POST", SEARCH, {"query": "x", "filters": {"user_id": "ada", "memory_ids": ["x"]}}, "filters.memory_ids"),
    ("POST", SEARCH, {"query": "x", "filters": nested(900)}, "filters"),
    ("POST", LIST, {"filters": {"AND": nested(900)}}, "filters"),
    ("POST", LIST, ADA | {"start_date": "soon"}, "start_date"),
    ("POST", LIST, ADA | {"page": 0}, "page should"),
    ("POST", LIST, ADA | {"page": 10**20}, "page should"),
    ("POST", LIST, ADA | {"page_size": 201}, "page_size should"),
    ("PUT", f"/v1/memories/{SOME_ID}/", {}, "At least one of text"),
    ("PUT", f"/v1/memories/{SOME_ID}/", {"text": ""}, "text should"),
    ("PUT", f"/v1/memories/{SOME_ID}/", {"text": None, "metadata": None, "timestamp": ""}, "At least one of text"),
    ("PUT", "/v1/batch/", {"memories": [{"memory_id": SOME_ID, "text": " "}]}, "memories[0].text must not be blank."),
    ("POST", "/v1/keys/", {"name": "x", "user_id": ""}, "user_id should"),
    ("POST", "/v1/keys/", {"name": "x", "expires_at": ""}, "expires_at must"),
    ("POST", "/v1/keys/", {"name": "x", "role": ""}, "role should"),
    ("POST", LIST, ADA | {"top_k": 0}, "top_k should"),
    ("POST", LIST, {"filters": {"user_id": "", "AND": [{"run_id": " "}]}}, "filters is missing an entity"),
    ("POST", LIST, {"filters": {"OR": [{"user_id": ""}]}}, "filters.OR[0].user_id must be a non-empty string."),
    ("PUT", f"/v1/memories/{SOME_ID}/", {"expiration_date": 5}, "expiration_date must be a date"),
    ("PUT", "/v1/batch/", {"memories": []}, "memories should"),
    ("PUT", "/v1/batch/", {"memories": [{"memory_id": "m1", "text": "t"}]}, "memories[0].memory_id should be a valid UUID."),
    ("PUT", "/v1/batch/", {"memories": [{"memory_id": SOME_ID}]}, "memories[0] needs text or metadata."),
    ("PUT", "/v1/batch/", {"memories": [{"memory_id": SOME_ID, "text": "t"}] * 2}, "memories names the same memory_id"),
    ("PUT", "/v1/batch/", {"memories": [{"memory_id": SOME_ID, "text": "t"}] * 1001}, "memories should"),
    ("DELETE", "/v1/batch/", {"memories": [{"memory_id": 5}]}, "memories[0].memory_id should be a valid UUID."),
    ("POST", SEARCH, ADA | {"query": "x", "as_of": "then"}, "as_of must be Unix seconds"),
    ("POST", SEARCH, ADA | {"query": "x", "as_of": True}, "as_of must be Unix seconds"),
    ("POST", SEARCH, ADA | {"query": "x", "reference_date": "then"}, "reference_date must be Unix seconds"),
    ("POST", SEARCH, ADA | {"query": "x", "include_superseded": "both"}, "include_superseded should"),
    ("POST", SEARCH, ADA | {"query": "x", "latest_only": 7}, "latest_only should"),
    ("POST", LIST, ADA | {"as_of": 10**18}, "as_of must"),
    ("POST", CONTEXT, ADA, "query is required."),
    ("POST", CONTEXT, {"query": "x"}, "filters is missing an entity"),
    ("POST", CONTEXT, ADA | {"query": " "}, "query must not be blank."),
    ("POST", CONTEXT, ADA | {"query": "x", "token_budget": 49}, "token_budget should"),
    ("POST", CONTEXT, ADA | {"query": "x", "token_budget": 10**9}, "token_budget should"),
    ("POST", CONTEXT, ADA | {"query": "x", "token_budget": "all"}, "token_budget should"),
    ("POST", CONTEXT, ADA | {"query": "x", "recent_messages": -1}, "recent_messages should"),
    ("POST", CONTEXT, ADA | {"query": "x", "recent_messages": 101}, "recent_messages should"),
    ("POST", CONTEXT, ADA | {"query": "x", "timezone": "Nowhere"}, "timezone must be an IANA time zone"),
    ("POST", CONTEXT, ADA | {"query": "x", "as_of": "then"}, "as_of must"),
    ("POST", CONTEXT, {"query": "x", "user_id": "*"}, "user_id must name one entity"),
    ("POST", CONTEXT, {"query": "x", "filters": {"user_id": "ada", "planet": 1}}, "filters"),
    ("POST", SUMMARY, {}, "filters is missing an entity"),
    ("POST", SUMMARY, {"filters": {"user_id": "ada", "metadata": {"a": 1}}}, "filters of a summary may only name"),
    ("POST", SUMMARY, {"filters": {"user_id": "ada", "created_at": {"gte": "2024-01-01"}}}, "filters of a summary may only"),
    ("POST", SUMMARY, {"filters": "ada"}, "filters"),
    ("POST", FEEDBACK, {}, "memory_id is required."),
    ("POST", FEEDBACK, {"memory_id": "m1", "feedback": "POSITIVE"}, "memory_id should be a valid UUID."),
    ("POST", FEEDBACK, {"memory_id": SOME_ID, "feedback": "GOOD"}, "feedback should"),
    ("POST", FEEDBACK, {"memory_id": SOME_ID, "feedback": 5}, "feedback should"),
    ("POST", FEEDBACK, {"memory_id": SOME_ID, "feedback": "POSITIVE", "feedback_reason": "x" * 10_001}, "feedback_reason should"),
    ("POST", FEEDBACK, {"memory_id": SOME_ID, "feedback_reason": "a\x00"}, "feedback_reason holds a NUL"),
    ("POST", CHAT, {"user_id": "ada"}, "message is required."),
    ("POST", CHAT, {"message": "", "user_id": "ada"}, "message should"),
    ("POST", CHAT, {"message": "x" * 100_001, "user_id": "ada"}, "message should"),
    ("POST", CHAT, {"message": "Hello"}, "At least one of user_id"),
    ("POST", CHAT, {"message": "Hello", "user_id": "ada", "token_budget": 0}, "token_budget should"),
    ("POST", CHAT, {"message": "Hello", "user_id": "ada", "timezone": "x y"}, "timezone must"),
    ("POST", CHAT, {"message": "Hello", "user_id": "ada", "remember": "no idea"}, "remember should"),
    ("POST", CHAT, {"message": "Hello", "user_id": "ada", "metadata": []}, "metadata should"),
    ("PATCH", PROJECT, {}, "At least one setting is required: custom_instructions"),
    ("PATCH", PROJECT, {"unknown": 1}, "At least one setting is required"),
    ("PATCH", PROJECT, {"custom_instructions": ["x"]}, "custom_instructions should"),
    ("PATCH", PROJECT, {"custom_categories": {"": "nothing"}}, "custom_categories must not hold a blank name."),
    ("PATCH", PROJECT, {"custom_categories": [["work"]]}, "custom_categories must be a list"),
    ("PATCH", PROJECT, {"extractor": "magic"}, "extractor should"),
    ("PATCH", PROJECT, {"daily_token_budget": -1}, "daily_token_budget should"),
    ("PATCH", PROJECT, {"daily_token_budget": 10**20}, "daily_token_budget should"),
    ("PATCH", PROJECT, {"daily_token_budget": "lots"}, "daily_token_budget should"),
    ("PATCH", PROJECT, {"multilingual": "perhaps"}, "multilingual should"),
    ("PATCH", PROJECT, {"retrieval_criteria": "x"}, "retrieval_criteria should"),
    ("PATCH", PROJECT, {"inclusion_prompt": "a\x00"}, "inclusion_prompt holds a NUL"),
    ("POST", "/v1/keys/", {}, "name is required."),
    ("POST", "/v1/keys/", {"name": "x", "role": "king"}, "role should"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "detail"), BAD_BODIES)
def test_a_bad_body_is_told_which_field(api: Api, method: str, path: str, body: Any, detail: str):
    answer = api.request(method, path, body)
    assert answer.status == 400, answer
    assert answer.body["detail"].startswith(detail), answer.body["detail"]
    assert answer.body["detail"] == answer.body["error"]
    assert "\n" not in answer.body["detail"]
    assert len(answer.body["detail"]) < 500
    assert api.request("GET", "/v1/events/").body["count"] == 0


@pytest.mark.parametrize(
    "raw",
    ["", "{", "nul", '{"messages": }', "[" * 100_000, '{"a": ' * 5000, "\ufeff{}", '{"x": 1' + "0" * 5000 + "}", '"text"', "5", "null"],
)  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [("POST", ADD), ("POST", SEARCH), ("PUT", "/v1/batch/")])
def test_a_body_that_is_no_json_object_is_refused(api: Api, method: str, path: str, raw: str):
    answer = api.request(method, path, raw=raw)
    assert answer.status == 400
    assert isinstance(answer.body["detail"], str)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_know_are_refused(api: Api, number: str):
    raw = f'{{"messages": "I like tea", "user_id": "ada", "metadata": {{"a": {number}}}}}'
    answer = api.request("POST", ADD, raw=raw)
    assert (answer.status, answer.body["detail"]) == (400, "metadata.a holds a number that is not finite.")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/memories/m1/", 400),
        ("GET", "/v1/memories/m%2F1/", 400),
        ("GET", "/v1/memories/%00/", 400),
        ("GET", "/v1/memories/%ff%fe/", 400),
        ("GET", f"/v1/memories/{SOME_ID}/", 404),
        ("GET", f"/v1/memories/{SOME_ID}/history/", 404),
        ("GET", "/v1/memories/m1/history/", 400),
        ("DELETE", "/v1/memories/m1/", 400),
        ("DELETE", f"/v1/memories/{SOME_ID}/", 404),
        ("DELETE", f"/v1/memories/{SOME_ID}/?delete_linked=true", 404),
        ("DELETE", f"/v1/memories/{SOME_ID}/?delete_linked=perhaps", 400),
        ("DELETE", "/v1/memories/?user_id=&run_id=r", 400),
        ("DELETE", "/v1/memories/?user_id=ada&run_id=", 400),
        ("GET", f"/v1/memories/{SOME_ID}/?as_of=", 404),
        ("GET", "/v2/entities/user/nobody/", 404),
        ("PUT", "/v1/memories/m1/", 400),
        ("GET", "/v1/event/e1/", 400),
        ("GET", f"/v1/event/{SOME_ID}/", 404),
        ("POST", f"/v1/event/{SOME_ID}/redrive/", 404),
        ("DELETE", "/v1/keys/k1/", 400),
        ("DELETE", f"/v1/keys/{SOME_ID}/", 404),
        ("DELETE", "/v2/entities/user/a%00b/", 400),
        ("DELETE", "/v2/entities/user/*/", 400),
        ("DELETE", "/v2/entities/planet/x/", 400),
        ("GET", "/v9/nothing/", 404),
        ("POST", "/v9/nothing/", 404),
        ("GET", "/", 404),
        ("PATCH", "/v1/memories/", 405),
        ("POST", PROJECT, 405),
        ("GET", PROJECT, 404),
        ("GET", "/api/v1/orgs/organizations/%00/projects/p/", 400),
        ("PATCH", f"/api/v1/orgs/organizations/{SOME_ID}/projects/{SOME_ID}/", 404),
        ("GET", CONTEXT, 405),
        ("GET", CHAT, 404),
        ("POST", "/v1/usage/", 404),
    ],
)
def test_a_bad_address_is_told_so(api: Api, method: str, path: str, status: int):
    bodies = {"PUT": {"text": "x"}, "PATCH": {"custom_instructions": "x"}}
    path, _, query = path.partition("?")
    answer = api.request(method, path, bodies.get(method), query=dict(parse_qsl(query, keep_blank_values=True)))
    assert answer.status == status, answer
    assert isinstance(answer.body["detail"], str)


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/v1/entities/", {"page": "0"}, "page"),
        ("/v1/entities/", {"page_size": "x"}, "page_size"),
        ("/v1/events/", {"status": "DONE"}, "status"),
        ("/v1/events/", {"page": "9" * 30}, "page"),
        ("/v1/memories/", {"user_id": "a\x00"}, "user_id"),
        ("/v1/memories/", {"user_id": ""}, "user_id"),
        ("/v1/memories/", {}, "filters"),
        ("/v1/preferences/", {}, "filters"),
        ("/v1/preferences/", {"user_id": "ada", "page": "0"}, "page"),
        ("/v1/preferences/", {"user_id": "ada", "page_size": "201"}, "page_size"),
        (f"/v1/memories/{SOME_ID}/", {"as_of": "then"}, "as_of"),
        ("/v1/memories/", {"user_id": "ada", "metadata": "{"}, "metadata"),
        ("/v1/memories/", {"user_id": "ada", "metadata": "[1]"}, "metadata"),
        ("/v1/memories/", {"user_id": "ada", "metadata": '{"a": "\\u0000"}'}, "metadata"),
        ("/v1/memories/", {"user_id": "ada", "start_date": "soon"}, "start_date"),
        ("/v1/memories/", {"user_id": "ada", "end_date": "2025-13-01"}, "end_date"),
        ("/v1/memories/", {"user_id": "ada", "categories": "[5]"}, "categories"),
        ("/v1/memories/", {"user_id": "ada", "fields": "x" * 300}, "fields"),
        ("/v1/memories/", {"user_id": "ada", "keywords": "x" * 1_001}, "keywords"),
        ("/v1/memories/", {"user_id": "ada", "limit": "0"}, "limit"),
        ("/v1/memories/user/*/", {}, "name"),
        ("/v1/memories/user/ada/", {"page": "x"}, "page"),
        ("/v2/entities/planet/x/", {}, "entity_type"),
        ("/v1/usage/", {"start_date": "2024-13-01"}, "start_date"),
        ("/v1/usage/", {"end_date": "now"}, "end_date"),
        (PROJECT, {"fields": "a\x00"}, "fields"),
    ],
)
def test_a_bad_query_string_is_told_which_parameter(api: Api, path: str, query: dict[str, str], field: str):
    answer = api.request("GET", path, query=query)
    assert answer.status == 400
    assert field in answer.body["detail"]


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel"])
def test_a_bad_idempotency_key_is_refused_or_taken_but_never_an_error(api: Api, key: str):
    body = {"messages": "I like tea", "user_id": "ada", "infer": False}
    answer = api.request("POST", ADD, body, headers={"idempotency-key": key})
    assert answer.status in (200, 400)


def test_unknown_keys_are_ignored(api: Api):
    body = {"messages": "I like tea", "user_id": "ada", "infer": False, "output_format": "v1.1", "version": "v2",
            "enable_graph": True, "async_mode": False, "custom_categories": [{"a": "b"}], "whatever": {"x": [1]}}  # fmt: skip
    assert api.request("POST", ADD, body).status == 200


@pytest.mark.parametrize("role", ["user", "assistant", "tool", "narrator", "用户"])
def test_odd_but_storable_text_comes_back_as_it_was(api: Api, role: str):
    text = "Ünïcödé 你好 🎉 \u202e right-to-left \\ ' \" %s {x} \t tab"
    body = {"messages": [{"role": role, "content": text}], "user_id": "ada ' 🎉", "infer": False}
    assert api.request("POST", ADD, body).status == 200
    assert [m["memory"] for m in api.list(filters={"user_id": "ada ' 🎉"})] == [text]


def test_what_a_system_message_says_is_never_kept(api: Api):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "I sail."}]
    answer = api.request("POST", ADD, {"messages": messages, "user_id": "ada", "infer": False})
    assert (answer.status, len(answer.body["results"])) == (200, 1)
    assert [m["memory"] for m in api.list()] == ["I sail."]


def test_the_largest_message_is_kept_and_found(api: Api):
    text = " ".join(f"word{n}" for n in range(11_000))[:100_000]
    api.add(text)
    assert api.search_for("word10321", explain=True)[0]["explain"]["bm25"]["rank"] == 1


@pytest.mark.parametrize("value", [["x"], {"a": 1}, {"eq": {"a": 1}}, {"in": [["x"]]}, [[{"a": [1]}]], {"ne": ["x"]}])
@pytest.mark.parametrize("path", ["/v3/memories/search/", "/v2/memories/search/", "/v3/memories/", "/v1/context/"])
def test_a_list_or_an_object_may_be_the_value_of_a_metadata_filter(api: Api, path: str, value: Any):
    api.add("I like tea.")
    body = {"query": "tea", "filters": {"user_id": "ada", "metadata": {"tags": value}}}
    assert api.request("POST", path, body).status in (200, 400)
