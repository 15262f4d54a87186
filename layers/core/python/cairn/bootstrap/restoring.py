"""Erasing in a restored database what was erased since its backup was made."""

from collections.abc import Iterator
from contextlib import closing

from cairn.erasure import after_restore
from cairn.platform.database import Address, Database


def erase_again(later_url: str | Address, restored_url: str | Address) -> Iterator[str]:
    """Erases in the one database what the other, a later state of it, knows to be erased; a line for each project.

    Both addresses are the application role's. Nothing is to be written to the restored one meanwhile, or before.
    """
    with closing(Database(later_url)) as later, closing(Database(restored_url)) as restored:
        for project_id in after_restore.projects(later):
            memory_ids, receipts = after_restore.erased(later, project_id)
            scopes = after_restore.erase_scopes(restored, project_id, receipts)
            memories = after_restore.erase_memories(restored, project_id, memory_ids)
            yield f"{project_id}: {scopes} scopes and {memories} memories beside them erased again"
