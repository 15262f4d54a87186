"""Who is calling: from the Authorization header to a project, a role and perhaps a pinned user."""

from datetime import datetime

from cairn.access import ApiKey
from cairn.errors import Unauthenticated
from cairn.ports import ProjectStore
from cairn.usecases.keys import key_sha256

_SCHEMES = ("token", "bearer")


class Authorize:
    """Looks an API key up by its hash. `kept_seconds` is how long whoever asks keeps the answer."""

    def __init__(self, projects: ProjectStore, *, kept_seconds: int = 0) -> None:
        self._projects = projects
        self.kept_seconds = kept_seconds

    def __call__(self, authorization: str, now: datetime) -> ApiKey:
        """The valid key in an Authorization header (`Token <key>` or `Bearer <key>`).

        Raises:
            Unauthenticated: another scheme, an unknown key, a revoked or an expired one.
            Unavailable: nobody can say who calls.
        """
        scheme, _, secret = authorization.strip().partition(" ")
        if scheme.lower() not in _SCHEMES or not secret.strip():
            raise Unauthenticated("Send the API key in the Authorization header as 'Token <key>'.")
        key = self._projects.find_key(key_sha256(secret.strip()))
        if key is None:
            raise Unauthenticated("This API key is not known.")
        if key.revoked_at is not None:
            raise Unauthenticated("This API key was revoked.")
        if key.expires_at is not None and key.expires_at <= now:
            raise Unauthenticated("This API key has expired.")
        return key
