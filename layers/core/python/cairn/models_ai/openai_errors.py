"""What the failures of an OpenAI-compatible endpoint mean, mapped once.

Our messages name the setting to look at and never quote the endpoint: its words may hold the key, or what people said.
"""

import re
from typing import Final

import httpx2
import openai

from cairn.kernel.errors import AnswerUnusable, ModelError, ModelUnavailable
from cairn.models_ai.llm.completion import TOO_LONG
from cairn.models_ai.retry_after import seconds

FOREIGN_ERRORS: Final = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.CookieConflict,
    httpx2.StreamError,
    OSError,  # a socket that broke under TLS
    UnicodeError,  # a key with letters that no header can hold
)
"""All that a request may raise."""

_TOO_LONG: Final = {"context_length_exceeded", "string_above_max_length", "request_too_large"}
_REFUSED: Final = {"content_filter", "content_policy_violation"}
_UNKNOWN_MODEL: Final = "model_not_found"
_STATUSES: Final = {
    401: "The model endpoint does not take the key: check OPENAI_API_KEY.",
    403: "The model endpoint does not let this key use the model: check OPENAI_API_KEY and CAIRN_LLM_MODEL.",
    404: "The model endpoint does not know the model or the path: check CAIRN_LLM_MODEL and OPENAI_BASE_URL.",
    429: "The model endpoint takes no more requests for now.",
}


def model_error(exc: Exception) -> ModelError:
    """The error of ours that a foreign error means."""
    match exc:
        case openai.APIStatusError():
            return _status_error(exc)
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return ModelUnavailable("The model endpoint did not answer in time (CAIRN_LLM_TIMEOUT_SECONDS).")
        case openai.LengthFinishReasonError() | openai.ContentFilterFinishReasonError():
            return AnswerUnusable("The model broke off its answer.")
        case openai.APIConnectionError() | httpx2.TransportError() | OSError():
            what = type(exc.__cause__ or exc).__name__
            return ModelUnavailable(f"The connection to the model endpoint failed ({what}): check OPENAI_BASE_URL.")
        case httpx2.InvalidURL():
            return ModelUnavailable("The address of the model endpoint is none: check OPENAI_BASE_URL.")
        case UnicodeError():
            return ModelUnavailable("A letter of the request cannot be sent: check OPENAI_API_KEY.")
        case _:
            return ModelUnavailable(f"The model endpoint cannot be used ({type(exc).__name__}).")


def is_hopeless(exc: openai.APIStatusError) -> bool:
    """Whether the same question would fail in every manner of asking: too long, objected to, or no such model."""
    return exc.code in _REFUSED or exc.code == _UNKNOWN_MODEL or _is_too_long(exc)


def _is_too_long(exc: openai.APIStatusError) -> bool:
    if exc.status_code == 413 or exc.code in _TOO_LONG:
        return True
    return exc.status_code in (400, 422) and TOO_LONG.search(exc.message) is not None


def _status_error(exc: openai.APIStatusError) -> ModelError:
    # These two are about this one question: the endpoint is well, and waiting does not mend them.
    if exc.code in _REFUSED:
        return AnswerUnusable("The model endpoint refused to answer this.")
    if _is_too_long(exc):
        return AnswerUnusable("The question is too long for the model.")
    status = 404 if exc.code == _UNKNOWN_MODEL else exc.status_code
    message = _STATUSES.get(status, f"The model endpoint answered {status}.")
    # A code is one of the endpoint's own few words, which nobody else's text looks like.
    if exc.code and re.fullmatch(r"[a-z_]{1,40}", exc.code):
        message += f" Its code was {exc.code}."
    return ModelUnavailable(message, retry_after=retry_after(exc))


def retry_after(exc: Exception) -> int | None:
    """Seconds that the endpoint asks to wait for, where it does."""
    return seconds(exc.response.headers.get("retry-after")) if isinstance(exc, openai.APIStatusError) else None
