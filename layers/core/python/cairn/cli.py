"""The `cairn` command: what an operator does by hand.

`redrive` speaks to the API, so it needs a key and no access to the database; the others are for deploys without Lambda.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from cairn import bootstrap
from cairn.errors import CairnError
from cairn.settings import DatabaseSettings, MigrateSettings


class _Failed(Exception):
    """One sentence for the person at the terminal."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; 0 when it did what was asked, 1 with one line on standard error otherwise."""
    parsed = _parser().parse_args(arguments)
    try:
        for line in parsed.command(parsed):
            sys.stdout.write(f"{line}\n")
    except (_Failed, CairnError, ValueError) as exc:
        sys.stderr.write(f"cairn: {exc}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cairn", description="Operate a Cairn deployment.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    redrive = commands.add_parser("redrive", help="put FAILED events back into the queue")
    redrive.add_argument("event_ids", nargs="*", metavar="EVENT_ID", help="default: every FAILED event of the project")
    redrive.add_argument("--url", default=os.environ.get("CAIRN_URL"), help="default: $CAIRN_URL")
    redrive.add_argument("--api-key", default=os.environ.get("CAIRN_API_KEY"), help="default: $CAIRN_API_KEY")
    redrive.set_defaults(command=_redrive)
    migrate = commands.add_parser("migrate", help="apply the SQL migrations (CAIRN_OWNER_DATABASE_URL, …)")
    migrate.set_defaults(command=_migrate)
    project = commands.add_parser("create-project", help="make a project and its first admin key (CAIRN_DATABASE_URL)")
    project.add_argument("name")
    project.set_defaults(command=_create_project)
    return parser


def _redrive(arguments: argparse.Namespace) -> Iterator[str]:
    if not arguments.url or not arguments.api_key:
        raise _Failed("name the service with --url and --api-key, or CAIRN_URL and CAIRN_API_KEY.")
    event_ids: list[str] = arguments.event_ids or list(_failed_events(arguments))
    for event_id in event_ids:
        _call(arguments, "POST", f"/v1/event/{event_id}/redrive/")
        yield f"{event_id} queued again"
    yield f"{len(event_ids)} events redriven"


def _failed_events(arguments: argparse.Namespace) -> list[str]:
    found: list[str] = []
    path: str | None = "/v1/events/?status=FAILED&page_size=200"
    page = 1
    while path:
        answer = _call(arguments, "GET", path)
        found += [event["id"] for event in answer["results"]]
        page += 1
        path = f"/v1/events/?status=FAILED&page_size=200&page={page}" if answer["next"] else None
    return found


def _call(arguments: argparse.Namespace, method: str, path: str) -> Any:
    url = f"{arguments.url.rstrip('/')}{path}"
    if not url.startswith(("http://", "https://")):
        raise _Failed(f"{arguments.url!r} is not an http:// or https:// address.")
    request = Request(url, method=method, headers={"Authorization": f"Token {arguments.api_key}"})
    try:
        with urlopen(request, timeout=30) as answer:  # the scheme was checked above
            return json.load(answer)
    except HTTPError as exc:
        raise _Failed(f"{method} {path} answered {exc.code}: {exc.read().decode(errors='replace')}") from exc
    except URLError as exc:
        raise _Failed(f"{arguments.url} does not answer: {exc.reason}.") from exc


def _migrate(_: argparse.Namespace) -> Iterator[str]:
    applied = bootstrap.run_migrations(MigrateSettings())  # pyright: ignore[reportCallIssue]  # from the environment
    yield from applied or ["nothing to apply"]


def _create_project(arguments: argparse.Namespace) -> Iterator[str]:
    settings = DatabaseSettings()  # pyright: ignore[reportCallIssue]  # from the environment
    project_id, key = bootstrap.create_project(settings.database_url.get_secret_value(), arguments.name)
    yield json.dumps({"project_id": project_id, "api_key": key})


if __name__ == "__main__":
    sys.exit(main())
