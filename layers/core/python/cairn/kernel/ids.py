"""Ids: UUIDv7 for what is made here, and ids that callers make up, compared however their letters are encoded."""

import unicodedata
from datetime import datetime
from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """A UUIDv7: its order is the order of creation, so ids page and index well."""
    return uuid_utils.compat.uuid7()


def first_id(at: datetime) -> UUID:
    """The smallest id of that millisecond: ids from before it are less, ids from then on are not."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def same_id(given: str) -> str:
    """The id as it is kept and looked for: in NFC, without white space around it; one of nothing else stays."""
    return unicodedata.normalize("NFC", given).strip() or given
