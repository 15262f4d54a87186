"""Steps of a start: some side by side, and the last, the service's own word that it is well."""

import asyncio
import http.client
from collections.abc import Coroutine

from local.errors import CallError, StartError

_ANSWER_SECONDS = 30


async def together(*work: Coroutine[None, None, None]) -> None:
    """Run steps side by side; the first that fails ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in work:
                group.create_task(step)
    except* (StartError, CallError) as failures:
        first: BaseException = failures
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


def health(port: int) -> int:
    """The status of GET /health; 0 where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
