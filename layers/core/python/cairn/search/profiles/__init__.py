"""What a search makes of the cosines of each embedder: a file beside this one for each that was learned."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Final

from cairn.language.scripts import LETTERS
from cairn.search.ranking import Profile, Weights

_UNKNOWN: Final = "unknown"


@cache
def of(model: str) -> Profile:
    """The profile of an embedder; one that nothing was learned for has that of `unknown.toml`."""
    folder = resources.files(__name__)
    file = folder / f"{model}.toml"
    if "/" in model or not file.is_file():
        file = folder / f"{_UNKNOWN}.toml"
    return profile(tomllib.loads(file.read_text()))


def profile(read: dict[str, Any]) -> Profile:
    """A profile as its file has it; raises TypeError and KeyError where a part is missing or not one."""
    reads = "".join(LETTERS[script] for script in read["reads"]) if "reads" in read else None
    return Profile(Weights(**read["weights"]), Weights(**read["unread"]), reads, read["background"], read.get("fits"))
