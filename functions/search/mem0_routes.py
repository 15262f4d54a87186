"""Reads of Mem0's API for what Cairn does not have: the empty answer where Mem0 has one, else 501."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cairn.platform.http.app import new_router, not_offered
from functions.search.routes import Reader

router = new_router()

_ORGANIZATIONS: Final = "/api/v1/orgs/organizations/"

missing = not_offered(
    (
        ("GET", "/v1/entities/filters/"),
        ("GET", "/v1/stats/"),
        ("GET", "/v1/users/"),
        ("GET", "/v1/agents/"),
        ("GET", "/v1/apps/"),
        ("GET", "/v1/runs/"),
        ("GET", "/v1/exports/"),
        ("GET", "/v1/exports/{export_id:path}/"),
        ("GET", "/v1/webhooks/"),
        ("GET", "/v1/webhooks/{path:path}/"),
        ("GET", "/api/v1/webhooks/"),
        ("GET", "/api/v1/webhooks/{webhook_id}/"),
        ("GET", "/v2/profiles/settings/"),
        ("GET", "/v2/profiles/jobs/"),
        ("GET", "/v2/profiles/jobs/{job_id}/"),
        ("GET", _ORGANIZATIONS),
        ("GET", _ORGANIZATIONS + "{org_id}/"),
        ("GET", _ORGANIZATIONS + "{org_id}/members/"),
        ("GET", _ORGANIZATIONS + "{org_id}/projects/"),
        ("GET", _ORGANIZATIONS + "{org_id}/projects/{project_id}/members/"),
    )
)


class ProfileAnswer(TypedDict):
    """The profile of a user: a state of Mem0's API that says there are none."""

    status: Literal["not_enabled"]
    profile: None
    entity_type: Literal["user"]
    entity_id: Annotated[str, Field(description="The name in the path.")]
    updated_at: None
    generation_count: Literal[0]


@router.get("/v2/entities/user/{name:path}/profile/")
async def profile(name: str, tenant: Reader) -> ProfileAnswer:
    """The profile of a user: a state of Mem0's API that says there are none."""
    return {
        "status": "not_enabled",
        "profile": None,
        "entity_type": "user",
        "entity_id": name,
        "updated_at": None,
        "generation_count": 0,
    }


NoWebhooks = Annotated[list[Any], Field(max_length=0)]


@router.get("/api/v1/webhooks/projects/{project_id}/")
async def webhooks(project_id: str, tenant: Reader) -> NoWebhooks:
    """The webhooks of a project: there are none."""
    return []
