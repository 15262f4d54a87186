"""The context object a Lambda handler is given."""

import time
from dataclasses import dataclass, field

_ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


@dataclass(frozen=True)
class LocalContext:
    """Has the attributes and the method of Lambda's own context."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str
    deadline: float
    """When the function is stopped, on the monotonic clock."""
    log_stream_name: str
    function_version: str = "$LATEST"
    client_context: None = None
    identity: None = None
    log_group_name: str = field(init=False)
    invoked_function_arn: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "log_group_name", f"/aws/lambda/{self.function_name}")
        object.__setattr__(self, "invoked_function_arn", _ARN + self.function_name)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))
