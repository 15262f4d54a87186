"""The query string of the lists that are asked for by GET."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from cairn.kernel.errors import InvalidRequest
from cairn.memories.bodies import ListBody
from cairn.platform.http.literals import literal
from cairn.platform.http.scopes import ENTITY_KEYS
from cairn.platform.http.values import Body, WrittenMoment, error_sentence

# An asterisk is any entity of the kind, as in filters.
_Id = Annotated[str, StringConstraints(min_length=1, max_length=256)]
_Names = Annotated[list[str], Field(max_length=100)]


class ListQuery(Body):
    """GET /v1/memories/: the entities and what else narrows the list, each as text."""

    user_id: _Id | None = None
    agent_id: _Id | None = None
    app_id: _Id | None = None
    run_id: _Id | None = None
    categories: _Names | None = None
    metadata: Annotated[str, Field(max_length=10_000)] | None = None
    keywords: str | None = None
    start_date: WrittenMoment | None = None
    end_date: WrittenMoment | None = None
    fields: _Names | None = None
    show_expired: bool = False
    page: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    page_size: Annotated[int, Field(ge=1, le=200)] | None = None
    top_k: Annotated[int, Field(ge=1, le=1_000)] | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] | None = None

    def body(self, **entity: str) -> ListBody:
        """The same as the body of a list, of this entity where the path names one.

        Raises:
            InvalidRequest: one sentence that names the parameter.
        """
        body: dict[str, Any] = self.model_dump(exclude={*ENTITY_KEYS, "metadata", "categories", "fields"})
        body["filters"] = {k: v for k in ENTITY_KEYS if (v := getattr(self, k)) is not None} | entity
        body |= {"categories": _names("categories", self.categories), "fields": _names("fields", self.fields)}
        if self.metadata is not None:
            body["metadata"] = literal("metadata", self.metadata)
        try:
            return ListBody.model_validate(body)
        except ValidationError as exc:
            raise InvalidRequest(error_sentence(exc.errors()[0])) from None


def _names(field: str, written: list[str] | None) -> Any:
    """Names as they may stand in a query string: repeated, between commas, or as a JSON list."""
    if written is None:
        return None
    if len(written) == 1 and written[0].lstrip().startswith("["):
        return literal(field, written[0])
    return [name for one in written for part in one.split(",") if (name := part.strip())]
