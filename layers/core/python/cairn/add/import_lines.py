"""The body of an import: one memory a line, as JSON."""

from collections.abc import Iterator
from datetime import datetime
from math import fsum, isfinite, sqrt
from typing import Annotated, Any, Final, Literal, cast

from pydantic import AliasChoices, Field, ValidationError

from cairn.kernel.errors import InvalidRequest
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Scope, Tenant
from cairn.language.vital import importance
from cairn.memories.options import AddOptions
from cairn.memories.types import Kind, NewMemory
from cairn.models_ai.embed.port import Vector
from cairn.platform.http.parsing import parsed
from cairn.platform.http.scopes import NO_ENTITY, pinned_scope
from cairn.platform.http.values import Body, Day, EntityId, Metadata, Moment, Names, Text, Told, error_sentence

MOST_LINES: Final = 10_000
IMPORTED: Final = "import"


class ImportLine(Body):
    """One memory to import. `kind` verbatim may repeat; a fact that its scope has already is passed over."""

    text: Annotated[Text, Field(validation_alias=AliasChoices("text", "memory"))]
    user_id: EntityId | None = None
    agent_id: EntityId | None = None
    app_id: EntityId | None = None
    run_id: EntityId | None = None
    actor: Annotated[str, Field(min_length=1, max_length=256)] = "user"
    kind: Literal["fact", "verbatim"] = "fact"
    metadata: Metadata | None = None
    categories: Names | None = None
    importance: Annotated[float, Field(ge=1, le=10)] | None = None
    timestamp: Moment | None = None
    event_time: Told | None = None
    expiration_date: Day | None = None
    immutable: bool = False

    def memory(self, tenant: Tenant, now: datetime, embedding: Vector) -> NewMemory:
        """The memory to insert; raises InvalidRequest without an entity, Forbidden for another user than the pinned."""
        scope = pinned_scope(tenant, Scope(self.user_id, self.agent_id, self.app_id, self.run_id))
        if scope.is_empty:
            raise InvalidRequest(NO_ENTITY)
        return NewMemory(
            id=new_id(),
            scope=scope,
            kind=Kind(self.kind),
            text=self.text,
            actor=self.actor,
            told_at=self.timestamp or now,
            valid_from=self.timestamp or now,
            embedding=embedding,
            options=AddOptions(
                infer=False,
                metadata=self.metadata or {},
                categories=tuple(self.categories or ()),
                expires_on=self.expiration_date,
                immutable=self.immutable,
            ),
            source_message_ids=(),
            source_spans=(),
            extractor=IMPORTED,
            importance=importance(self.text) if self.importance is None else self.importance,
            event=self.event_time,
        )


def imported(body: bytes, tenant: Tenant, now: datetime, dimensions: int) -> list[NewMemory]:
    """The memories of a body of JSON lines, those without an embedding with an empty one.

    Raises:
        InvalidRequest: naming the line and the field; nothing is imported then.
    """
    memories = [_memory(number, line, tenant, now, dimensions) for number, line in _lines(body)]
    if not memories:
        raise InvalidRequest("The body must hold one JSON object a line.")
    return memories


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    lines = body.split(b"\n")
    if len(lines) > MOST_LINES + 1:
        raise InvalidRequest(f"The body must hold at most {MOST_LINES} lines.")
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _memory(number: int, line: bytes, tenant: Tenant, now: datetime, dimensions: int) -> NewMemory:
    try:
        fields = parsed(line)
    except (ValueError, RecursionError):
        raise InvalidRequest(f"line {number} is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise InvalidRequest(f"line {number} must be a JSON object.")
    given = cast("dict[str, Any]", fields)
    embedding = _unit(number, given.pop("embedding", None), dimensions)
    try:
        return ImportLine.model_validate(given).memory(tenant, now, embedding)
    except ValidationError as exc:
        raise InvalidRequest(f"line {number}: {error_sentence(exc.errors()[0])}") from None
    except InvalidRequest as exc:
        raise InvalidRequest(f"line {number}: {exc}") from None


def _unit(number: int, embedding: Any, dimensions: int) -> Vector:
    """The embedding at unit length; empty where none was given."""
    if embedding is None:
        return ()
    wrong = InvalidRequest(f"line {number}: embedding must be {dimensions} finite numbers that are not all zero.")
    if not isinstance(embedding, list):
        raise wrong
    given = cast("list[Any]", embedding)
    # One look at the types of all, because a line has hundreds of numbers and an import thousands of lines.
    if len(given) != dimensions or not set(map(type, given)) <= {int, float}:
        raise wrong
    values = cast("list[float]", given)
    try:
        largest = max(map(abs, values))
        scaled = [value / largest for value in values] if largest and isfinite(largest) else []
    except OverflowError:
        raise wrong from None
    if not scaled:
        raise wrong
    length = sqrt(fsum(value * value for value in scaled))
    return [value / length for value in scaled]
