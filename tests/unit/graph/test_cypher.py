"""Every statement that goes to the graph names its tenant, in every pattern, and is plain Cypher."""

import re

import pytest

from cairn.graph.neo4j import reading, schema, writing

_TEXTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in (reading, writing)
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str)
}
# Across all scopes of a project: which scopes there are, and which memories.
_OF_A_PROJECT = {"reading.SCOPES", "reading.SCOPES_OF_USER", "reading.VERSIONS"}
_PATTERN = re.compile(r"[(\[](\w*)(:\w+)\s*(\{[^}]*\})?\s*[)\]]")
_BARE = re.compile(r"\((\w*)\)(?=\s*[-<])|(?<=[->])\s*\((\w*)\)|\[(\w*)\]")


def test_all_statements_are_looked_at():
    assert len(_TEXTS) > 25
    assert {"reading.EDGES_AT", "writing.PUT_RELATIONS", "writing.DROP_MEMORIES"} <= _TEXTS.keys()


@pytest.mark.parametrize("name", sorted(_TEXTS.keys() - {"reading.ALIVE"}))
def test_every_pattern_names_project_and_scope(name: str):
    text = _TEXTS[name]
    patterns = _PATTERN.findall(text)
    assert patterns
    for variable, label, properties in patterns:
        assert "project_id: $project_id" in properties, (variable, label)
        if name not in _OF_A_PROJECT:
            assert re.search(r"scope: (\$scope|scope|ref\.scope)\b", properties), (variable, label)
    bound = {variable for variable, _, _ in patterns}
    for groups in _BARE.findall(text):
        (used,) = [g for g in groups if g] or [""]
        assert used in bound, f"a pattern without a label: {used!r}"


@pytest.mark.parametrize("name", sorted(_TEXTS))
def test_what_is_read_is_bounded(name: str):
    text = _TEXTS[name]
    assert "*" not in re.sub(r"count\(\*\)", "", text), "no walk of variable length"
    reads_many = name.startswith("reading.") and "RETURN" in text and "count(" not in text
    by_key = re.search(r"UNWIND \$(refs|keys|memory_ids|scopes)", text)
    if reads_many and not by_key and name not in ("reading.ALIVE", "reading.SAYING"):
        assert "LIMIT $limit" in text


@pytest.mark.parametrize("text", [*_TEXTS.values(), *schema.SCHEMA])
def test_cypher_is_what_every_bolt_server_takes(text: str):
    lowered = text.lower()
    assert not re.search(r"apoc|fulltext|vector|\bcall\b|gds\.", lowered)
    assert "%" not in text
