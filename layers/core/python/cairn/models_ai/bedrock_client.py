"""Amazon Bedrock's runtime through boto3, signed with the role of the function.

AWS_ENDPOINT_URL_BEDROCK_RUNTIME moves it, and AWS_BEARER_TOKEN_BEDROCK is a key in place of a role; botocore reads both
by itself.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from cairn.models_ai.retry_after import seconds

FOREIGN_ERRORS: Final = (
    BotoCoreError,
    ClientError,
    ResponseParserError,
    OSError,  # a socket that broke under TLS
    RecursionError,  # JSON of a depth that only an attacker writes
    ValueError,  # an address that is none
    AttributeError,  # an answer that is JSON and no object
)
"""All that a request may raise."""

NO_ACCESS: Final = frozenset(
    {
        "AccessDeniedException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "NotAuthorized",
        "OptInRequired",
        "UnrecognizedClientException",
    }
)
"""Codes of a role or key that may not use the model."""

NO_MODEL: Final = "ResourceNotFoundException"
NOT_TAKEN: Final = "ValidationException"

_CONNECT_SECONDS: Final = 3.0


def client(*, region: str | None, timeout: float, tries: int, connections: int = 10) -> Any:
    """A client that waits `timeout` seconds for each of its `tries`; without `region` it is that of the function."""
    connect = cast("Callable[..., Any]", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    config = Config(
        connect_timeout=min(_CONNECT_SECONDS, timeout),
        read_timeout=timeout,
        max_pool_connections=connections,
        retries={"mode": "standard", "total_max_attempts": tries},
    )
    return connect("bedrock-runtime", region_name=region, config=config)


def code_of(exc: Exception) -> str:
    """The code that Bedrock gives its error; the name of the error where it did not get so far."""
    if not isinstance(exc, ClientError):
        return type(exc).__name__
    return str(cast("dict[str, Any]", exc.response).get("Error", {}).get("Code", ""))


def status_of(exc: Exception) -> int | None:
    """The status of Bedrock's answer, where it answered."""
    if not isinstance(exc, ClientError):
        return None
    return cast("dict[str, Any]", exc.response).get("ResponseMetadata", {}).get("HTTPStatusCode")


def words_of(exc: Exception) -> str:
    """What Bedrock says of its error: for looking into, not for telling, as it may hold what people said."""
    if not isinstance(exc, ClientError):
        return ""
    return str(cast("dict[str, Any]", exc.response).get("Error", {}).get("Message", ""))


def retry_after(exc: Exception) -> int | None:
    """Seconds that Bedrock asks to wait for, where it does."""
    if not isinstance(exc, ClientError):
        return None
    metadata = cast("dict[str, Any]", exc.response).get("ResponseMetadata", {})
    return seconds(metadata.get("HTTPHeaders", {}).get("retry-after"))
