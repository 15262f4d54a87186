"""Run one function once on a sample event, in the environment of the running local service."""

import contextlib
import json
import os
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from local.children import birth
from local.context import LocalContext
from local.environment import Deployment
from local.errors import StartError
from local.events import authorizer_event
from local.functions import ADD_MEMORY, AUTHORIZE, GRAPH_SYNC, MIGRATE, SEARCH, SERVING, Function
from local.settings import REPOSITORY, Settings
from local.shapes import mapping
from local.state import read_info
from local.worker import load_handler


def invoke(settings: Settings, name: str, event_file: str) -> int:
    """Print the function's answer."""
    function = _function(name)
    event = _event(Path(event_file))
    info = read_info(settings.directory)
    if not info or not birth(int(str(mapping(info["pids"])["supervisor"]))):
        msg = f"No local service is ready on {settings.directory}: start it with `make run`."
        raise StartError(msg)
    deployment = Deployment(**{field.name: str(info[field.name]) for field in fields(Deployment)})
    environment = deployment.owner_environment if function is MIGRATE else deployment.environment
    os.environ.update(environment(function, os.environ))
    sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "layers" / "core" / "python")]
    # The handlers' logs and metrics go to standard output; only the answer is to be read from it here.
    with contextlib.redirect_stdout(sys.stderr):
        if function in (ADD_MEMORY, SEARCH):
            event = _authorized(settings.package, event, f"Token {info['api_key']}")
        result = _call(settings.package, function, event)
    print(json.dumps(result, indent=2))
    return 0


def _authorized(package: str, event: Mapping[str, object], authorization: str) -> Mapping[str, object]:
    """The event with what the authorizer says about the local key, as the gateway would pass it on."""
    context = mapping(event.get("requestContext"))
    if not context or "authorizer" in context:
        return event
    answer = _call(package, AUTHORIZE, authorizer_event(event, authorization))
    return {**event, "requestContext": {**context, "authorizer": {"lambda": mapping(answer).get("context")}}}


def _call(package: str, function: Function, event: object) -> object:
    deadline = time.monotonic() + function.timeout_seconds
    context = LocalContext(function.name, function.memory_mb, str(uuid.uuid4()), deadline, "local/invoke")
    return load_handler(f"{package}.{function.name}.handler")(event, context)


def _function(name: str) -> Function:
    known: Mapping[str, Function] = {function.name: function for function in (*SERVING, GRAPH_SYNC, MIGRATE)}
    if name not in known:
        msg = f"There is no function {name!r}; there are {', '.join(sorted(known))}."
        raise StartError(msg)
    return known[name]


def _event(file: Path) -> Mapping[str, object]:
    try:
        return mapping(json.loads(file.read_text()))
    except (OSError, ValueError) as error:
        msg = f"{file} is not a readable JSON event: {error}"
        raise StartError(msg) from error
