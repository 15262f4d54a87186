"""Writes the tables of docs/cost.md anew: python -m tests.write_cost_page."""

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path

from tools import cli
from tools.cost.report import price_table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cost.md"


def refreshed(page: str) -> str:
    """The page with what each of its commands prints, and with the prices."""
    page = re.sub(r"```console\n\$ (cairn [^\n]*)\n.*?```", _with_output, page, flags=re.DOTALL)
    table = "\n".join(price_table())
    return re.sub(r"<!-- prices -->\n.*?<!-- end -->", f"<!-- prices -->\n{table}\n<!-- end -->", page, flags=re.DOTALL)


def _with_output(block: re.Match[str]) -> str:
    return f"```console\n$ {block[1]}\n{output(block[1])}```"


def output(command: str) -> str:
    """What a `cairn` command prints."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        status = cli.main(shlex.split(command)[1:])
    assert status == 0, command
    return printed.getvalue()


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text()))
