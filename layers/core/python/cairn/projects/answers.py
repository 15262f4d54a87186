"""Answers about a project: its settings, and what models cost it."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Final, Literal, cast

from pydantic import Field
from typing_extensions import TypedDict

from cairn.platform.http.answers import Day, Id, Moment, PickedFields, moment, one_of
from cairn.projects.types import DayUsage, Extractor, Project


class PingAnswer(TypedDict):
    """Whose key this is."""

    status: Literal["ok"]
    org_id: Id
    project_id: Id
    user_email: Annotated[str, Field(description="An address of the key, to which no mail goes.")]


class DayUsageAnswer(TypedDict):
    """What one kind of call to a model cost on one day (UTC)."""

    day: Day
    kind: Annotated[str, Field(description="What the calls were for: extract, decide, procedure, chat or embed.")]
    requests: int
    tokens_in: int
    tokens_out: int
    cost_usd: float


class TotalUsageAnswer(TypedDict):
    """What they cost in all."""

    requests: int
    tokens_in: int
    tokens_out: int
    cost_usd: float


class BudgetAnswer(TypedDict):
    """The tokens of today (UTC); null is no limit."""

    daily_tokens: int | None
    used_today: int
    remaining: int | None
    resets_in_seconds: int


class UsageAnswer(TypedDict):
    """What models cost a project, the latest day first."""

    results: list[DayUsageAnswer]
    total: TotalUsageAnswer
    budget: BudgetAnswer


class ProjectAnswer(TypedDict):
    """A project and its settings."""

    id: Id
    project_id: Annotated[Id, Field(description="The same as `id`.")]
    org_id: Id
    name: str
    description: Annotated[str, Field(description="A key of Mem0's; always empty.")]
    members: Annotated[list[Any], Field(description="A key of Mem0's; always empty.", max_length=0)]
    created_at: Moment
    custom_instructions: str | None
    agent_custom_instructions: str | None
    custom_categories: Annotated[list[dict[str, str]] | None, Field(description="Each as {name: what it covers}.")]
    inclusion_prompt: str | None
    exclusion_prompt: str | None
    extractor: Annotated[
        Annotated[str, one_of(*Extractor)] | None, Field(description="Who picks facts out of messages.")
    ]
    daily_token_budget: Annotated[int | None, Field(description="Null is the deployment's, 0 no limit.")]
    multilingual: Annotated[bool | None, Field(description="Kept for Mem0's clients, as all that follow.")]
    decay: bool | None
    memory_depth: str | None
    usecase_setting: str | None
    retrieval_criteria: list[Any] | None
    enable_graph: bool | None
    version: str | None


PickedProject = Annotated[ProjectAnswer, PickedFields()]


def usage(days: Sequence[DayUsage], limit: int, used_today: int, resets_in: int) -> UsageAnswer:
    """What models cost, by day and kind, in all, and what is left of today's budget."""
    return {
        "results": [_day(day) for day in days],
        "total": {
            "requests": sum(d.requests for d in days),
            "tokens_in": sum(d.tokens_in for d in days),
            "tokens_out": sum(d.tokens_out for d in days),
            "cost_usd": round(sum(d.cost_usd for d in days), 10),
        },
        "budget": {
            "daily_tokens": limit or None,
            "used_today": used_today,
            "remaining": max(0, limit - used_today) if limit else None,
            "resets_in_seconds": resets_in,
        },
    }


def _day(d: DayUsage) -> DayUsageAnswer:
    return cast("DayUsageAnswer", asdict(d) | {"day": d.day.isoformat()})


def ping(p: Project, key_name: str) -> PingAnswer:
    """Whose key this is. Clients want an address; without accounts it is the key's, where no mail goes."""
    words = re.sub(r"[^a-z0-9]+", "-", key_name.lower())[:64].strip("-")
    return {
        "status": "ok",
        "org_id": str(p.org_id),
        "project_id": str(p.id),
        "user_email": f"{words or 'key'}@cairn.invalid",
    }


_NO_SETTINGS: Final = {
    "custom_instructions": None,
    "agent_custom_instructions": None,
    "custom_categories": None,
    "inclusion_prompt": None,
    "exclusion_prompt": None,
    "extractor": "model",
    "daily_token_budget": None,
    "multilingual": False,
    "decay": False,
    "memory_depth": None,
    "usecase_setting": None,
    "retrieval_criteria": None,
    "enable_graph": False,
    "version": "v3",
}


def project(p: Project, fields: Sequence[str] | None) -> PickedProject:
    """The project with every setting, or only the fields asked for."""
    whole: dict[str, Any] = {
        "id": str(p.id),
        "project_id": str(p.id),
        "org_id": str(p.org_id),
        "name": p.name,
        "description": "",
        "members": [],
        "created_at": moment(p.created_at),
        **_NO_SETTINGS,
        **p.stored,
    }
    asked = whole if not fields else {name: value for name, value in whole.items() if name in fields}
    return cast("ProjectAnswer", asked)
