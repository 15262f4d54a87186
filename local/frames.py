"""What the supervisor and a worker say to each other: one JSON value after its length in four bytes."""

import json
import socket
import struct
from typing import cast

HEADER = struct.Struct(">I")


def encode(value: object) -> bytes:
    """The frame of a value."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return HEADER.pack(len(body)) + body


def receive(connection: socket.socket) -> dict[str, object] | None:
    """Wait for one frame; None when the other side has gone."""
    header = _receive_exactly(connection, HEADER.size)
    if header is None:
        return None
    body = _receive_exactly(connection, cast("int", HEADER.unpack(header)[0]))
    return None if body is None else cast("dict[str, object]", json.loads(body))


def _receive_exactly(connection: socket.socket, size: int) -> bytes | None:
    received = bytearray()
    while len(received) < size:
        part = connection.recv(min(size - len(received), 1 << 20))
        if not part:
            return None
        received += part
    return bytes(received)
