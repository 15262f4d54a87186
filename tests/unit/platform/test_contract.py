"""The document says what every operation answers, with an example; and what Mem0 answers has its place in there."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from functions.openapi import operations
from functions.openapi_examples import ANSWERS
from tests.contract import DOCUMENT, WHOLE, faults, operation, require_conformity, validator, validator_of

# Written after the description of its API, with values of ours: no answer of the hosted service was recorded.
MEM0 = json.loads((Path(__file__).resolve().parents[2] / "data" / "mem0" / "answers.json").read_text())
OPERATIONS = [(o.method, o.path, str(o.status)) for o in operations()]
LIST = "/v3/memories/"


def test_every_operation_of_the_document_has_its_function():
    documented = {(m, path) for path, methods in DOCUMENT["paths"].items() for m in methods}
    assert {(method, path) for method, path, _ in OPERATIONS} == documented
    assert {o.endpoint for o in operations()} == set(ANSWERS)


@pytest.mark.parametrize(("method", "path", "status"), OPERATIONS)
def test_an_operation_has_a_schema_and_an_example_true_to_it(method: str, path: str, status: str):
    content = DOCUMENT["paths"][path][method]["responses"][status]["content"]["application/json"]

    assert is_definite(content["schema"]), content["schema"]
    assert faults(validator(path, method, status, picked=False), content["example"]) == []


def is_definite(schema: dict[str, Any]) -> bool:
    """Whether it names components all the way down, or an array that stays empty."""
    return (
        "$ref" in schema
        or (schema.get("type") == "array" and (schema.get("maxItems") == 0 or is_definite(schema["items"])))
        or ("anyOf" in schema and all(map(is_definite, schema["anyOf"])))
    )


def test_an_error_of_each_status_is_true_to_its_schema():
    for path, methods in DOCUMENT["paths"].items():
        for method, told in methods.items():
            for status, response in told["responses"].items():
                for example in response["content"]["application/json"].get("examples", {}).values():
                    error = DOCUMENT["components"]["examples"][example["$ref"].rsplit("/", 1)[1]]["value"]
                    assert faults(validator(path, method, status, picked=False), error) == []


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from objects(inner)
    if isinstance(schema, dict) and schema.get("type") == "object":
        yield schema


def test_an_object_of_an_answer_has_the_keys_that_are_named_or_is_a_map():
    answers = {name: schema for name, schema in DOCUMENT["components"]["schemas"].items() if name.endswith("Answer")}
    assert len(answers) > 60
    for schema in objects(answers):
        assert ("properties" in schema) == (schema["additionalProperties"] is False), schema


def without_required(schema: Any) -> Any:
    if isinstance(schema, list):
        return [without_required(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {k: without_required(v) for k, v in schema.items() if k != "required" or not isinstance(v, list)}


@pytest.mark.parametrize("asked", list(MEM0))
def test_a_key_that_mem0_answers_is_one_of_ours_and_of_the_same_type(asked: str):
    method, path = asked.split()
    place = operation(method, path)
    assert place is not None
    content = WHOLE["paths"][place[0]][place[1]]["responses"]["200"]["content"]["application/json"]
    # Ours has more keys than Mem0's: it may not have fewer, nor another type.
    eased = without_required(content["schema"]), without_required(WHOLE["components"])

    assert faults(validator_of(*eased), MEM0[asked]) == []


def listed() -> dict[str, Any]:
    return deepcopy(DOCUMENT["paths"][LIST]["post"]["responses"]["200"]["content"]["application/json"]["example"])


def test_an_answer_like_its_example_conforms():
    require_conformity("POST", LIST, 200, listed())
    require_conformity("POST", f"{LIST}?page=1", 200, listed())
    require_conformity("POST", LIST.removesuffix("/"), 200, listed())


@pytest.mark.parametrize(
    ("key", "value"), [("unknown", 1), ("memory", None), ("created_at", "yesterday"), ("id", "m1"), ("kind", "rumour")]
)
def test_an_answer_with_what_its_schema_does_not_have_is_noticed(key: str, value: Any):
    answer = listed()
    answer["results"][0][key] = value

    with pytest.raises(AssertionError, match="not what the document says"):
        require_conformity("POST", LIST, 200, answer)


def test_an_answer_is_cut_down_only_where_fields_were_asked_for():
    answer = listed()
    answer["results"] = [{"id": answer["results"][0]["id"], "memory": "Ada lives in Lisbon."}]

    require_conformity("POST", LIST, 200, answer, picked=True)
    with pytest.raises(AssertionError, match="is a required property"):
        require_conformity("POST", LIST, 200, answer)


def test_a_status_or_a_path_that_the_document_does_not_have_is_noticed():
    with pytest.raises(AssertionError, match="does not say"):
        require_conformity("POST", LIST, 418, {"detail": "tea", "error": "tea", "code": "teapot"})
    with pytest.raises(AssertionError, match="no such operation"):
        require_conformity("GET", "/v9/memories/", 200, {})


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/v1/memories/m1/", "/v1/memories/{memory_id}/"),
        ("/v1/memories/m1/history", "/v1/memories/{memory_id}/history/"),
        ("/v1/memories/user/ada/", "/v1/memories/user/{name}/"),
        ("/v1/memories/events/?page=2", "/v1/memories/events/"),
        ("/v2/entities/user/a%2Fb/profile/", "/v2/entities/user/{name}/profile/"),
        ("/v2/entities/user/a%2Fb/", "/v2/entities/{entity_type}/{name}/"),
    ],
)
def test_a_request_is_of_the_operation_with_the_longest_fixed_beginning(path: str, template: str):
    assert operation("GET", path) == (template, "get")
