"""The data directory: its lock, its secrets, and local.json, which says that the service is ready."""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

from local.errors import StartError


class DataDirectory:
    """The folder of one local service; holds its lock for as long as the process lives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None

    @property
    def info_file(self) -> Path:
        """local.json: there only while the service is ready."""
        return self.path / "local.json"

    def open(self) -> None:
        """Create the folder, take its lock, and forget that an earlier run was ready."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = (self.path / "lock").open("a")
            for name in ("logs", "run"):
                private_folder(self.path / name)
        except OSError as error:
            msg = (
                f"The data directory {self.path} cannot be used ({error.strerror}): make it a folder you may write, "
                "or set CAIRN_LOCAL_DIR to another."
            )
            raise StartError(msg) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            msg = (
                f"Another local service already runs on {self.path}: stop it, "
                "or set CAIRN_LOCAL_DIR and CAIRN_LOCAL_PORT."
            )
            raise StartError(msg) from error
        self.remove_info()

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock:
            self._lock.close()
            self._lock = None

    def write_info(self, info: Mapping[str, object]) -> None:
        """Write local.json in one step, readable by its owner only."""
        write_private(self.info_file, json.dumps(info, indent=2) + "\n")

    def remove_info(self) -> None:
        """Take local.json away: the service is not, or no longer, ready."""
        self.info_file.unlink(missing_ok=True)

    def secret(self, name: str) -> str:
        """A random secret, the same at every start."""
        content = self._read_secrets()
        if name not in content:
            content[name] = secrets.token_urlsafe(24)
            self._write_secrets(content)
        return str(content[name])

    def project(self, database: str) -> tuple[str, str] | None:
        """Project id and API key made for a database at an earlier start."""
        kept = self._projects().get(database)
        return (kept["project_id"], kept["api_key"]) if kept else None

    def keep_project(self, database: str, project_id: str, api_key: str) -> None:
        """Remember the project and key of a database."""
        projects = self._projects() | {database: {"project_id": project_id, "api_key": api_key}}
        self._write_secrets(self._read_secrets() | {"projects": projects})

    def forget_project(self, database: str) -> None:
        """Forget the project and key of a database that is no more."""
        if self.project(database):
            projects = {name: kept for name, kept in self._projects().items() if name != database}
            self._write_secrets(self._read_secrets() | {"projects": projects})

    def _projects(self) -> dict[str, dict[str, str]]:
        return cast("dict[str, dict[str, str]]", self._read_secrets().get("projects", {}))

    def _read_secrets(self) -> dict[str, object]:
        file = self.path / "secrets.json"
        if not file.exists():
            return {}
        try:
            read: object = json.loads(file.read_text())
            if not isinstance(read, dict):
                raise ValueError("it is no object")
            content = cast("dict[str, object]", read)
            if not isinstance(content.get("projects", {}), dict):
                raise ValueError("its projects are no object")
        except (OSError, ValueError) as error:
            # Alone it cannot go: the password of the database is in it.
            msg = f"{file} cannot be read ({error}): mend it, or move {self.path} away, with all data, to begin anew."
            raise StartError(msg) from error
        return content

    def _write_secrets(self, content: Mapping[str, object]) -> None:
        write_private(self.path / "secrets.json", json.dumps(content, indent=2) + "\n")


def private_folder(folder: Path) -> None:
    """Make a folder for its owner's eyes only, also where it is there: the one around it may be open to others."""
    folder.mkdir(exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def write_private(file: Path, text: str) -> None:
    """Write a file in one step, for its owner's eyes only."""
    fresh = file.with_name(file.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    fresh.replace(file)


def read_info(directory: Path) -> dict[str, object] | None:
    """What local.json of a running service says; None when no service is ready."""
    try:
        return cast("dict[str, object]", json.loads((directory / "local.json").read_text()))
    except (OSError, ValueError):
        return None


def database_key(url_without_password: str) -> str:
    """A short name for a database, to keep one API key for each."""
    return hashlib.sha256(url_without_password.encode()).hexdigest()[:16]
