"""Bodies that come too slowly."""

import time
from collections.abc import Iterable

import httpx2


def read_until(deadline: float, chunks: Iterable[bytes]) -> bytes:
    """The chunks of a body, joined; raises ReadTimeout where they still come after `deadline`, of time.monotonic().

    The client's own timeout starts anew with each byte, and some endpoints send blanks while they think.
    """
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if time.monotonic() > deadline:
            raise httpx2.ReadTimeout("The body came too slowly.")
    return bytes(body)
