"""The main program of a worker process: one Lambda execution environment.

Loads one handler, then answers one event at a time from the socket it inherited, until the socket closes.
Standard output belongs to the handler, whose logs and metrics go there, as in Lambda.
"""

import importlib
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable
from typing import cast

from local import frames
from local.children import die_with_parent
from local.context import LocalContext

Handler = Callable[[object, LocalContext], object]


def load_handler(module: str) -> Handler:
    """Import a function's module and return its `lambda_handler`."""
    return cast("Handler", importlib.import_module(module).lambda_handler)


def main(descriptor: int, module: str, function: str, timeout: float, memory_mb: int) -> None:
    """Serve events until the supervisor closes the socket."""
    die_with_parent()
    connection = socket.socket(fileno=descriptor)
    try:
        handler = load_handler(module)
    except Exception as error:  # noqa: BLE001 - whatever an import raises is the supervisor's to report
        traceback.print_exc()
        connection.sendall(frames.encode(_failure(error)))
        return
    connection.sendall(frames.encode({"ready": True}))
    stream = f"local/[$LATEST]{os.getpid()}"
    while (request := frames.receive(connection)) is not None:
        deadline = time.monotonic() + timeout
        context = LocalContext(function, memory_mb, str(request["id"]), deadline, stream)
        connection.sendall(_answer(handler, request["event"], context))


def _answer(handler: Handler, event: object, context: LocalContext) -> bytes:
    try:
        return frames.encode({"result": handler(event, context)})
    except Exception as error:  # noqa: BLE001 - the outermost handler: Lambda too answers with what was raised
        traceback.print_exc()
        return frames.encode(_failure(error))


def _failure(error: Exception) -> dict[str, str]:
    return {"errorType": type(error).__name__, "errorMessage": str(error)}


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4]), int(sys.argv[5]))
