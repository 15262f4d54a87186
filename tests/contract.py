"""Holds answers against docs/openapi.json: their status, their keys and what is in them."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema_rs import Draft202012Validator

DOCUMENT = json.loads((Path(__file__).resolve().parent.parent / "docs" / "openapi.json").read_text())
# Gateways add a key of their own to an error, and none to any other answer. Ours have none.
DOCUMENT["components"]["schemas"]["ErrorBody"]["additionalProperties"] = False


def without_picked(schema: Any) -> Any:
    """The schema of who asks for no `fields`: an answer is whole where it could be cut down."""
    if isinstance(schema, list):
        return [without_picked(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    one_of = schema.get("anyOf", [])
    whole = [each for each in one_of if not str(each.get("$ref", "")).startswith("#/components/schemas/Picked")]
    if len(whole) < len(one_of):
        return whole[0]
    return {key: without_picked(value) for key, value in schema.items()}


WHOLE = without_picked(DOCUMENT)


def literal_parts(template: str) -> tuple[int, int]:
    """How much of a path's template is fixed: up to its first parameter, and in all."""
    return len(template.partition("{")[0]), len(re.sub(r"{\w+}", "", template))


TEMPLATES = [
    (template, re.compile(re.sub(r"{\w+}", ".+", template), re.DOTALL))
    for template in sorted(DOCUMENT["paths"], key=literal_parts, reverse=True)
]


def operation(method: str, path: str) -> tuple[str, str] | None:
    """The operation that answers a request, by its place in the document; None where it is none of the document's."""
    asked = urlsplit(path).path.rstrip("/") + "/"
    for template, pattern in TEMPLATES:
        if pattern.fullmatch(asked) and method.lower() in DOCUMENT["paths"][template]:
            return template, method.lower()
    return None


@cache
def validator(template: str, method: str, status: str, *, picked: bool) -> Draft202012Validator:
    """What an answer is held against; raises KeyError where the operation does not say that it has this status."""
    document = DOCUMENT if picked else WHOLE
    schema = document["paths"][template][method]["responses"][status]["content"]["application/json"]["schema"]
    return validator_of(schema, document["components"])


def validator_of(schema: dict[str, Any], components: dict[str, Any]) -> Draft202012Validator:
    """The validator of a schema that names these components."""
    return Draft202012Validator({"allOf": [schema], "components": components}, validate_formats=True)


ERROR = validator_of({"$ref": "#/components/schemas/ErrorBody"}, DOCUMENT["components"])


def faults(found: Draft202012Validator, body: Any) -> list[str]:
    """What is wrong with an answer, and where."""
    return [f"{'/'.join(map(str, e.instance_path))}: {e.message}"[:2_000] for e in found.iter_errors(body)]


def require_conformity(method: str, path: str, status: int, body: Any, *, picked: bool = False) -> None:
    """Raises AssertionError where an answer is not what the document says; `picked` where `fields` were asked for."""
    asked = f"{method} {path} answered {status}"
    place = operation(method, path)
    if place is None:
        assert status >= 400, f"{asked}, and the document has no such operation"
        assert not faults(ERROR, body), f"{asked}: {body}"
        return
    said = DOCUMENT["paths"][place[0]][place[1]]["responses"]
    # What is not there of Mem0's API, below the path of something that is.
    if status == 501 and body["code"] == "not_implemented":
        return
    assert str(status) in said, f"{asked}, which the document does not say of {place[0]}: {body}"
    found = faults(validator(*place, str(status), picked=picked), body)
    assert not found, f"{asked}, which is not what the document says of {place[0]}: {found}"
