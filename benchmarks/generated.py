"""Generated memories for sizes that nobody has texts for: words as frequent as in a language, and vectors to match.

Ranks of words follow Zipf's law, as in natural text. A memory is about one of many topics and draws most of its rarer
words from it. Its vector is the sum of its words' random directions, rarer words counting more, and noise: like an
embedding, it is near those of texts that share meaning, and has no other structure. A query asks for one memory by some
of its words and words of its topic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

DIMENSIONS: Final = 384
_VOCABULARY: Final = 30_000
_COMMON: Final = 300  # words that any text may have
_TOPICS: Final = 2_000
_TOPIC_WORDS: Final = 40
_SYLLABLES: Final = (
    "ka",
    "ro",
    "mi",
    "ten",
    "lo",
    "vas",
    "ber",
    "shi",
    "an",
    "del",
    "qu",
    "ir",
    "fon",
    "gra",
    "zel",
    "ox",
)
_NOISE: Final = 0.6  # of the length of a text's vector


@dataclass(frozen=True, slots=True)
class Generated:
    """A text with its vector of length 1."""

    text: str
    vector: list[float]


class Generator:
    """Memories and queries; the same for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random: Any = np.random.default_rng(seed)
        fixed: Any = np.random.default_rng(0)
        self._words = [_word(rank) for rank in range(_VOCABULARY)]
        self._directions: Any = fixed.standard_normal((_VOCABULARY, DIMENSIONS), dtype=np.float32)
        # As an idf would have it: a word twice as rare counts a little more.
        self._directions *= np.log(np.arange(_VOCABULARY, dtype=np.float32) + 2)[:, None]
        shares: Any = 1 / np.arange(_COMMON, _VOCABULARY)
        self._topics: Any = fixed.choice(
            np.arange(_COMMON, _VOCABULARY), (_TOPICS, _TOPIC_WORDS), p=shares / shares.sum()
        )
        common: Any = 1 / np.arange(1, _COMMON + 1)
        self._common: Any = common / common.sum()

    def restart(self, seed: int) -> None:
        """Go on as a generator with this seed would begin."""
        self._random = np.random.default_rng(seed)

    def memories(self, count: int) -> Iterator[tuple[Generated, Generated]]:
        """So many memories, each with a query that asks for it."""
        for _ in range(count):
            topic: Any = self._topics[self._random.integers(_TOPICS)]
            rare: Any = self._random.choice(topic, self._random.integers(4, 9))
            common: Any = self._random.choice(_COMMON, self._random.integers(4, 12), p=self._common)
            asked: Any = np.concatenate([rare[:2], self._random.choice(topic, 1), common[:3]])
            yield self._made([*rare, *common], _NOISE), self._made(asked.tolist(), _NOISE / 2)

    def _made(self, words: list[int], noise: float) -> Generated:
        vector: Any = self._directions[words].sum(axis=0)
        length: Any = np.linalg.norm(vector)
        vector += self._random.standard_normal(DIMENSIONS, dtype=np.float32) * (noise * length / DIMENSIONS**0.5)
        length = np.linalg.norm(vector)
        unit: Any = vector / length
        return Generated(" ".join([self._words[word] for word in words]), unit.tolist())


def _word(rank: int) -> str:
    """The word of a rank: rarer words are longer."""
    base = len(_SYLLABLES)
    syllables = [_SYLLABLES[rank % base], _SYLLABLES[rank // base % base]]
    while rank >= base**2:
        rank //= base
        syllables.append(_SYLLABLES[rank // base % base])
    return "".join(syllables)
