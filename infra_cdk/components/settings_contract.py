"""The environment of a function, checked against the settings class that reads it.

Values are mostly unknown until deployment, so names are what is checked here; the function checks values at its start.
"""

from collections.abc import Mapping
from typing import Final

from pydantic import AliasChoices, AliasPath
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from cairn.kernel.settings import Settings

_OF_THE_PLATFORM: Final = ("AWS_", "POWERTOOLS_")

_DATABASE_SECRETS: Final = {
    "CAIRN_DATABASE_URL": "CAIRN_DATABASE_SECRET_ARN",
    "CAIRN_OWNER_DATABASE_URL": "CAIRN_OWNER_DATABASE_SECRET_ARN",
    "CAIRN_APP_ROLE": "CAIRN_APP_DATABASE_SECRET_ARN",
    "CAIRN_APP_PASSWORD": "CAIRN_APP_DATABASE_SECRET_ARN",
}
"""What one machine gives as a value is given in AWS as the ARN of a secret; whoever reads it needs one or the other."""

_AS_SECRETS: Final = _DATABASE_SECRETS | {"CAIRN_NEO4J_URI": "CAIRN_NEO4J_SECRET_ARN"}


def check_settings(function: str, settings: type[Settings], environment: Mapping[str, str]) -> None:
    """Compares names.

    Raises:
        ValueError: a variable that is needed is missing, or one is given that nothing reads.
    """
    fields = _fields(settings)
    unread = sorted(n for n in environment if n not in fields and not n.startswith(_OF_THE_PLATFORM))
    if unread:
        raise ValueError(f"{function}: {settings.__name__} does not read {unread}")
    needed = {
        _AS_SECRETS.get(name, name)
        for name, field in fields.items()
        if field.is_required() or name in _DATABASE_SECRETS
    }
    missing = sorted(needed - environment.keys())
    if missing:
        raise ValueError(f"{function}: {settings.__name__} needs {missing}")


def _fields(settings: type[BaseSettings]) -> dict[str, FieldInfo]:
    """By the variable that is read; those of settings inside of settings have a prefix of their own."""
    fields: dict[str, FieldInfo] = {}
    for key, field in settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseSettings):
            fields |= _fields(field.annotation)
        else:
            fields |= dict.fromkeys(env_names(settings, key, field), field)
    return fields


def env_names(settings: type[BaseSettings], key: str, field: FieldInfo) -> list[str]:
    """The variables that a field is read from: its alias, else its name with the prefix."""
    match field.validation_alias:
        case str(alias):
            return [alias]
        case AliasChoices(choices=choices):
            return [choice for choice in choices if isinstance(choice, str)]
        case AliasPath():
            raise TypeError(f"{settings.__name__}.{key}: an AliasPath names no variable.")
        case None:
            return [f"{settings.model_config.get('env_prefix', '')}{key}".upper()]
