"""Erasing in a restored database what was erased since its backup was made."""

from collections.abc import Iterator
from contextlib import closing

from cairn.adapters.postgres import erasing_again
from cairn.db import Address, Database


def erase_again(later_url: str | Address, restored_url: str | Address) -> Iterator[str]:
    """Erases in the one database what the other, a later state of it, knows to be erased; a line for each project.

    Both addresses are the application role's. Nothing is to be written to the restored one meanwhile, or before.
    """
    with closing(Database(later_url)) as later, closing(Database(restored_url)) as restored:
        for project_id in erasing_again.projects(later):
            memory_ids, receipts = erasing_again.erased(later, project_id)
            scopes = erasing_again.erase_scopes(restored, project_id, receipts)
            memories = erasing_again.erase_memories(restored, project_id, memory_ids)
            yield f"{project_id}: {scopes} scopes and {memories} memories beside them erased again"
