"""Counts tokens as OpenAI's models do: tiktoken with the bundled vocabulary o200k_base. Nothing is downloaded."""

import gzip
import hashlib
import re
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from cairn.kernel.errors import Misconfigured

if TYPE_CHECKING:
    from tiktoken import Encoding


_FILE: Final = "o200k_base.tiktoken.gz"
# On a run of a million spaces tiktoken panics (its regex runs out of stack).
_SLICE: Final = 20_000
_SEAM: Final = re.compile(r"(?<=\S) (?=\S)")
# Where so many characters hold no seam, the text is no prose of words.
_SEAM_WITHIN: Final = 1_000


class TiktokenCounter:
    """How many tokens a text is. The vocabulary is loaded on first use (about 0.4 s and 85 MB)."""

    def __init__(self, directory: Path) -> None:
        """Remembers where the vocabulary lies.

        Raises:
            Misconfigured: the folder does not hold it.
        """
        self._path = directory / _FILE
        if not self._path.is_file():
            raise Misconfigured(f"The token vocabulary is missing: no {_FILE} in {directory} (CAIRN_TOKENIZER_DIR).")

    def count(self, text: str) -> int:
        """Tokens of the text; what looks like a special token is counted as the ordinary text it is.

        Exact up to 20,000 characters, and beyond that for every text with spaces between its words; others may be off
        by a token or two for each 20,000 characters.

        Raises:
            Misconfigured: the vocabulary is not the one that tiktoken expects.
        """
        return sum(len(self._encoding.encode_ordinary(part)) for part in _slices(text))

    @cached_property
    def _encoding(self) -> "Encoding":
        # Imported here, so that a function that never counts does not pay for it.
        from tiktoken import Encoding
        from tiktoken_ext import openai_public

        # tiktoken's own definition brings the pattern, the special tokens and the checksum. It asks a global function
        # for the ranks, which downloads them; this copy of it asks ours. The other ways are an environment variable,
        # a patch that everybody sees, or a copy of the pattern.
        own_globals = {**vars(openai_public), "load_tiktoken_bpe": self._ranks}
        definition: Callable[[], dict[str, Any]] = FunctionType(openai_public.o200k_base.__code__, own_globals)
        return Encoding(**definition())

    def _ranks(self, _url: str, expected_hash: str) -> dict[bytes, int]:
        try:
            content = gzip.decompress(self._path.read_bytes())
        except (OSError, EOFError, zlib.error):
            content = b""
        if hashlib.sha256(content).hexdigest() != expected_hash:
            raise Misconfigured(
                f"The token vocabulary {self._path} is not the one that tiktoken expects: restore it from a release "
                "or make it again with make_vocabulary.py."
            )
        return {b64decode(token): int(rank) for token, rank in (line.split() for line in content.splitlines())}


def _slices(text: str) -> Iterator[str]:
    """Cut a long text where the pattern cuts too: before a single space between two words."""
    start = 0
    while len(text) - start > _SLICE:
        end = start + _SLICE
        seams = [seam.start() for seam in _SEAM.finditer(text, end - _SEAM_WITHIN, end)]
        cut = seams[-1] if seams else end
        yield text[start:cut]
        start = cut
    yield text[start:]
