"""The search statements as text: what is sent, and that both rank alike."""

import re
from pathlib import Path

import pytest

import cairn.search
from tests import write_sql

SQL = Path(cairn.search.__file__).parent / "sql"
RANKING = "-- The ranking, the same in every_row.sql and indexes.sql"
RENDERED = write_sql.rendered()


@pytest.mark.parametrize("name", RENDERED)
def test_what_is_sent_is_the_text_in_its_file(name: str):
    written = (write_sql.FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    assert written == RENDERED[name], "Run: python -m tests.write_sql"


def test_there_is_no_text_of_a_statement_that_is_not_sent():
    assert {path.stem for path in write_sql.FOLDER.glob("*.sql")} == set(RENDERED)


def test_both_statements_rank_by_the_same_stages():
    one, other = (
        (SQL / f"{name}.sql").read_text(encoding="utf-8").partition(RANKING) for name in ("every_row", "indexes")
    )
    assert one[2] == other[2] != ""
    for stage in ("query", "near", "memories", "turns", "searched", "term_frequencies"):
        assert _stage(stage, one[0]) == _stage(stage, other[0])


def _stage(name: str, text: str) -> str:
    found = re.search(rf"\b{name} AS (?:NOT )?MATERIALIZED \((.*?)^(?=[)])", text, re.MULTILINE | re.DOTALL)
    assert found, name
    return re.sub(r"\n\n-- .*", "", found[1], flags=re.DOTALL)  # what is said of the next


@pytest.mark.parametrize("name", ["every_row", "indexes"])
def test_every_gap_and_switch_is_named_at_the_top(name: str):
    text = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    top, _, body = text.partition("\n\n")
    gaps = set(re.findall(r"\{(\w+)\}", body))
    assert gaps == set(re.findall(r"\{(\w+)\}", top.partition("Gaps: ")[2]))
    switches = set(re.findall(r"^-- (?:with|without) (\w+):$", body, re.MULTILINE))
    assert switches == {"messages", "attention"}
    assert all(switch in top.partition("Switches: ")[2] for switch in switches)


@pytest.mark.parametrize("name", ["every_row", "indexes"])
def test_every_stage_says_what_it_is(name: str):
    """Those that do for turns what the stages before them do for memories are told of together."""
    text = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    stages = re.findall(r"(.*)\n(?:\), |WITH )(\w+) AS", text)
    without = {stage for before, stage in stages if not before.startswith("-- ")}
    assert len(stages) > 20
    assert without <= {"sourced", "told", "once", "long_turns", "found_turns", "turns_beside"}
