"""Logs of a service that runs for weeks stay small."""

import asyncio
import os
from pathlib import Path

from local import children
from local.aws import isolated

LARGE = 5_000_000
ECHO = 'while read -r line; do echo "$line"; done'


def test_a_log_that_has_grown_large_is_begun_anew_while_its_child_goes_on_writing(tmp_path: Path):
    log, old = tmp_path / "search.log", tmp_path / "search.old.log"
    (tmp_path / "small.log").write_text("little\n")
    child = children.spawn(["sh", "-c", ECHO], env=isolated(dict(os.environ)), log=log, cwd=tmp_path)

    def say(line: str) -> None:
        assert child.stdin
        child.stdin.write(f"{line}\n".encode())
        child.stdin.flush()

    async def until_it_holds(content: str) -> None:
        async with asyncio.timeout(60):
            while log.read_text() != content:
                await asyncio.sleep(0.01)

    async def scenario() -> None:
        said = ""
        for word in ("first", "second"):
            say(f"{word} {'x' * LARGE}")
            await until_it_holds(f"{said}{word} {'x' * LARGE}\n")
            rotating = asyncio.create_task(children.keep_rotating(tmp_path, 0.01))
            await until_it_holds("")
            rotating.cancel()
            assert old.read_text() == f"{said}{word} {'x' * LARGE}\n"
            said = f"after the {word}\n"
            say(said.strip())
            await until_it_holds(said)

    try:
        asyncio.run(scenario())
    finally:
        children.stop(child)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["search.log", "search.old.log", "small.log"]
