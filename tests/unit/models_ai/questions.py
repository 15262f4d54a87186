"""What the tests of the model adapter ask, and how they look at what becomes of it."""

import traceback
from typing import Literal

import pytest
from pydantic import Field

from cairn.consolidate.prompts.answer import Answer
from cairn.kernel.errors import ModelError
from cairn.models_ai.prompt import Prompt, data_block

KEY = "sk-very-secret"
WORDS = "Ana lives in Bergen"


class Part(Answer):
    title: str
    kind: Literal["a", "b"] | None = None


class Whole(Answer):
    parts: list[Part] = Field(default_factory=list)
    summary: str = ""


GOOD = {"parts": [{"title": "one", "kind": "a"}], "summary": "s"}
PROMPT = Prompt("extract", "2026-11-21", "Task: extract.\nDo.", "Extract.\n" + data_block({"messages": [WORDS]}))


def ask(llm):
    return llm.ask(PROMPT, Whole)


def failure(llm, kind, *, call=ask):
    with pytest.raises(ModelError) as caught:
        call(llm)
    assert type(caught.value) is kind
    printed = "".join(traceback.format_exception(caught.value))
    assert KEY not in printed
    assert WORDS not in printed
    return caught.value


def say(llm):
    return llm.say(PROMPT)
