"""Statements that are read from the .sql files of a package, where a person can open them.

A file is `sql/<name>.sql` in its package. It holds one statement; or several, each found by the name in the heading
above it, `-- name: insert`. Comments stay in the file: lines that begin with `--` are not sent.

What a statement has only at times stands between two such lines, in its place, and is kept or dropped whole:

    -- with messages:          kept where `messages` is switched on; `-- without messages:` where it is not
    UNION ALL SELECT …
    -- end

A gap is `{where}`, as psycopg's sql.SQL has it: it is filled with composables alone, and where a statement has gaps a
brace that is meant as such is doubled. Values are parameters, `%(text)s`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Final, LiteralString, cast

from psycopg import sql

_HEADING: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_BLOCK: Final = re.compile(r"^\s*-- (with|without) (\w+):$")
_END: Final = re.compile(r"^\s*-- end$")


@lru_cache
def statement(package: str, name: str, switches: frozenset[str] = frozenset()) -> sql.SQL:
    """The one statement of a file, with these switches on; its gaps are still to be filled.

    Raises:
        ValueError: the file has no such switch, or a block in it does not end.
    """
    return sql.SQL(_kept(_read(package, name), switches))


def named_statements(module: str) -> Mapping[str, sql.SQL]:
    """The statements of a module's own file by name: those of cairn.events.store are in events/sql/store.sql."""
    package, _, name = module.rpartition(".")
    _, *parts = _HEADING.split(_read(package, name))
    return MappingProxyType(
        {heading: sql.SQL(_kept(text)) for heading, text in zip(parts[::2], parts[1::2], strict=True)}
    )


def _read(package: str, name: str) -> str:
    return (resources.files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _kept(text: str, switches: Collection[str] = ()) -> LiteralString:
    known = {found[2] for line in text.splitlines() if (found := _BLOCK.match(line))}
    if unknown := set(switches) - known:
        raise ValueError(f"No such switch in the statement: {', '.join(sorted(unknown))}.")
    # The text comes from our own package, never from a caller.
    return cast("LiteralString", "\n".join(_lines(text, switches)))


def _lines(text: str, switches: Collection[str]) -> Iterator[str]:
    inside = kept = False
    for line in text.splitlines():
        if block := _BLOCK.match(line):
            if inside:
                raise ValueError(f"A block within another: {line.strip()!r}.")
            inside, kept = True, (block[2] in switches) == (block[1] == "with")
        elif _END.match(line):
            if not inside:
                raise ValueError("An end without a block.")
            inside = False
        elif line.strip() and not line.lstrip().startswith("--") and (kept or not inside):
            yield line
    if inside:
        raise ValueError("A block without an end.")
