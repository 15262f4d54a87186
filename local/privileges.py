"""Postgres refuses to run as root; this gives up root for one child without widening anybody's permissions."""

import os
import pwd
import shutil
from pathlib import Path

from local.errors import StartError

_USER = "nobody"


def unprivileged(argv: list[str], *, die_with_parent: bool = False) -> list[str]:
    """The command that runs `argv` as a user Postgres accepts; `argv` itself when we are not root.

    The child keeps one capability, to pass folders it has no permission for: the data directory may lie below /root
    or in a private temporary folder, and opening those to others is not ours to do.
    """
    if os.geteuid() != 0:
        plain = shutil.which("setpriv") if die_with_parent else None
        return [plain, "--pdeathsig=INT", *argv] if plain else argv
    user = pwd.getpwnam(_USER)
    keep = "-all,+dac_override"
    drop = [
        _setpriv(),
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        f"--inh-caps={keep}",
        f"--ambient-caps={keep}",
        f"--bounding-set={keep}",
        "--no-new-privs",
    ]
    if die_with_parent:
        drop.append("--pdeathsig=INT")
    return [*drop, *argv]


def server_user() -> int:
    """User id that Postgres runs as."""
    return os.geteuid() or pwd.getpwnam(_USER).pw_uid


def own_folder(folder: Path) -> None:
    """Make a new folder for the user Postgres runs as, closed to everybody else."""
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        user = pwd.getpwnam(_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)


def _setpriv() -> str:
    found = shutil.which("setpriv")
    if not found:
        msg = (
            "As root, Postgres needs the program setpriv, which is not installed: install util-linux, "
            "run as another user, or set DATABASE_URL."
        )
        raise StartError(msg)
    return found
