"""An add that another system sends over SQS or EventBridge: the body of the HTTP route, and which project it is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, cast
from uuid import UUID

from pydantic import Field, ValidationError

from cairn.add.bodies import AddBody
from cairn.kernel.errors import InvalidRequest
from cairn.platform.http.parsing import parsed
from cairn.platform.http.values import Body, Unstorable, error_sentence


class Addressed(Body):
    """What a message has beside the body of an add. A blank key is refused, as in a header: it would tell no repeat."""

    as_given: ClassVar[frozenset[str] | None] = frozenset({"idempotency_key"})

    project_id: UUID
    idempotency_key: Annotated[str, Field(min_length=1, max_length=255)] | None = None


@dataclass(frozen=True, slots=True)
class Ingested:
    """One add of another system; the same key again is the same add again."""

    project_id: UUID
    body: AddBody
    idempotency_key: str


def ingested(text: str, message_id: str) -> Ingested:
    """The add in the body of an SQS message, be it sent there as it is or by a rule of EventBridge.

    Raises:
        InvalidRequest: one sentence that names the field.
    """
    try:
        fields = parsed(text)
    except (ValueError, RecursionError):
        raise InvalidRequest("The message is not valid JSON.") from None
    sent = cast("dict[str, Any]", fields) if isinstance(fields, dict) else {}
    enveloped = "detail-type" in sent
    detail: object = sent.get("detail") if enveloped else cast("object", fields)
    try:
        addressed = Addressed.model_validate(detail)
        body = AddBody.model_validate(detail)
    except ValidationError as exc:
        raise InvalidRequest(_loggable(exc.errors()[0])) from None
    if addressed.idempotency_key:
        return Ingested(addressed.project_id, body, _key("given", addressed.idempotency_key))
    if enveloped and isinstance(sent.get("id"), str):
        return Ingested(addressed.project_id, body, _key("event", sent["id"]))
    return Ingested(addressed.project_id, body, _key("message", message_id))


def _loggable(error: Mapping[str, Any]) -> str:
    """The sentence of an error without keys that are the sender's own words: only the log gets it."""
    cause = error.get("ctx", {}).get("error")
    return f"{cause.field} {cause.what}." if isinstance(cause, Unstorable) else error_sentence(error)


def _key(source: str, key: str) -> str:
    # A header holds no line break, so this is never the Idempotency-Key of a request over HTTP.
    return f"ingest\n{source}\n{key}"
