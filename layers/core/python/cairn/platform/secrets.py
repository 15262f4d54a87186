"""AWS Secrets Manager through boto3. A secret is read once in a process, and again where a caller asks for it afresh.

AWS_ENDPOINT_URL_SECRETS_MANAGER moves it; botocore reads it by itself.
"""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import SecretStr

from cairn.kernel.errors import Misconfigured, SecretUnavailable

_CONFIG: Final = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
# No later try mends these: the deployment names the wrong secret, or may not read it.
_FINAL: Final = frozenset(
    {
        "AccessDeniedException",
        "DecryptionFailure",
        "InvalidParameterException",
        "InvalidRequestException",  # marked for deletion
        "ResourceNotFoundException",
        "ValidationException",
    }
)


class SecretsManager:
    """Reads secrets and keeps them for the life of the process; no error ever shows one."""

    def __init__(self) -> None:
        self._kept: dict[str, SecretStr] = {}

    @cached_property
    def _client(self) -> Any:
        connect = cast("Callable[..., Any]", boto3.client)  # pyright: ignore[reportUnknownMemberType]
        return connect("secretsmanager", config=_CONFIG)

    def close(self) -> None:
        """Closes the client's connections; the next call after that would fail."""
        if "_client" in self.__dict__:
            self._client.close()

    def text(self, arn: str, *, fresh: bool = False) -> SecretStr:
        """The secret as it is stored; `fresh` asks Secrets Manager also where it is known already.

        Raises:
            Misconfigured: there is no such secret, or this function may not read it.
            SecretUnavailable: Secrets Manager does not answer.
        """
        if fresh or arn not in self._kept:
            with _mapped_errors(arn):
                answer = self._client.get_secret_value(SecretId=arn)
            self._kept[arn] = SecretStr(str(answer.get("SecretString", "")))
        return self._kept[arn]

    def read(self, arn: str, *, fresh: bool = False) -> Mapping[str, str]:
        """The texts and numbers of a secret that is a JSON object, as texts; raises as `text` does."""
        try:
            fields = json.loads(self.text(arn, fresh=fresh).get_secret_value())
        except ValueError:
            fields = None  # not chained: the error would hold the secret
        if not isinstance(fields, dict):
            raise Misconfigured(f"Secret {_name(arn)!r} must be a JSON object.")
        given = cast("dict[str, object]", fields)
        return {name: str(value) for name, value in given.items() if isinstance(value, str | int)}


@contextmanager
def _mapped_errors(arn: str) -> Generator[None]:
    try:
        yield
    except ClientError as exc:
        code = str(cast("dict[str, Any]", exc.response).get("Error", {}).get("Code", ""))
        if code in _FINAL:
            raise Misconfigured(f"Secret {_name(arn)!r} cannot be read: {code}.") from exc
        raise SecretUnavailable("Secrets Manager does not answer; try again.") from exc
    except BotoCoreError as exc:
        raise SecretUnavailable("Secrets Manager does not answer; try again.") from exc


def _name(arn: str) -> str:
    """The name at the end of an ARN: errors may reach a caller, who is not to read account ids."""
    return arn.rpartition(":")[2]
