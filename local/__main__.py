"""`python -m local` runs the service; `python -m local invoke FUNCTION EVENTFILE` calls one function of it once."""

import asyncio
import errno
import os
import socket
import sys

from local.errors import LocalError, StartError
from local.settings import Settings, read_settings

_USAGE = "usage: python -m local [invoke FUNCTION EVENTFILE]"


def main(arguments: list[str]) -> int:
    """Run the command; a failure is one line on standard error."""
    try:
        settings = read_settings(os.environ)
        if not arguments:
            _serve(settings)
            return 0
        if arguments[0] == "invoke" and len(arguments) == 3:
            from local.invoke import invoke

            return invoke(settings, arguments[1], arguments[2])
        print(_USAGE, file=sys.stderr)
    except LocalError as error:
        print(f"cairn: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(f"cairn: Missing dependency {error.name!r}: install it with `make install`.", file=sys.stderr)
        return 1
    return 2


def _serve(settings: Settings) -> None:
    # Loaded here, so that a missing dependency is one line and `invoke` need not load them.
    from local.console import Console
    from local.state import DataDirectory
    from local.supervisor import Supervisor

    directory = DataDirectory(settings.directory)
    directory.open()
    try:
        with _listening_socket(settings.port) as listening:
            console = Console()
            console.line(f"Starting Cairn on {settings.directory}")
            asyncio.run(Supervisor(settings, directory, console, listening).run())
            console.line("Stopped.")
    finally:
        directory.close()


def _listening_socket(port: int) -> socket.socket:
    """Take the port before anything else is started; nobody can connect until the gateway listens on it."""
    # With the protocol named, asyncio turns Nagle's algorithm off on its connections: 44 ms a request.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        msg = f"Port {port} {reason}: stop what listens there, or set CAIRN_LOCAL_PORT to another port."
        raise StartError(msg) from error
    return listening


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
