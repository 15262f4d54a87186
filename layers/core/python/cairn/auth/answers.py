"""Answers about API keys."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from cairn.auth.types import ApiKey
from cairn.kernel.tenancy import Role
from cairn.platform.http.answers import Id, Moment, moment, one_of


class KeyAnswer(TypedDict):
    """A key without its secret."""

    id: Id
    name: str
    role: Annotated[str, one_of(*Role)]
    user_id: Annotated[str | None, Field(description="The user it is pinned to; null is the whole project.")]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None


class NewKeyAnswer(KeyAnswer):
    """A key just made."""

    key: Annotated[str, Field(description="The secret; it is shown this once.")]


class KeysAnswer(TypedDict):
    """All keys of a project."""

    results: list[KeyAnswer]


def api_key(k: ApiKey) -> KeyAnswer:
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


def new_key(k: ApiKey, secret: str) -> NewKeyAnswer:
    """A key with its secret."""
    return {**api_key(k), "key": secret}
