"""Statements in files: what is kept of them, what is left out, and that the files are as they are meant to be."""

import re
from pathlib import Path

import pytest

import cairn
from cairn.platform import sql_files
from cairn.platform.sql_files import named_statements, statement

ROOT = Path(cairn.__file__).parent
FILES = sorted(p for p in ROOT.rglob("sql/*.sql") if p.parent.parent != ROOT / "platform")
WITH_MESSAGES = """
-- A list.
SELECT m.id,
    -- Who said it.
-- with messages:
    m.actor,
-- end
-- without messages:
    NULL AS actor,
-- end
    m.text FROM m WHERE {where}
"""


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch):
    def read(text: str, *switches: str) -> str:
        monkeypatch.setattr(sql_files, "_read", lambda *_: text)
        statement.cache_clear()
        return statement("any", "any", frozenset(switches)).as_string()

    yield read
    statement.cache_clear()


def test_a_block_is_kept_or_dropped_whole_and_comments_stay_in_the_file(kept):
    assert " ".join(kept(WITH_MESSAGES, "messages").split()) == "SELECT m.id, m.actor, m.text FROM m WHERE {where}"
    assert " ".join(kept(WITH_MESSAGES).split()) == "SELECT m.id, NULL AS actor, m.text FROM m WHERE {where}"


@pytest.mark.parametrize(
    ("text", "switches", "wrong"),
    [
        (WITH_MESSAGES, ("attention",), "No such switch in the statement: attention"),
        ("-- with a:\nSELECT 1", (), "A block without an end"),
        ("-- with a:\n-- with b:\n-- end\n-- end", (), "A block within another: '-- with b:'"),
        ("SELECT 1\n-- end", (), "An end without a block"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(kept, text: str, switches: tuple[str, ...], wrong: str):
    with pytest.raises(ValueError, match=wrong):
        kept(text, *switches)


def test_the_statements_of_a_file_are_found_by_name(monkeypatch: pytest.MonkeyPatch):
    text = (
        "-- Of events.\n\n-- name: insert\n-- Makes one.\nINSERT INTO e\nVALUES (1)\n\n-- name: drop\nDELETE FROM e\n"
    )
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(sql_files, "_read", lambda *of: asked.append(of) or text)
    found = named_statements("cairn.events.store")
    assert {name: one.as_string() for name, one in found.items()} == {
        "insert": "INSERT INTO e\nVALUES (1)",
        "drop": "DELETE FROM e",
    }
    assert asked == [("cairn.events", "store")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}.{path.stem}")
def test_no_line_of_a_file_is_too_long_and_each_statement_is_described(path: Path):
    text = path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if len(line) > 120 or line != line.rstrip()] == []
    assert text.startswith("-- ")
    for heading in re.findall(r"^-- name: .*\n.*", text, re.MULTILINE):
        assert re.search(r"\n-- \w", heading), heading


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}.{path.stem}")
def test_the_statements_of_a_file_are_those_that_its_module_asks_for(path: Path):
    named = re.findall(r"^-- name: (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if not named:  # one statement, which is asked for by the name of its file
        return
    module = (path.parent.parent / f"{path.stem}.py").read_text(encoding="utf-8")
    asked = set(re.findall(r"_SQL\[\"(\w+)\"\]", module))
    assert len(named) == len(set(named))
    assert set(named) == asked
