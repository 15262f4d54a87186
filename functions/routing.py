"""Which function answers which request: the one table that the local gateway and the deployed API read.

Paths are without their last slash: with or without it they mean the same.
"""

from typing import Final

READ_POSTS: Final = frozenset(
    {
        "/v3/memories/search",
        "/v3/memories/search/agentic",
        "/v3/memories/search/fast",
        "/v3/memories",
        "/v2/memories/search",
        "/v2/memories",
        "/v1/memories/search",
        "/v1/context",
        "/v1/summary",
        "/v1/graph/related",
        "/v1/graph/path",
        "/v1/graph/communities",
        "/v1/graph/evolution",
        "/v1/graph/superseded",
    }
)
"""POST requests that only read; the search function serves them, like every GET."""

WRITE_POSTS_BELOW_READS: Final = frozenset({"/v3/memories/add"})
"""POST requests that write, under the path of one that reads."""

OPEN_ROUTES: Final = frozenset({"/health"})
"""GET requests that need no key."""

CORS_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Mem0-User-ID",
    "X-Mem0-Client",
    "X-Mem0-Source",
    "X-Application",
    "Idempotency-Key",
)
"""Request headers that a page in a browser may send."""
