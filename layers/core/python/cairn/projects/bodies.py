"""Bodies of requests about the project."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from cairn.kernel.errors import InvalidRequest
from cairn.platform.http.values import Body, Categories, Wish
from cairn.projects.types import Extractor


class ProjectBody(Body):
    """PATCH of a project: what is left out stays, null clears. Keys that are unknown here are kept as they are."""

    as_given: ClassVar[frozenset[str] | None] = None

    custom_instructions: Wish | None = None
    agent_custom_instructions: Wish | None = None
    custom_categories: Categories | None = None
    inclusion_prompt: Wish | None = None
    exclusion_prompt: Wish | None = None
    extractor: Extractor | None = None
    daily_token_budget: Annotated[int, Field(ge=0, le=10**15)] | None = None
    multilingual: bool | None = None
    decay: bool | None = None
    enable_graph: bool | None = None
    memory_depth: Annotated[str, Field(max_length=1_000)] | None = None
    usecase_setting: Annotated[str, Field(max_length=10_000)] | None = None
    retrieval_criteria: Annotated[list[Any], Field(max_length=100)] | None = None
    version: Annotated[str, Field(max_length=32)] | None = None

    def changes(self) -> dict[str, Any]:
        """The settings to set, as they are stored; raises InvalidRequest when there are none."""
        if not self.model_fields_set:
            raise InvalidRequest(f"At least one setting is required: {', '.join(type(self).model_fields)}.")
        changes = self.model_dump(mode="json", include=self.model_fields_set)
        if self.custom_categories is not None:
            changes["custom_categories"] = [{name: text} for name, text in self.custom_categories]
        return changes
