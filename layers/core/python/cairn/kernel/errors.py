"""The one error tree. What a class carries is what a caller sees and what a queue consumer decides by.

CairnError
├── InvalidRequest          400  the request is wrong; the message names the field
├── TooExpensive            400  what is asked for takes longer than a request may
├── Unauthenticated         401  no valid API key
├── Forbidden               403  a valid key that may not do this
├── NotFound                404  no such row for this caller
├── Conflict                409  an Idempotency-Key reused with another body
├── PayloadTooLarge         413  the body is over the limit
├── BudgetExceeded          429  the project has spent its tokens of today
├── NotOffered              501  a part of Mem0's API that is not there
├── NoModel                 503  this needs a model, and none is set up
├── NoGraph                 503  this needs the graph, and none is set up
├── Unavailable             503  retryable: the database, a queue, the graph or the model does not answer
│   ├── DatabaseUnavailable
│   ├── QueueUnavailable
│   ├── SecretUnavailable        Secrets Manager does not answer
│   ├── GraphUnavailable
│   ├── EmbedderUnavailable      a search goes on by words alone
│   ├── EmbeddingModelChanged    the request is done again with the other model
│   ├── RerankerUnavailable      the search goes on without it
│   ├── OutOfTime                a batch's invocation ends before this record can be done
│   ├── Contended                a memory changed while it was decided about
│   └── ModelError               carries the tokens that were spent all the same
│       ├── ModelUnavailable     429, 5xx, a timeout or a broken connection
│       └── AnswerUnusable       refused, empty, or not of the schema after one repair
├── GivenUp                 500  work that failed for good: its message belongs into the dead-letter queue
├── BrokenRelease           500  a version that cannot do its work, found before it has any traffic
└── Misconfigured           500  a start that must not go on; the message says what to do
"""

from typing import ClassVar

from cairn.kernel.usage import TokenUsage


class CairnError(Exception):
    """Base of every error Cairn raises on purpose."""

    status_code: ClassVar[int] = 500
    code: ClassVar[str] = "internal"


class InvalidRequest(CairnError):
    """The request is wrong in a way the caller can mend; the message names the field."""

    status_code = 400
    code = "invalid_request"


class TooExpensive(CairnError):
    """What is asked for takes longer than one request may; asking again does not help, asking for less does."""

    status_code = 400
    code = "too_expensive"


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


class BudgetExceeded(CairnError):
    """The project has spent its tokens of today; `retry_after` is in seconds."""

    status_code = 429
    code = "budget_exceeded"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotOffered(CairnError):
    """The request is one of Mem0's API that Cairn does not have."""

    status_code = 501
    code = "not_implemented"


class NoModel(CairnError):
    """The route needs a model, and none is set up."""

    status_code = 503
    code = "no_model"


class NoGraph(CairnError):
    """The route needs the graph, and none is set up."""

    status_code = 503
    code = "no_graph"


class Unavailable(CairnError):
    """Something Cairn depends on does not answer; the same request may succeed later.

    `retry_after` is in seconds, where whoever did not answer said when to come again.
    """

    status_code = 503
    code = "unavailable"

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DatabaseUnavailable(Unavailable):
    """Postgres refused, dropped or timed out."""

    code = "database_unavailable"


class QueueUnavailable(Unavailable):
    """SQS refused, dropped or timed out."""

    code = "queue_unavailable"


class SecretUnavailable(Unavailable):
    """Secrets Manager refused for now, or timed out."""

    code = "secret_unavailable"


class EmbedderUnavailable(Unavailable):
    """The endpoint of the embedding model does not answer, or not as one does."""

    code = "embedder_unavailable"


class EmbeddingModelChanged(Unavailable):
    """Vectors were made with a model that the database is not of any more; made again, they are of the right one."""

    code = "embedding_model_changed"


class RerankerUnavailable(Unavailable):
    """The reranker did not answer in time, or not in its form. A search goes on without it."""

    code = "reranker_unavailable"


class GraphUnavailable(Unavailable):
    """The graph refused, dropped or timed out."""

    code = "graph_unavailable"


class OutOfTime(Unavailable):
    """What is left of an invocation is too short for this record: it is given back while there is time to."""

    code = "out_of_time"


class Contended(Unavailable):
    """A memory changed between the decision about it and its application; nothing was applied."""

    code = "contended"


class ModelError(Unavailable):
    """A call to the model that gave nothing usable; `usage` is what it cost all the same."""

    code = "model_unavailable"

    def __init__(self, message: str, retry_after: int | None = None, usage: TokenUsage | None = None) -> None:
        super().__init__(message, retry_after)
        self.usage = usage


class ModelUnavailable(ModelError):
    """The endpoint refused, timed out or broke the connection."""


class AnswerUnusable(ModelError):
    """The model refused, said nothing, or did not keep to the schema, also when asked a second time."""

    code = "model_answer_unusable"


class GivenUp(CairnError):
    """Work that was tried for as long as it may be; whoever receives a message about it leaves that to its queue."""

    code = "given_up"


class BrokenRelease(CairnError):
    """A version does not do what it is asked for; it is to get no traffic."""

    code = "broken_release"


class Misconfigured(CairnError):
    """The deployment cannot start as it is set up; the message says what to change."""

    code = "misconfigured"
