"""The questions put to a model, one file per question: its version, the shape of its answer, how it is rendered.

What people said goes into one JSON document between <data> tags, in which no tag can be closed, and every prompt says
that it is data.
"""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question. `task` names it in the usage, `version` is kept with every memory that came of it."""

    task: str
    version: str
    system: str
    user: str


def data_block(data: dict[str, Any]) -> str:
    """The data of a prompt: JSON whose text cannot close the block, because it has no angle bracket."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return "<data>\n" + text.replace("<", "\\u003c").replace(">", "\\u003e") + "\n</data>"
