"""Looking into JSON whose shape somebody else decides."""

from collections.abc import Mapping
from typing import cast


def mapping(value: object) -> Mapping[str, object]:
    """The value when it is a JSON object, else an empty one."""
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
