"""Keeps strangers out of the local SQS: its port is open to every user of the machine and every page they look at."""

import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Final, cast

Message = MutableMapping[str, object]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]

_CREDENTIAL: Final = re.compile(rb"Credential=([^/,\s]+)/")
_REFUSAL: Final = b'{"__type": "AccessDenied", "message": "Sign with the access key of local.json."}'


def guarded(app: Application, access_key: str) -> Application:
    """The application for requests that name this access key; all others, a browser's preflight too, get 403.

    The emulator checks no signature, so that the key itself is the secret; it never leaves the machine.
    """

    async def serve(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        headers = cast("list[tuple[bytes, bytes]]", scope.get("headers", []))
        if scope["type"] != "http" or _names(headers, access_key.encode()):
            await app(scope, receive, send)
            return
        own = [(b"content-type", b"application/json"), (b"content-length", str(len(_REFUSAL)).encode())]
        await send({"type": "http.response.start", "status": 403, "headers": own})
        await send({"type": "http.response.body", "body": _REFUSAL})

    return serve


def _names(headers: list[tuple[bytes, bytes]], access_key: bytes) -> bool:
    for name, value in headers:
        found = _CREDENTIAL.search(value) if name.lower() == b"authorization" else None
        if found and hmac.compare_digest(found[1], access_key):
            return True
    return False
