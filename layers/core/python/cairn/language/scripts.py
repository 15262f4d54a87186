"""Scripts: those without blanks between words, or that write a word in one or two characters; the letters of some."""

from typing import Final

DENSE: Final = r"\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
"""Thai and Lao, Japanese, Chinese and Korean, as a range of a regular expression."""

LETTERS: Final = {
    "latin": r"A-Za-z\u00aa-\u024f\u1e00-\u1eff",
    "cyrillic": r"\u0400-\u04ff",
    "arabic": r"\u0600-\u06ff\u0750-\u077f",
    "thai": r"\u0e00-\u0e7f",
    "kana": r"\u3040-\u30ff",
    "han": r"\u3400-\u9fff",
    "hangul": r"\u1100-\u11ff\uac00-\ud7a3",
}
"""The letters of scripts that embedders read, each as a range of a regular expression."""
