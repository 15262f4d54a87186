"""What a memory says about things and how they relate; stored with the memory, and projected into the graph.

The rows of Postgres are the truth. A projection is made from them alone, so it can be dropped and made again.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

# The server of the graph keeps keys in an index, whose entries have a limit.
_KEY_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity that a memory speaks of.

    `aliases` are other names that this very memory gives it: "my sister" in "My sister Anna lives in Porto".
    """

    name: str
    type: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """A directed relation between two entities that the same memory mentions, by their names there.

    `type` is a verb in snake_case, as lives_in.
    """

    source: str
    type: str
    target: str


def entity_key(name: str) -> str:
    """What two names of one entity share: equal whatever their case, spacing, width and shape of apostrophe."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).replace("’", "'").casefold())
    return " ".join(folded.split())[:_KEY_LENGTH].rstrip()
