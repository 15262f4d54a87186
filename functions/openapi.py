"""The OpenAPI document of the whole API, from the routes of both HTTP functions: python -m functions.openapi > FILE.

What an operation answers is what its function is annotated with. The functions themselves make no schema of it: that
would be part of every cold start.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast, get_type_hints

from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, RootModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from cairn.platform.http.app import ErrorBody
from functions.add_memory.handler import app as writes
from functions.openapi_examples import ANSWERS, ERRORS
from functions.search import routes as search_routes
from functions.search.handler import app as reads

_OPEN_PATHS = ("/health/",)
_COMPONENTS: Final = "#/components/schemas/"


class GatewayErrorBody(BaseModel):
    """What API Gateway says by itself, before a request gets here."""

    message: str


class AnyErrorBody(RootModel[ErrorBody | GatewayErrorBody]):
    """An error of Cairn's, or of the gateway before it."""


_OF_GATEWAYS_TOO: Final = (401, 413, 429, 500, 503)
_ERRORS: Final = {
    400: "The request is wrong; `detail` names the field.",
    401: "No valid API key.",
    403: "The key may not do this.",
    404: "No such row.",
    405: "No such method.",
    409: "A conflict with what is stored.",
    408: "The body took too long to come.",
    413: "The body, its text or the answer is too large; `detail` says how to send or ask for less.",
    429: "The project has spent its tokens of today; Retry-After says when to come again.",
    500: "A fault of ours; it was logged.",
    503: "Something that Cairn depends on is away; Retry-After says when to come again.",
}
# Its answers are made by hand: one of them is a 503 that is no error.
_HEALTH: Final[dict[int, Any]] = {
    200: search_routes.HealthAnswer,
    503: search_routes.DownAnswer | AnyErrorBody,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path, and the function that answers it with this status."""

    method: str
    path: str
    endpoint: Callable[..., Any]
    status: int

    @property
    def answers(self) -> dict[int, Any]:
        """The types of its answers by status, those of the errors that it has in common with all others too."""
        errors = {status: AnyErrorBody if status in _OF_GATEWAYS_TOO else ErrorBody for status in _ERRORS}
        if self.endpoint is search_routes.health:
            return errors | _HEALTH
        return errors | {self.status: get_type_hints(self.endpoint, include_extras=True)["return"]}


def operations() -> Iterator[Operation]:
    """Every operation of the document, in the order in which requests are matched."""
    for route in iter_route_contexts([*reads.routes, *writes.routes]):
        if getattr(route, "include_in_schema", False) and route.path_format and route.endpoint:
            for method in route.methods or ():
                yield Operation(method.lower(), route.path_format, route.endpoint, route.status_code or 200)


class _Closed(GenerateJsonSchema):
    """Schemas of answers: they have the keys that are named, and no others."""

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        """The schema of a TypedDict, without titles that only say its keys in other letters."""
        made = super().typed_dict_schema(schema)
        for field in made["properties"].values():
            field.pop("title", None)
        return made | {"additionalProperties": False}


def document() -> dict[str, Any]:
    """The document, without what FastAPI assumes of every service and is not so here."""
    found = get_openapi(
        title="Cairn",
        version="1",
        summary="Long-term memory for AI agents, in the wire format of Mem0's clients.",
        routes=[*reads.routes, *writes.routes],
    )
    found["components"].setdefault("securitySchemes", {})["key"] = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "Token <API key>",
    }
    for name in ("HTTPValidationError", "ValidationError"):
        found["components"]["schemas"].pop(name, None)
    schemas, components = _schemas()
    found["components"]["schemas"] |= components
    found["components"]["examples"] = {f"Error{status}": {"value": error} for status, error in ERRORS.items()}
    for operation in operations():
        told = found["paths"][operation.path][operation.method]
        told["responses"] = _responses(operation, schemas, told["responses"][str(operation.status)]["description"])
        told["security"] = [] if operation.path in _OPEN_PATHS else [{"key": []}]
    return found


def _schemas() -> tuple[dict[tuple[Operation, int], JsonSchemaValue], dict[str, Any]]:
    """The schemas of all answers by operation and status, and the components that they name."""
    adapters = {(o, status): TypeAdapter(answer) for o in operations() for status, answer in o.answers.items()}
    made, whole = TypeAdapter.json_schemas(
        [(key, "serialization", adapter) for key, adapter in adapters.items()],
        schema_generator=_Closed,
        ref_template=_COMPONENTS + "{model}",
    )
    components: dict[str, Any] = whole["$defs"]
    picked: dict[str, Any] = {}
    schemas = {(key[0], key[1]): _apart(schema, picked) for (key, _), schema in made.items()}
    return schemas, _apart(components, picked) | picked


def _apart(schema: Any, picked: dict[str, Any]) -> Any:
    """The schema with what is picked out of an answer as components of their own, which are collected."""
    if isinstance(schema, list):
        return [_apart(each, picked) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _apart(value, picked) for key, value in cast("dict[str, Any]", schema).items()}
    if str(inner.get("title", "")).startswith("Picked"):
        picked[inner["title"]] = inner
        return {"$ref": _COMPONENTS + inner["title"]}
    return inner


def _responses(
    operation: Operation, schemas: dict[tuple[Operation, int], JsonSchemaValue], description: str
) -> dict[str, Any]:
    """What an operation answers, by status: each with its schema and an example."""
    told: dict[str, Any] = {}
    for status in operation.answers:
        content: dict[str, Any] = {"schema": schemas[operation, status]}
        if status == operation.status:
            content["example"] = ANSWERS[operation.endpoint]
        else:
            content["examples"] = {"error": {"$ref": f"#/components/examples/Error{status}"}}
        told[str(status)] = {
            "description": _ERRORS.get(status, description),
            "content": {"application/json": content},
        }
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, sort_keys=True) + "\n")
