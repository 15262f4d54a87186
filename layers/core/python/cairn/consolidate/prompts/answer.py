"""What the answers of a model have in common: they are read with some patience.

An answer that means the right thing in the wrong dress is not worth a second call.
"""

from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

_MIDDLE: Final = 5


class Answer(BaseModel):
    """Base of every answer: unknown keys are ignored, null is the field's default, a number may stand for a text."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        fields = cast("dict[str, Any]", value)
        return {key: _storable(field) for key, field in fields.items() if field is not None}


def _storable(value: object) -> object:
    # Postgres stores no NUL, and half of a pair of surrogates cannot be encoded.
    return value.replace("\x00", "").encode(errors="ignore").decode() if isinstance(value, str) else value


def _grade(value: object) -> object:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _MIDDLE
    return round(min(10, max(1, value))) if isinstance(value, int | float) else value


Grade = Annotated[int, BeforeValidator(_grade)]
"""A whole number from 1 to 10: what is out of range is moved to its end, what is no number is the middle."""
