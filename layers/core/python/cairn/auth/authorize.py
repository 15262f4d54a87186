"""Who is calling: from the Authorization header to a project, a role and perhaps a pinned user."""

from datetime import datetime, timedelta
from typing import Final

from cairn.auth.keys import key_sha256
from cairn.auth.store import PostgresKeyStore
from cairn.auth.types import ApiKey
from cairn.kernel.errors import Unauthenticated

UNKNOWN_FOR: Final = timedelta(seconds=5)
"""How long a key that was not known is not looked up again: one that is made meanwhile works after that."""

_MOST_UNKNOWN: Final = 10_000
_SCHEMES = ("token", "bearer")


class Authorize:
    """Looks an API key up by its hash. `kept_seconds` is how long whoever asks keeps the answer."""

    def __init__(self, keys: PostgresKeyStore, *, kept_seconds: int = 0) -> None:
        self._keys = keys
        self.kept_seconds = kept_seconds
        self._unknown: dict[bytes, datetime] = {}  # oldest first

    def __call__(self, authorization: str, now: datetime) -> ApiKey:
        """The valid key in an Authorization header (`Token <key>` or `Bearer <key>`).

        Raises:
            Unauthenticated: another scheme, an unknown key, a revoked or an expired one.
            Unavailable: nobody can say who calls.
        """
        scheme, _, secret = authorization.strip().partition(" ")
        if scheme.lower() not in _SCHEMES or not secret.strip():
            raise Unauthenticated("Send the API key in the Authorization header as 'Token <key>'.")
        key = self._find(key_sha256(secret.strip()), now)
        if key is None:
            raise Unauthenticated("This API key is not known.")
        if key.revoked_at is not None:
            raise Unauthenticated("This API key was revoked.")
        if key.expires_at is not None and key.expires_at <= now:
            raise Unauthenticated("This API key has expired.")
        return key

    def _find(self, sha256: bytes, now: datetime) -> ApiKey | None:
        tried = self._unknown.get(sha256)
        if tried is not None and now < tried + UNKNOWN_FOR:
            return None
        self._unknown.pop(sha256, None)
        key = self._keys.find_key(sha256)
        if key is None:
            self._unknown[sha256] = now
            if len(self._unknown) > _MOST_UNKNOWN:
                del self._unknown[next(iter(self._unknown))]
        return key
