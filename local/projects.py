"""The first project and its key: made once for each database, shown again at every start."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping

from local.errors import StartError
from local.events import Request, authorizer_event, http_event
from local.settings import REPOSITORY
from local.shapes import mapping
from local.state import DataDirectory
from local.workers import Pool


async def first_project(
    directory: DataDirectory, database: str, authorize: Pool, bootstrap: str, environment: Mapping[str, str]
) -> tuple[str, str]:
    """Project id and API key for a database; new ones when none are kept or the kept key is no longer known to it."""
    kept = directory.project(database)
    if kept and await _is_accepted(authorize, kept[1]):
        return kept
    project_id, api_key = await asyncio.to_thread(_create, bootstrap, environment)
    directory.keep_project(database, project_id, api_key)
    return project_id, api_key


async def _is_accepted(authorize: Pool, api_key: str) -> bool:
    authorization = f"Token {api_key}"
    request = Request("GET", b"/v1/ping/", b"", [(b"authorization", authorization.encode())])
    answer = await authorize.call(authorizer_event(http_event(request, "GET /{proxy+}"), authorization), retry=True)
    # A refused key may be let through for the function behind to explain; the context says so.
    context = mapping(mapping(answer).get("context"))
    if "unavailable" in context:
        raise StartError("The database does not answer, so the first project's key cannot be looked up; start again.")
    return mapping(answer).get("isAuthorized") is True and "denied" not in context


def _create(bootstrap: str, environment: Mapping[str, str]) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "local.first_project", bootstrap],
        env=dict(environment),
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        msg = f"The first project could not be created: {lines[-1] if lines else f'exit code {done.returncode}'}"
        raise StartError(msg)
    made = json.loads(done.stdout.strip().splitlines()[-1])
    return str(made["project_id"]), str(made["api_key"])
