"""The map of foreign errors is complete: whatever openai or httpx2 raise has a meaning of ours."""

import httpx2
import openai
import pytest

from cairn.kernel.errors import AnswerUnusable, ModelError, ModelUnavailable
from cairn.models_ai.openai_errors import FOREIGN_ERRORS, model_error

REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")

# What we have looked at. A newer openai that brings another error fails the test until somebody has looked at that too.
LOOKED_AT = {
    "APIConnectionError", "APIError", "APIResponseValidationError", "APIStatusError", "APITimeoutError",
    "AuthenticationError", "BadRequestError", "ConflictError", "ContentFilterFinishReasonError",
    "InternalServerError", "LengthFinishReasonError", "NotFoundError", "OAuthError", "OpenAIError",
    "PermissionDeniedError", "RateLimitError", "SubjectTokenProviderError", "UnprocessableEntityError",
    "WebSocketConnectionClosedError", "WebSocketQueueFullError",
}  # fmt: skip


def family(kind):
    return {kind}.union(*(family(child) for child in kind.__subclasses__()))


def instance(kind):
    """An error as the client would raise it; those that no completion raises are made without their arguments."""
    if issubclass(kind, openai.APIStatusError):
        response = httpx2.Response(getattr(kind, "status_code", 500), request=REQUEST)
        return (
            kind("words", response=response, body=None)
            if kind is not openai.OAuthError
            else kind(response=response, body=None)
        )
    if issubclass(kind, openai.APITimeoutError):
        return kind(REQUEST)
    if issubclass(kind, openai.APIConnectionError):
        return kind(request=REQUEST)
    return kind.__new__(kind)


@pytest.mark.parametrize("kind", sorted(family(openai.OpenAIError), key=lambda k: (k.__module__, k.__name__)))
def test_every_error_of_openai_is_caught_and_means_one_of_ours(kind):
    error = model_error(instance(kind))

    assert issubclass(kind, FOREIGN_ERRORS)
    assert isinstance(error, ModelError)
    finished_badly = {openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError}
    assert type(error) is (AnswerUnusable if kind in finished_badly else ModelUnavailable)


@pytest.mark.parametrize(
    "kind",
    sorted(
        set().union(*map(family, (httpx2.HTTPError, httpx2.InvalidURL, httpx2.CookieConflict, httpx2.StreamError))),
        key=lambda k: k.__name__,
    ),
)
def test_every_error_of_httpx2_is_caught_and_means_one_of_ours(kind):
    assert issubclass(kind, FOREIGN_ERRORS)
    assert type(model_error(kind.__new__(kind))) is ModelUnavailable


def test_every_exception_that_httpx2_exports_is_among_them():
    exported = [getattr(httpx2, name) for name in httpx2.__all__]
    errors = [e for e in exported if isinstance(e, type) and issubclass(e, Exception) and not issubclass(e, Warning)]

    assert [e for e in errors if not issubclass(e, FOREIGN_ERRORS)] == []


def test_every_error_of_openai_has_been_looked_at():
    family_names = {kind.__name__ for kind in family(openai.OpenAIError) if kind.__module__.startswith("openai")}

    assert family_names & set(openai.__all__) <= LOOKED_AT
    assert family_names >= LOOKED_AT
