"""The client of an OpenAI-compatible endpoint, for chat and for embeddings."""

from typing import Final

import openai

_OPENAI: Final = "https://api.openai.com/v1"
_PLACEHOLDER_KEY: Final = "none"  # local servers want some key and look at none


def client(*, api_key: str | None, base_url: str | None, timeout: float) -> openai.OpenAI:
    """A client that tries once: whoever asks knows whether somebody waits, and a queue tries again for all at once.

    `base_url` has its /v1; None is OpenAI. `timeout` is in seconds.
    """
    key = (api_key or "").strip() or _PLACEHOLDER_KEY  # a key from a file often ends in a newline
    return openai.OpenAI(api_key=key, base_url=base_url or _OPENAI, timeout=timeout, max_retries=0)
