"""Child processes: they die with the supervisor, and the next start finds those that did not."""

import asyncio
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LOG_BYTES = 5_000_000


def die_with_parent() -> None:
    """Called by a child: end this process when its parent ends, however that happens.

    Two ways, because neither covers everything: Linux sends SIGKILL at once; elsewhere standard input, a pipe only
    the parent holds, reports its end to a thread.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def wait_for_end() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=wait_for_end, daemon=True, name="lifeline").start()


def become(argv: Sequence[str]) -> None:
    """Called by a child: be another program, one that knows nothing of us, and still end with the parent."""
    if sys.platform == "linux":
        # The signal outlives the change of program.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        os.execv(argv[0], list(argv))
    program = subprocess.Popen(argv, stdin=subprocess.DEVNULL)

    def end(_number: int, _frame: object) -> None:
        program.terminate()

    signal.signal(signal.SIGTERM, end)

    def wait_for_end() -> None:
        while os.read(0, 1):
            pass
        program.terminate()

    threading.Thread(target=wait_for_end, daemon=True, name="lifeline").start()
    sys.exit(program.wait())


def spawn(
    argv: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path, fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C reaches only the supervisor, which stops it in order.

    Call it on the main thread: the signal of `die_with_parent` is sent when the thread that started the child ends.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            pass_fds=tuple(fds),
            start_new_session=True,
        )


def rotate(log: Path) -> None:
    """Keep one old log file and begin a new one when the log has grown large.

    It is copied and emptied, since a child goes on to write into the file it was given, always at its end.
    """
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        shutil.copyfile(log, log.with_suffix(".old.log"))
        os.truncate(log, 0)


async def keep_rotating(logs: Path, seconds: float) -> None:
    """Look at the logs in a folder every so many seconds, for ever."""
    while True:
        await asyncio.sleep(seconds)
        for log in logs.glob("*.log"):
            if not log.name.endswith(".old.log"):
                await asyncio.to_thread(rotate, log)


def stop(process: subprocess.Popen[bytes], *, first: signal.Signals = signal.SIGTERM, seconds: float = 5) -> None:
    """Ask a child to stop, then make it."""
    for step in (first, signal.SIGKILL):
        if process.poll() is not None:
            break
        process.send_signal(step)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    if process.stdin:
        process.stdin.close()


def record(run: Path, name: str, pid: int) -> None:
    """Note a child, so that a later start can tell it from a stranger that got the same pid.

    One that cannot be noted is ended, and the OSError raised: no later start would find it.
    """
    try:
        (run / str(pid)).write_text(json.dumps({"name": name, "birth": birth(pid)}))
    except OSError:
        os.kill(pid, signal.SIGKILL)
        raise


def forget(run: Path, pid: int) -> None:
    """Remove the note of a child that has ended."""
    (run / str(pid)).unlink(missing_ok=True)


def stop_leftovers(run: Path, *, keep: str = "postgres") -> int:
    """End the recorded children of a run that was killed; returns how many were still alive.

    Postgres is kept: it has its own, orderly stop.
    """
    found = 0
    for note in run.iterdir():
        pid = int(note.name) if note.name.isdecimal() else 0
        name, born = _read_note(note)
        if pid and born and born == birth(pid) and name != keep:
            found += 1
            _end(pid, born)
        note.unlink(missing_ok=True)
    return found


def birth(pid: int) -> str:
    """What tells a process from a later one with the same pid; empty when there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return "" if fields[0] == "Z" else f"{boot} {fields[19]}"
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _read_note(note: Path) -> tuple[str, str]:
    try:
        content = json.loads(note.read_text())
        return str(content["name"]), str(content["birth"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", ""


def _end(pid: int, born: str) -> None:
    for step, seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
        try:
            os.kill(pid, step)
        except ProcessLookupError:
            return
        if wait_gone(pid, born, seconds):
            return


def wait_gone(pid: int, born: str, seconds: float) -> bool:
    """Wait until a process that is not our child has ended."""
    deadline = time.monotonic() + seconds
    while birth(pid) == born:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
