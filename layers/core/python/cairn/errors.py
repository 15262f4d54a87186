"""The one error tree. What a class carries is what a caller sees and what a queue consumer decides by.

CairnError
├── InvalidRequest          400  the request is wrong; the message names the field
├── Unauthenticated         401  no valid API key
├── Forbidden               403  a valid key that may not do this
├── NotFound                404  no such row for this caller
├── Conflict                409  an Idempotency-Key reused with another body
├── PayloadTooLarge         413  the body is over the limit
├── Unavailable             503  retryable: the database or a queue does not answer
│   ├── DatabaseUnavailable
│   └── QueueUnavailable
└── Misconfigured           500  a start that must not go on; the message says what to do
"""

from typing import ClassVar


class CairnError(Exception):
    """Base of every error Cairn raises on purpose."""

    status_code: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False


class InvalidRequest(CairnError):
    """The request is wrong in a way the caller can mend; the message names the field."""

    status_code = 400
    code = "invalid_request"


class Unauthenticated(CairnError):
    """There is no valid API key behind the request."""

    status_code = 401
    code = "unauthenticated"


class Forbidden(CairnError):
    """The key is valid and may not do this."""

    status_code = 403
    code = "forbidden"


class NotFound(CairnError):
    """No such row, as far as this caller may see."""

    status_code = 404
    code = "not_found"


class Conflict(CairnError):
    """An Idempotency-Key was used again with another body."""

    status_code = 409
    code = "conflict"


class PayloadTooLarge(CairnError):
    """The request body is larger than Cairn takes."""

    status_code = 413
    code = "payload_too_large"


class Unavailable(CairnError):
    """Something Cairn depends on does not answer; the same request may succeed later."""

    status_code = 503
    code = "unavailable"
    retryable = True


class DatabaseUnavailable(Unavailable):
    """Postgres refused, dropped or timed out."""

    code = "database_unavailable"


class QueueUnavailable(Unavailable):
    """SQS refused, dropped or timed out."""

    code = "queue_unavailable"


class Misconfigured(CairnError):
    """The deployment cannot start as it is set up; the message says what to change."""

    code = "misconfigured"
