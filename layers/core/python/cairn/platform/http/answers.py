"""What all answers have in common: times, pages, and the fields asked for.

Answers are TypedDicts: plain dicts, whose types are checked before the service runs, and cost nothing when it does.
functions/openapi.py makes the schemas of the API's document from them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar, cast, overload

from pydantic import Field
from typing_extensions import TypedDict

Answer = TypeVar("Answer")


def one_of(*values: str, description: str | None = None) -> Any:
    """Says in the schema of a text which values it takes."""
    # Members of an enum are written as what they are worth.
    return Field(description=description, json_schema_extra={"enum": [str(value) for value in values]})


Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601 in UTC, microseconds included."""
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class PickedFields:
    """Marks an answer of which a request may ask for some `fields` alone: what was named is there, and `always`."""

    def __init__(self, *always: str) -> None:
        self._always = list(always)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """The schema of the whole answer, or of any part of it that has the id."""
        whole: dict[str, Any] = handler(schema)
        picked = handler.resolve_ref_schema(whole) | {"required": self._always}
        besides = f", and {', '.join(self._always)}" if self._always else ""
        picked["description"] = f"{picked['title']} cut down to the `fields` that were asked for{besides}."
        picked["title"] = f"Picked{picked['title']}"
        return {"anyOf": [whole, picked]}


Picked = Annotated[Answer, PickedFields("id")]


@overload
def moment(value: datetime) -> str: ...
@overload
def moment(value: None) -> None: ...
@overload
def moment(value: datetime | None) -> str | None: ...
def moment(value: datetime | None) -> str | None:
    """ISO 8601 in UTC, microseconds included."""
    return value.astimezone(UTC).isoformat() if value else None


def only_fields(item: Answer, fields: Sequence[str] | None) -> Answer:
    """The item cut down to the fields asked for; its id always stays. Its type is that of the whole: see Picked."""
    if not fields:
        return item
    whole = cast("dict[str, Any]", item)
    return cast("Answer", {k: v for k, v in whole.items() if k == "id" or k in fields})


class PageAnswer(TypedDict):
    """Where a page stands in its list."""

    count: Annotated[int, Field(description="How many there are on all pages.")]
    next: Annotated[str | None, Field(description="Absolute address of the next page.")]
    previous: Annotated[str | None, Field(description="Absolute address of the page before.")]


class MessageAnswer(TypedDict):
    """What a write did, in words."""

    message: str
