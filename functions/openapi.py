"""The OpenAPI document of the whole API, from the routes of both HTTP functions: python -m functions.openapi > FILE."""

import json
import sys
from typing import Any

from fastapi.openapi.utils import get_openapi

from functions.add_memory.handler import app as writes
from functions.search.handler import app as reads

_OPEN_PATHS = ("/health/",)


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
    for path, operations in found["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)  # bad input is 400
            operation["security"] = [] if path in _OPEN_PATHS else [{"key": []}]
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, sort_keys=True) + "\n")
