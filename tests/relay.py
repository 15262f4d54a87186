"""A TCP relay before a real server: it drops its first callers, as a server may that is still coming up."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread


@contextmanager
def relay(host: str, port: int, *, drops: int = 0) -> Iterator[int]:
    """The port of a relay to this server, which ends the first `drops` connections without a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=_serve, args=(listening, (host, port), drops), daemon=True).start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)


@contextmanager
def silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def _serve(listening: socket.socket, server: tuple[str, int], drops: int) -> None:
    with suppress(OSError):  # the listening socket was shut down
        while True:
            caller, _ = listening.accept()
            if drops:
                drops -= 1
                caller.close()
                continue
            behind = socket.create_connection(server)
            for pair in ((caller, behind), (behind, caller)):
                Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError), source, target:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
