"""The files of the embedded PostgreSQL: created whole or not at all, and freed from servers left behind."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from local.errors import StartError
from local.privileges import own_folder, server_user, unprivileged
from local.state import write_private

SUPERUSER = "postgres"
DATABASE = "cairn"
_VERSION = "18"
_STOP_SECONDS = 10


class Cluster:
    """A PostgreSQL data directory and what can be done to it while no server runs."""

    def __init__(self, binaries: Path, data: Path, password: str) -> None:
        self.binaries = binaries
        self.data = data
        self.password = password

    def create(self) -> bool:
        """Create the cluster unless it is there; true when it is new.

        It is made under another name and renamed when complete, so that a kill in between leaves nothing half made.
        """
        if self.data.exists() or self.data.is_symlink():
            self._check()
            return False
        fresh = self.data.with_name(self.data.name + ".new")
        try:
            shutil.rmtree(fresh, ignore_errors=True)
            own_folder(fresh)
        except OSError as error:
            msg = f"Cannot create {fresh} ({error.strerror}): choose another CAIRN_LOCAL_DIR, or set DATABASE_URL."
            raise StartError(msg) from error
        self._initialise(fresh)
        fresh.rename(self.data)
        return True

    def is_ready(self, pid: int) -> bool:
        """Whether the server with this pid accepts connections, by its own account in postmaster.pid."""
        lines = self._pid_file()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].startswith("ready")

    def stop_leftover(self) -> None:
        """Stop every process that still works on these files, and remove the stale pid file.

        We hold the lock of the folder around it, so whatever works here is left over from a run that was killed.
        """
        lines = self._pid_file()
        if not lines:
            return
        if lines[0].isdecimal() and self._is_ours(int(lines[0])):
            argv = [str(self.binaries / "pg_ctl"), "stop", "-D", str(self.data), "-m", "fast", "-w"]
            argv += ["-t", str(_STOP_SECONDS)]
            # One that recovers from a crash does not stop before it is done; killed, it recovers at the next start.
            subprocess.run(unprivileged(argv), capture_output=True, check=False)
        _kill_all(self._processes())
        # Left in place, it would stop the start as soon as a stranger has the pid it names.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self, fresh: Path) -> None:
        password_file = fresh.with_name("initdb.password")
        write_private(password_file, self.password + "\n")
        argv = [str(self.binaries / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "--pwfile", str(password_file)]
        argv += ["-A", "scram-sha-256", "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        argv += ["--locale=C", "--no-instructions"]
        _run(unprivileged(argv, die_with_parent=True), "The database could not be created")
        password_file.unlink()
        argv = [str(self.binaries / "postgres"), "--single", "-D", str(fresh), "postgres"]
        _run(
            unprivileged(argv, die_with_parent=True),
            "The database could not be created",
            f"CREATE DATABASE {DATABASE};\n",
        )

    def _check(self) -> None:
        advice = "or set CAIRN_LOCAL_DIR to another."
        try:
            version = (self.data / "PG_VERSION").read_text(errors="replace").strip()
            is_ours = self.data.stat().st_uid == server_user()
        except PermissionError:
            version, is_ours = "", False
        except OSError:
            version, is_ours = "", True
        if not is_ours:
            msg = f"The data directory {self.data} belongs to another user: start as the user who made it, {advice}"
            raise StartError(msg)
        if version != _VERSION:
            msg = (
                f"The data directory {self.data} is broken: PG_VERSION says {version[:20]!r}, not '{_VERSION}'. "
                f"Restore it, move it away, {advice}"
            )
            raise StartError(msg)

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(errors="replace").splitlines()
        except OSError:
            return []

    def _is_ours(self, pid: int) -> bool:
        if Path("/proc/self").exists():
            return pid in self._processes()
        answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return str(self.data) in answer.stdout

    def _processes(self) -> list[int]:
        """Processes whose working directory is the data directory: each process of a server, and nothing else."""
        found: list[int] = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "cwd").readlink() == self.data:
                    found.append(int(process.name))
        return found


def _kill_all(pids: list[int]) -> None:
    for step in (signal.SIGQUIT, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, step)
        deadline = time.monotonic() + 5
        while any(Path(f"/proc/{pid}/cwd").exists() for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.01)


def _run(argv: list[str], failure: str, text: str = "") -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run(argv, input=text, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        msg = f"{failure}: {lines[-1] if lines else f'exit code {done.returncode}'}"
        raise StartError(msg)
