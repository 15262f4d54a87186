"""Ids that callers make up: the same one however its letters are encoded, and whatever blanks surround it."""

import unicodedata


def same_id(given: str) -> str:
    """The id as it is kept and looked for: in NFC, without white space around it; one of nothing else stays."""
    return unicodedata.normalize("NFC", given).strip() or given
