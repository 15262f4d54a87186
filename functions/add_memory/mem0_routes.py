"""Writes of Mem0's API for what Cairn does not have: 501."""

from typing import Final

from cairn.platform.http.app import not_offered

_ORGANIZATIONS: Final = "/api/v1/orgs/organizations/"
_MEMBERS: Final = (_ORGANIZATIONS + "{org_id}/members/", _ORGANIZATIONS + "{org_id}/projects/{project_id}/members/")

missing = not_offered(
    (
        ("POST", "/v1/exports/"),
        ("POST", "/v1/exports/get/"),
        ("POST", "/v1/users/"),
        ("POST", "/v1/agents/"),
        ("POST", "/v1/apps/"),
        ("POST", "/v1/runs/"),
        ("POST", "/v2/profiles/jobs/"),
        ("POST", "/v2/profiles/settings/"),
        ("POST", "/api/v1/webhooks/projects/{project_id}/"),
        ("PUT", "/api/v1/webhooks/{webhook_id}/"),
        ("DELETE", "/api/v1/webhooks/{webhook_id}/"),
        ("POST", _ORGANIZATIONS),
        ("DELETE", _ORGANIZATIONS + "{org_id}/"),
        ("POST", _ORGANIZATIONS + "{org_id}/projects/"),
        ("DELETE", _ORGANIZATIONS + "{org_id}/projects/{project_id}/"),
        *((method, path) for method in ("POST", "PUT", "DELETE") for path in (*_MEMBERS, "/v1/webhooks/{path:path}/")),
    )
)
