"""The hostile messages themselves: many kinds, many languages, and each with what an obedient model would answer."""

import json
from pathlib import Path

HOSTILE = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data" / "hostile.jsonl").read_text(encoding="utf-8").splitlines()
]
ATTACKS = {
    "ignore_instructions",
    "close_data_tag",
    "fake_json_answer",
    "fake_system_message",
    "role_play",
    "other_scope",
    "fake_memory_ids",
    "base64",
    "rot13",
    "homoglyphs",
    "zero_width",
    "right_to_left_override",
    "markdown_link",
    "html",
    "repetition",
    "reveal_prompt",
    "reveal_api_key",
    "hidden_in_statement",
    "summary_overwrite",
}


def test_there_are_many_attacks_in_many_languages():
    assert len(HOSTILE) >= 30
    assert len({row["id"] for row in HOSTILE}) == len(HOSTILE)
    assert len({row["language"] for row in HOSTILE}) >= 10
    assert {row["attack"] for row in HOSTILE} >= ATTACKS


def test_every_attack_would_do_damage_if_it_were_obeyed():
    for row in HOSTILE:
        obedient = row["obedient"]
        attempts = [decision for decision in obedient["decisions"] if decision["action"] != "ADD"]
        assert attempts or obedient.get("summary") or obedient["facts"], row["id"]


def test_decisions_name_facts_of_the_same_answer():
    for row in HOSTILE:
        facts = row["obedient"]["facts"]
        for decision in row["obedient"]["decisions"]:
            assert 0 <= decision["fact"] < len(facts), row["id"]
            assert decision["targets"] == "all" or all(isinstance(target, int) for target in decision["targets"])
            assert decision["action"] != "UPDATE" or decision["text"]


def test_what_should_survive_is_the_first_fact_and_is_added():
    for row in HOSTILE:
        if row["keeps"]:
            assert row["keeps"] in row["content"]
            assert row["obedient"]["facts"][0]["quote"] == row["keeps"]
            assert row["obedient"]["decisions"][0] | {"reason": ""} == {
                "fact": 0,
                "action": "ADD",
                "targets": [],
                "adds": True,
                "reason": "",
            }


def test_characters_that_cannot_be_seen_are_escaped_in_the_file():
    text = (Path(__file__).parents[2] / "data" / "hostile.jsonl").read_text(encoding="utf-8")
    assert not set(text) & set("\u200b\u200c\u200e\u200f\u202a\u202c\u202d\u202e\u2060\u2066\u2067\u2069\ufeff")
