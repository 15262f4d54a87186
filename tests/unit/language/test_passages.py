"""Where a long text is cut, and that nothing of it is left out."""

import pytest

from cairn.language.passages import LONGEST, passages

SENTENCE = "The shelf by window seven holds a row of clay pots. "


@pytest.mark.parametrize("text", ["", "I live in Oslo.", "x" * LONGEST, "茶" * (LONGEST // 3)])
def test_a_short_text_has_none(text: str):
    assert passages(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE * 40,
        "没有句号的长文本" * 60,
        "今日は駅で友達に会いました。" * 40,
        "one-line-without-a-blank" * 60,
        "words without a stop " * 80,
        "\n".join(f"- item {n}" for n in range(200)),
        "ฉันชอบกินข้าวผัด " * 60,
        "a" * 400_000,
    ],
)
def test_every_letter_is_in_a_passage_and_none_is_too_long(text: str):
    parts = passages(text)
    assert 1 < len(parts) <= 210
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert len(text) > 100_000 or max(map(len, parts)) <= LONGEST


def test_sentences_stay_whole():
    assert {part.removesuffix(".")[-9:] for part in passages(SENTENCE * 40)} == {"clay pots"}
