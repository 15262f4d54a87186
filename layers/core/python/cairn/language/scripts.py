"""Scripts that put no blanks between words, or write a word in one or two characters."""

from typing import Final

DENSE: Final = r"\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
"""Thai and Lao, Japanese, Chinese and Korean, as a range of a regular expression."""
