"""Consolidation without a model: which sentences of a message state something, and when two of them say the same.

Everything here is rules over words: predictable, free and quick. The rules err on one side each time. A sentence is
kept unless it is plainly small talk, a question or a request; two sentences are different unless all that sets them
apart is plainly padding.
"""

from cairn.statements.duplicates import is_near_duplicate
from cairn.statements.preferences import states_preference
from cairn.statements.sentences import Sentence as Statement
from cairn.statements.sentences import sentences
from cairn.statements.stating import stated_part

__all__ = ["Statement", "is_near_duplicate", "statements", "states_preference"]

MAX_STATEMENTS = 200


def statements(content: str) -> list[Statement]:
    """Keep what a user's message states, in order, each sentence exactly as it was said.

    "Remember that I am allergic to nuts" keeps "I am allergic to nuts": the request is for us, the rest is the memory.
    At most the first 200 statements are kept, so that one pasted book cannot fill a scope.
    """
    found: list[Statement] = []
    for sentence in sentences(content):
        skipped = stated_part(sentence.text)
        if skipped is not None:
            found.append(Statement(sentence.text[skipped:], sentence.start + skipped, sentence.end))
            if len(found) == MAX_STATEMENTS:
                break
    return found
