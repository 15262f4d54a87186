"""Answers about API keys."""

from cairn.auth.types import ApiKey
from cairn.platform.http.answers import Json, moment


def api_key(k: ApiKey) -> Json:
    """A key without its secret."""
    return {
        "id": str(k.id),
        "name": k.name,
        "role": k.role.value,
        "user_id": k.pinned_user_id,
        "created_at": moment(k.created_at),
        "expires_at": moment(k.expires_at),
        "revoked_at": moment(k.revoked_at),
    }
