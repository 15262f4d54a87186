"""Hiragana and katakana, which write the same words: らーめん is ラーメン."""

import re
import unicodedata
from typing import Final

_APART: Final = 0x60  # code points between a hiragana and its katakana
_RUN: Final = re.compile(r"[\u3041-\u3096ー]{2,}|[\u30a1-\u30f6ー]{2,}")
_OTHER: Final = {first: first + _APART for first in range(0x3041, 0x3097)}
_OTHERS: Final = _OTHER | {second: first for first, second in _OTHER.items()}
# Of a run of hiragana that is seldom a word of its own.
GRAMMAR: Final = re.compile(
    r"(?:い|あり|でき|なり|され|し|て|で)*(?:ました|ません|ます|でした|でしょう|です|ください|ている|ていた|ておき|という|こと|から|"
    r"けど|ので|のに|だった|かった|ように|ために|についての?|ありがとう|ございま|わかりました)(?:か|ね|よ|が)*"
)
_ASKED: Final = re.compile(r"どこ|いつ|なに|だれ|どれ|どう|なぜ|どんな|いくら|いくつ")


def other_kana(text: str) -> str:
    """The words of `text` that are in one kana, in the other one; what is grammar is left out."""
    plain = unicodedata.normalize("NFKC", text)
    runs = [run for part in _content(plain).split() for run in _RUN.findall(part)]
    return " ".join(_content(run.translate(_OTHERS)) for run in dict.fromkeys(runs)).strip()


def _content(text: str) -> str:
    return _ASKED.sub(" ", GRAMMAR.sub(" ", text))
