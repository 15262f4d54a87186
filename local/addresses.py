"""Database URLs: the owner's as the user gave it, and the application role's made from it."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from local.errors import StartError

_CREDENTIALS = ("user", "password", "passfile")


def read_url(text: str) -> dict[str, str]:
    """The parts of a database URL or connection string; a StartError names what is wrong with it."""
    # Only a given DATABASE_URL needs the driver here, which takes a tenth of a second to load.
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(text).items() if value is not None}
    except ProgrammingError as error:
        # The driver's own words would show the password.
        msg = "DATABASE_URL is not a PostgreSQL address: write postgresql://user:password@host/name."
        raise StartError(msg) from error
    parts.setdefault("dbname", parts.get("user", "postgres"))
    return parts


def write_url(parts: Mapping[str, str]) -> str:
    """The URL of these parts, for libpq."""
    rest = dict(parts)
    user, password, host = rest.pop("user", ""), rest.pop("password", ""), rest.pop("host", "")
    credentials = quote(user, safe="") + (":" + quote(password, safe="") if password else "")
    place = host
    if "/" in host or "," in host or ":" in host:
        rest["host"] = host  # a socket folder or several hosts fit only here
        place = ""
    elif "port" in rest and host:
        place = f"{host}:{rest.pop('port')}"
    query = urlencode({name: value for name, value in rest.items() if name != "dbname"})
    path = "/" + quote(rest.get("dbname", ""), safe="")
    return f"postgresql://{credentials}{'@' if credentials else ''}{place}{path}{'?' + query if query else ''}"


def app_role(parts: Mapping[str, str]) -> str:
    """The role the functions connect as: one per database, because roles are shared by a server's databases."""
    return "cairn_" + re.sub("[^a-z0-9_]", "_", parts["dbname"].lower())[:57]


def as_role(parts: Mapping[str, str], role: str, password: str) -> str:
    """The URL of the same database for another role."""
    kept = {name: value for name, value in parts.items() if name not in _CREDENTIALS}
    return write_url({**kept, "user": role, "password": password})


def without_password(parts: Mapping[str, str]) -> str:
    """What names a database, whoever connects to it."""
    return write_url({name: value for name, value in parts.items() if name not in _CREDENTIALS})
