"""The shape of an answer: as a schema that endpoints accept, and how an answer is found in what a model wrote."""

import json
from collections.abc import Iterator
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel, ValidationError

AnswerT = TypeVar("AnswerT", bound=BaseModel)

_DECODER: Final = json.JSONDecoder()
_MOST_STARTS: Final = 100  # braces tried as the beginning of the answer
_MOST_FAULTS: Final = 10  # faults told to the model


class NotOfSchema(Exception):
    """What a model wrote holds no answer of the schema; the text says why, in words that are for the model alone."""


def strict_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON schema, as strict structured output wants it.

    Every property is required and no other is allowed. Titles, defaults and the docstrings of our classes go: they
    cost tokens and say nothing to a model.
    """
    return cast("dict[str, Any]", _strict(answer.model_json_schema()))


def _strict(node: object) -> object:
    if isinstance(node, list):
        return [_strict(item) for item in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    schema = cast("dict[str, Any]", node)
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}  # nothing may stand beside it
    strict = {key: _strict(value) for key, value in schema.items() if key not in ("title", "default")}
    for named in ("properties", "$defs"):  # their keys are names, and a name may be "title"
        if named in schema:
            strict[named] = {name: _strict(value) for name, value in schema[named].items()}
    if "properties" in schema:
        strict.pop("description", None)
        strict |= {"required": list(schema["properties"]), "additionalProperties": False}
    return strict


def read(text: str, answer: type[AnswerT]) -> AnswerT:
    """The answer in what a model wrote: the last object of its kind, whatever stands around it.

    Raises:
        NotOfSchema: there is none.
    """
    found = [candidate for candidate in _objects(text) if candidate.keys() & answer.model_fields.keys()]
    if not found:
        # An object with none of the keys would be a valid answer where every field has a default. It is none: it may
        # be a part of a longer answer that was broken off.
        raise NotOfSchema(f"There is no JSON object with {', '.join(answer.model_fields)} in it.")
    try:
        return answer.model_validate(found[-1])
    except ValidationError as exc:
        faults = exc.errors(include_url=False, include_input=False, include_context=False)
        lines = [f"{'.'.join(map(str, f['loc'])) or 'answer'}: {f['msg']}" for f in faults[:_MOST_FAULTS]]
        raise NotOfSchema("\n".join(lines)) from None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The outermost JSON objects of a text, in order."""
    position = 0
    for _ in range(_MOST_STARTS):
        position = text.find("{", position)
        if position < 0:
            return
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):  # no JSON from here, or of a depth that only an attacker writes
            position += 1
        else:
            yield value
