"""Postgres refuses to run as root; this gives up root for one child without widening anybody's permissions."""

import contextlib
import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

from local.errors import StartError

_USER = "nobody"
_COPIES = Path("/var/tmp")  # outlives a reboot; what lies there is checked to be ours


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


def reachable(folder: Path, *parts: str) -> Path:
    """The folder of these parts where the server's user can run them: as it is, or a copy outside of private folders.

    Postgres looks its own programs up with access(2), which knows nothing of capabilities. A checkout below /root or in
    a private temporary folder would hide them, and opening such folders to others is not ours to do.

    Args:
        folder: where the parts lie.
        parts: what is needed, relative to the folder and to each other; what is not there is passed over.
    """
    if os.geteuid() != 0 or _open_to_all(folder / parts[0]):
        return folder
    stamp = f"{folder} {(folder / parts[0]).stat().st_mtime_ns}"
    copy = _COPIES / f"cairn-postgres-{hashlib.sha256(stamp.encode()).hexdigest()[:16]}"
    if not copy.exists():
        _copy(folder, copy, parts)
    status = copy.stat()
    if status.st_uid != 0 or status.st_mode & 0o022:
        msg = f"{copy} is not ours: remove it, or set DATABASE_URL."
        raise StartError(msg)
    return copy


def _copy(folder: Path, copy: Path, parts: tuple[str, ...]) -> None:
    """All of it or nothing, also when two starts make it at once."""
    with tempfile.TemporaryDirectory(dir=_COPIES, prefix="cairn-postgres-") as temporary:
        fresh = Path(temporary) / "fresh"
        for part in parts:
            if (folder / part).exists():
                shutil.copytree(folder / part, fresh / part, symlinks=True)
        for file in (fresh, *fresh.rglob("*")):
            if not file.is_symlink():
                file.chmod(0o755 if file.is_dir() or file.stat().st_mode & stat.S_IXUSR else 0o644)
        with contextlib.suppress(OSError):  # another start was first
            fresh.rename(copy)


def _open_to_all(folder: Path) -> bool:
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


def _setpriv() -> str:
    found = shutil.which("setpriv")
    if not found:
        msg = (
            "As root, Postgres needs the program setpriv, which is not installed: install util-linux, "
            "run as another user, or set DATABASE_URL."
        )
        raise StartError(msg)
    return found
