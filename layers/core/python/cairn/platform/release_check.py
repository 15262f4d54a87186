"""The check of a release: a version that has no traffic yet is asked whether it can do its work.

The question is the event {"task": "check_release"}. Only who may invoke the function can ask it: what API Gateway, a
queue or a schedule hands over has no such field beside its own. The answer is a verdict:

    {"status": "good", "reason": ""}
    {"status": "waiting", "reason": "…"}   something it needs does not answer, which may pass: ask again
    {"status": "bad", "reason": "…"}       it cannot do its work; the log of the function has the traceback
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import wraps
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from cairn.kernel.errors import BrokenRelease, Unavailable
from cairn.kernel.observability import logger

QUESTION: Final[Mapping[str, str]] = {"task": "check_release"}

NOBODY: Final = UUID(int=0)
"""A project, a key and an event that are never there: what is done for them changes nothing."""

Handler = Callable[[dict[str, Any], Any], Any]

_LONGEST: Final = 500  # characters of a reason


class Status(StrEnum):
    """What a version is found to be."""

    GOOD = "good"
    WAITING = "waiting"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and unless it is good, one sentence why."""

    status: Status
    reason: str = ""


def checked_by(check: Callable[[Handler, Any], None]) -> Callable[[Handler], Handler]:
    """Makes a handler answer the question with a verdict on what `check` raises; other events pass.

    `check` is given the handler and the context.
    """

    def around(handler: Handler) -> Handler:
        @wraps(handler)
        def entry(event: dict[str, Any], context: Any) -> Any:
            if event != QUESTION:
                return handler(event, context)
            return asdict(_verdict(lambda: check(handler, context)))

        return entry

    return around


def _verdict(check: Callable[[], None]) -> Verdict:
    try:
        check()
    except Unavailable as exc:
        logger.warning("release cannot be checked yet", action="release.waiting", exc_info=exc)
        return Verdict(Status.WAITING, said(exc))
    except Exception as exc:  # noqa: BLE001  # the outermost handler: whatever it is, is the answer
        logger.error("release is bad", action="release.bad", exc_info=exc)
        return Verdict(Status.BAD, said(exc))
    return Verdict(Status.GOOD)


def said(exc: Exception) -> str:
    """The error in one line."""
    return " ".join(f"{type(exc).__name__}: {exc}".split())[:_LONGEST]


def request_of_nobody(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A POST as API Gateway hands it over, with a key that the authorizer knew and the database does not."""
    key = {"project_id": str(NOBODY), "key_id": str(NOBODY), "role": "admin"}
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": http, "stage": "$default", "authorizer": {"lambda": key}},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def require_refusal(answer: Mapping[str, Any]) -> None:
    """Passes the answer that nobody is to get: 401, which the database gives after all that comes before it has worked.

    Raises:
        Unavailable: 503.
        BrokenRelease: any other answer.
    """
    status = answer["statusCode"]
    if status == HTTPStatus.UNAUTHORIZED:
        return
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise Unavailable(f"A request was answered with 503: {answer.get('body')}")
    raise BrokenRelease(f"A request with an unknown key was answered with {status} and not with 401.")
