"""The bodies of what is asked of the graph, and of memories over time."""

from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from cairn.filters import named_entities, only_names, parse_filters
from cairn.filters.tree import And
from cairn.kernel.errors import InvalidRequest
from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.bodies import ListBody, MemoryId, SelectBody
from cairn.platform.http.scopes import ENTITY_KEYS, NO_ENTITY, given, pinned_scope
from cairn.platform.http.values import Body, EntityId, FilterObject, Moment

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]


class ScopeBody(Body):
    """The entities whose part of the graph is meant, beside the filters or inside them."""

    filters: FilterObject | None = None
    user_id: EntityId | None = None
    agent_id: EntityId | None = None
    app_id: EntityId | None = None
    run_id: EntityId | None = None

    def named(self, tenant: Tenant) -> Scope:
        """The scope named, which may be empty; raises InvalidRequest where filters say more than entities."""
        where = parse_filters(given(self.filters), field="filters")
        ids = {k: v for k in ENTITY_KEYS if (v := getattr(self, k)) is not None}
        where = And((where, parse_filters(ids)))
        if not only_names(where):
            raise InvalidRequest("filters of the graph may only name one each of user_id, agent_id, app_id and run_id.")
        return pinned_scope(tenant, Scope(**named_entities(where)))

    def scope(self, tenant: Tenant) -> Scope:
        """The scope named; raises InvalidRequest without one, Forbidden for another user than the pinned."""
        scope = self.named(tenant)
        if scope.is_empty:
            raise InvalidRequest(NO_ENTITY)
        return scope


class PlaceBody(ScopeBody):
    """A part of the graph, and the moment whose relations are seen."""

    as_of: Moment | None = None


def _require_one(**given: object) -> None:
    if sum(value is not None for value in given.values()) != 1:
        raise ValueError(f"exactly one of {' and '.join(given)} is required")


def _one_of(*pairs: tuple[str, str]) -> ConfigDict:
    """Says in the schema that exactly one of each pair is taken; null is as if it was not there."""
    stated: list[JsonValue] = [{"oneOf": [_given(name) for name in pair]} for pair in pairs]
    return ConfigDict(json_schema_extra={"allOf": stated})


def _given(name: str) -> JsonValue:
    return {"required": [name], "properties": {name: {"type": "string"}}}


class RelatedBody(PlaceBody):
    """POST /v1/graph/related/."""

    model_config = _one_of(("entity", "memory_id"))

    entity: Name | None = None
    memory_id: MemoryId | None = None
    depth: Annotated[int, Field(ge=1, le=3)] = 1
    limit: Annotated[int, Field(ge=1, le=500)] = 50

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        _require_one(entity=self.entity, memory_id=self.memory_id)
        return self


class PathBody(PlaceBody):
    """POST /v1/graph/path/."""

    model_config = _one_of(("source", "source_memory_id"), ("target", "target_memory_id"))

    source: Name | None = None
    source_memory_id: MemoryId | None = None
    target: Name | None = None
    target_memory_id: MemoryId | None = None
    max_length: Annotated[int, Field(ge=1, le=6)] = 4

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        _require_one(source=self.source, source_memory_id=self.source_memory_id)
        _require_one(target=self.target, target_memory_id=self.target_memory_id)
        return self


class CommunitiesBody(PlaceBody):
    """POST /v1/graph/communities/."""

    limit: Annotated[int, Field(ge=1, le=500)] = 50


class EvolutionBody(SelectBody):
    """POST /v1/graph/evolution/."""

    model_config = _one_of(("entity", "topic"))

    entity: Name | None = None
    topic: Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"\S")] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        _require_one(entity=self.entity, topic=self.topic)
        return self


class SupersededBody(ListBody):
    """POST /v1/graph/superseded/."""


def _only_true(value: object) -> object:
    if value is not None and value is not True:
        raise ValueError("must be true where it is given")
    return value


class SyncBody(ScopeBody):
    """POST /v1/graph/sync/: one memory, a scope, or with `all` the project."""

    memory_id: MemoryId | None = None
    all: Annotated[bool | None, BeforeValidator(_only_true)] = None
