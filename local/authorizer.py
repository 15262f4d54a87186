"""Asks the authorize function who is calling, and remembers the answer as API Gateway does."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import cast

from local.errors import LocalError
from local.events import authorizer_event
from local.shapes import mapping
from local.workers import Pool

_CACHE_SECONDS = 300
_CACHE_ENTRIES = 10_000
_PATIENCE_SECONDS = 10  # API Gateway waits no longer for an authorizer

Context = Mapping[str, object]


class Refused(LocalError):
    """The caller may not go on."""

    def __init__(self, status: int, message: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.message = message
        self.detail = detail


class Authorizer:
    """One answer per value of the Authorization header, for five minutes, whatever the route."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._answers: OrderedDict[bytes, tuple[float, Context | None]] = OrderedDict()
        self._asking: dict[bytes, asyncio.Task[Context | None]] = {}

    async def context(self, event: Mapping[str, object]) -> Context:
        """What the authorizer says about the caller; raises Refused when there is none or it says no."""
        authorization = cast("Mapping[str, str]", event["headers"]).get("authorization", "")
        if not authorization:
            raise Refused(401, "Unauthorized", "Send the API key in the Authorization header as 'Token <key>'.")
        key = hashlib.sha256(authorization.encode("utf-8", "replace")).digest()
        kept = self._answers.get(key)
        if kept and kept[0] > time.monotonic():
            self._answers.move_to_end(key)
            answer = kept[1]
        else:
            answer = await self._ask_once(key, authorizer_event(event, authorization))
        if answer is None:
            raise Refused(403, "Forbidden", "Forbidden.")
        return answer

    async def _ask_once(self, key: bytes, event: Mapping[str, object]) -> Context | None:
        """Ask, unless the same question is being asked already: a burst at the start is one call."""
        task = self._asking.get(key)
        if not task:
            task = asyncio.get_running_loop().create_task(self._ask(key, event))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(task)

    async def _ask(self, key: bytes, event: Mapping[str, object]) -> Context | None:
        answer = mapping(await self._pool.call(event, retry=True, patience=_PATIENCE_SECONDS))
        context = mapping(answer.get("context")) if answer.get("isAuthorized") is True else None
        if context and "unavailable" in context:
            return context  # the gateway in AWS keeps it too, for less than a minute
        self._answers[key] = (time.monotonic() + _CACHE_SECONDS, context)
        self._answers.move_to_end(key)
        while len(self._answers) > _CACHE_ENTRIES:
            self._answers.popitem(last=False)
        return context
