"""authorize: the HTTP API authorizer, payload 2.0, simple responses."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cairn.bootstrap import Provided, access
from cairn.bootstrap.release import check_parts
from cairn.kernel.clock import now
from cairn.kernel.errors import BrokenRelease, Unauthenticated, Unavailable
from cairn.kernel.observability import logger
from cairn.kernel.settings import AuthorizeSettings
from cairn.platform.release_check import Handler, checked_by

service = Provided(lambda: access.authorize(AuthorizeSettings()))  # pyright: ignore[reportCallIssue]  # read from the environment


def _check(handler: Handler, context: LambdaContext) -> None:
    check_parts(AuthorizeSettings())  # pyright: ignore[reportCallIssue]  # read from the environment
    found = handler({"identitySource": ["Token of nobody"]}, context)["context"]
    if "unavailable" in found:
        raise Unavailable(found["unavailable"])
    if "denied" not in found:
        raise BrokenRelease("A key that nobody has was not denied.")


@checked_by(_check)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Names the project, role and pinned user behind a key.

    A refused key passes the gateway without a project: the function behind it answers 401 with the reason, where the
    gateway's own 403 has no `detail` for Mem0's clients to show. Without a project no row is visible. Where nobody can
    say who calls, that passes too, to be answered with 503: an error here would be a bare 500. The gateway keeps this
    answer like any other, for the seconds in `retry_after`.
    """
    try:
        key = service()(event["identitySource"][0], now())
    except Unauthenticated as exc:
        return {"isAuthorized": True, "context": {"denied": str(exc)}}
    except Unavailable as exc:
        logger.warning("cannot look the key up", action="authorize.unavailable", exc_info=exc)
        kept = service().kept_seconds
        return {"isAuthorized": True, "context": {"unavailable": str(exc), "retry_after": str(kept)}}
    return {
        "isAuthorized": True,
        "context": {
            "project_id": str(key.project_id),
            "key_id": str(key.id),
            "role": key.role.value,
            "pinned_user_id": key.pinned_user_id or "",
        },
    }
