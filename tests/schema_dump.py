"""The schema as pg_dump sees it, in a form that two dumps of the same schema share."""

import re
import subprocess

from local.postgres import binaries

HEADER = """\
-- The schema after all migrations, to read and to compare: written by `make schema`, never applied by hand.
"""


def dump_schema(owner_url: str) -> str:
    """The DDL of the schema `cairn`, without owners and without what differs from dump to dump."""
    command = [str(binaries() / "pg_dump"), "--schema-only", "--no-owner", "--schema=cairn", owner_url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    kept = [line for line in text.splitlines() if not re.match(r"(--|\\(un)?restrict|SET |SELECT pg_catalog)", line)]
    return HEADER + re.sub(r"\n{2,}", "\n\n", "\n".join(kept)).strip() + "\n"
