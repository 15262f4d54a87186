"""The `cairn` command: what an operator does by hand.

`redrive`, `import` and `status` speak to the API, so they need a key and no access to the database; the others are for
deploys without Lambda.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from cairn.bootstrap import access, reembedding, restoring, schema
from cairn.kernel.errors import CairnError
from cairn.kernel.settings import DatabaseSettings, EmbedderSettings, MigrateSettings
from cairn.platform import credentials
from tools.cost.estimate import SIZES, Load
from tools.cost.report import lines

_PART_BYTES: Final = 5_000_000
_PART_EMBEDDED: Final = 500_000
_EMBEDDED_OF_A_LINE: Final = 2_000


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
    redrive.add_argument("--graph", action="store_true", help="what the graph gave up on, in place of events")
    redrive.set_defaults(command=_redrive)
    load = commands.add_parser("import", help="import memories from a file of JSON lines; safe to run again")
    load.add_argument("file", type=Path)
    load.add_argument("--lines", type=int, default=500, help="lines sent with one request (default: 500)")
    load.set_defaults(command=_import)
    status = commands.add_parser("status", help="what is up, which model embeds, what waits and what failed")
    status.set_defaults(command=_status)
    for command in (redrive, load, status):
        command.add_argument("--url", default=os.environ.get("CAIRN_URL"), help="default: $CAIRN_URL")
        command.add_argument("--api-key", default=os.environ.get("CAIRN_API_KEY"), help="default: $CAIRN_API_KEY")
    migrate = commands.add_parser("migrate", help="apply the SQL migrations (CAIRN_OWNER_DATABASE_URL, …)")
    migrate.set_defaults(command=_migrate)
    project = commands.add_parser("create-project", help="make a project and its first admin key (CAIRN_DATABASE_URL)")
    project.add_argument("name")
    project.set_defaults(command=_create_project)
    again = commands.add_parser(
        "erase-again", help="erase in a restored database (CAIRN_DATABASE_URL) what was erased since its backup"
    )
    again.add_argument(
        "--later",
        default=os.environ.get("CAIRN_LATER_DATABASE_URL"),
        help="address of the database as it stood last, which knows that (default: $CAIRN_LATER_DATABASE_URL)",
    )
    again.set_defaults(command=_erase_again)
    reembed = commands.add_parser(
        "reembed", help="change to the model of CAIRN_NEXT_EMBEDDER while the service runs (CAIRN_DATABASE_URL, …)"
    )
    way = reembed.add_mutually_exclusive_group()
    way.add_argument("--undo", action="store_true", help="back to the model of CAIRN_EMBEDDER, until --drop")
    way.add_argument("--drop", action="store_true", help="drop the vectors that are not in use")
    reembed.add_argument("--rate", type=_rate, help="rows a second at most (default: as fast as it goes)")
    reembed.set_defaults(command=_reembed)
    cost = commands.add_parser("cost", help="what a deployment in AWS costs a month, by list prices (docs/cost.md)")
    cost.add_argument("--adds", type=_count, required=True, help="a month")
    cost.add_argument("--searches", type=_count, required=True, help="a month")
    cost.add_argument("--memories", type=_count, help="kept in all (default: two for each add)")
    cost.add_argument("--env", choices=SIZES, nargs="+", default=list(SIZES), help="default: all of them")
    cost.add_argument("--price-in", type=_dollars, default=0, help="dollars per million tokens a model reads (0)")
    cost.add_argument("--price-out", type=_dollars, default=0, help="dollars per million tokens it writes (0)")
    cost.add_argument("--price-embedding", type=_dollars, default=0, help="dollars per million tokens embedded (0)")
    cost.add_argument(
        "--bedrock", action="store_true", help="the models are of Amazon Bedrock, with an endpoint of its own"
    )
    cost.set_defaults(command=_cost)
    return parser


def _count(text: str) -> int:
    digits = text.replace(",", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 999,999,999,999,999")
    return int(digits)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if not 0 < rate <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows a second")
    return rate


def _dollars(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = -1
    if not 0 <= price <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a price from 0 to 1,000,000")
    return price


def _cost(arguments: argparse.Namespace) -> Iterator[str]:
    memories = 2 * arguments.adds if arguments.memories is None else arguments.memories
    prices = arguments.price_in, arguments.price_out, arguments.price_embedding
    load = Load(arguments.adds, arguments.searches, memories, *prices, bedrock=arguments.bedrock)
    return lines(arguments.env, load)


def _import(arguments: argparse.Namespace) -> Iterator[str]:
    """Sends the file in parts. Each part's key is made of its content, so what came in already comes in once."""
    try:
        size = arguments.file.stat().st_size
        with arguments.file.open("rb") as lines:
            yield from _imported(arguments, lines, size)
    except OSError as exc:
        raise _Failed(f"{arguments.file} cannot be read: {exc.strerror}.") from exc


def _imported(arguments: argparse.Namespace, lines: IO[bytes], size: int) -> Iterator[str]:
    added = known = sent = number = 0
    began = time.monotonic()
    for part in _parts(lines, max(1, arguments.lines)):
        body = b"".join(part)
        key = hashlib.sha256(body).hexdigest()
        try:
            answer = _call(arguments, "POST", "/v1/import/", body, {"Idempotency-Key": f"import-{number}-{key}"})
        except _Failed as exc:
            raise _Failed(f"after {number} lines: {exc} What came before is in; run the same command again.") from exc
        added, known, sent = added + answer["imported"], known + answer["known"], sent + len(body)
        number += len(part)
        _progress(number, sent / size, number / max(time.monotonic() - began, 1e-9))
    sys.stderr.write("\n" if number and sys.stderr.isatty() else "")
    yield f"{added} memories imported, {known} known already"


def _parts(lines: IO[bytes], most: int) -> Iterator[list[bytes]]:
    """As many lines at a time as a request takes: by their number, their bytes, and what of them is embedded there."""
    part: list[bytes] = []
    size = read = 0
    for line in lines:
        more = 0 if b'"embedding"' in line else min(len(line), _EMBEDDED_OF_A_LINE)
        if part and (len(part) >= most or size + _as_json(line) > _PART_BYTES or read + more > _PART_EMBEDDED):
            yield part
            part, size, read = [], 0, 0
        part.append(line)
        size, read = size + _as_json(line), read + more
    if part:
        yield part


def _as_json(line: bytes) -> int:
    """Bytes of a line in the event that Lambda gets: a body is a JSON string there."""
    return len(line) + sum(line.count(escaped) for escaped in (b'"', b"\\", b"\n", b"\r", b"\t"))


def _progress(lines: int, share: float, rate: float) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{share:4.0%}  {lines} lines, {rate:.0f} a second ")
        sys.stderr.flush()


def _redrive(arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.graph:
        yield f"{_call(arguments, 'POST', '/v1/graph/redrive/')['redriven']} memories queued for the graph again"
        return
    event_ids: list[str] = arguments.event_ids or list(_failed_events(arguments))
    for event_id in event_ids:
        _call(arguments, "POST", f"/v1/event/{event_id}/redrive/")
        yield f"{event_id} queued again"
    yield f"{len(event_ids)} events redriven"


def _status(arguments: argparse.Namespace) -> Iterator[str]:
    up = _call(arguments, "GET", "/health/")
    yield f"service     {up['status']}: database {up['database']}, queue {up['queue']}"
    yield f"embeddings  {_embeddings(up['embeddings'])}"
    ping = _call(arguments, "GET", "/v1/ping/")
    yield f"project     {ping['project_id']}"
    waiting, running, failed = (_events(arguments, status) for status in ("PENDING", "RUNNING", "FAILED"))
    yield f"events      {waiting} waiting, {running} running, {failed} failed"


def _embeddings(known: dict[str, Any] | None) -> str:
    if known is None:
        return "none yet"
    other = known.get("other")
    also = f"; beside them {other['model']}, {other['dimensions']} numbers" if other else ""
    return f"{known['model']}, {known['dimensions']} numbers{also}"


def _events(arguments: argparse.Namespace, status: str) -> int:
    return _call(arguments, "GET", f"/v1/events/?status={status}&page_size=1")["count"]


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


def _call(
    arguments: argparse.Namespace,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    if not arguments.url or not arguments.api_key:
        raise _Failed("name the service with --url and --api-key, or CAIRN_URL and CAIRN_API_KEY.")
    url = f"{arguments.url.rstrip('/')}{path}"
    if not url.startswith(("http://", "https://")):
        raise _Failed(f"{arguments.url!r} is not an http:// or https:// address.")
    sent = {"Authorization": f"Token {arguments.api_key}", "Content-Type": "application/json", **(headers or {})}
    request = Request(url, data=body, method=method, headers=sent)
    try:
        with urlopen(request, timeout=60) as answer:  # the scheme was checked above
            return json.load(answer)
    except HTTPError as exc:
        raise _Failed(f"{method} {path} answered {exc.code}: {exc.read().decode(errors='replace')}") from exc
    except URLError as exc:
        raise _Failed(f"{arguments.url} does not answer: {exc.reason}.") from exc


def _migrate(_: argparse.Namespace) -> Iterator[str]:
    applied = schema.run_migrations(MigrateSettings())  # pyright: ignore[reportCallIssue]  # from the environment
    yield from applied or ["nothing to apply"]


def _create_project(arguments: argparse.Namespace) -> Iterator[str]:
    settings = DatabaseSettings()  # pyright: ignore[reportCallIssue]  # from the environment
    project_id, key = access.create_project(credentials.database_address(settings), arguments.name)
    yield json.dumps({"project_id": project_id, "api_key": key})


def _reembed(arguments: argparse.Namespace) -> Iterator[str]:
    settings = EmbedderSettings()  # pyright: ignore[reportCallIssue]  # from the environment
    if arguments.drop:
        reembedding.drop(settings)
        yield "the vectors that were not in use are gone"
        return
    began = time.monotonic()

    def progress(done: int, every: int) -> None:
        if sys.stderr.isatty():
            rate = done / max(time.monotonic() - began, 1e-9)
            sys.stderr.write(f"\r{done / every:4.0%}  {done} of about {every} rows, {rate:.0f} a second ")
            sys.stderr.flush()

    yield from reembedding.change(settings, undo=arguments.undo, rows_a_second=arguments.rate, progress=progress)


def _erase_again(arguments: argparse.Namespace) -> Iterator[str]:
    if not arguments.later:
        raise _Failed("name the later state with --later or CAIRN_LATER_DATABASE_URL.")
    settings = DatabaseSettings()  # pyright: ignore[reportCallIssue]  # from the environment
    yield from restoring.erase_again(arguments.later, credentials.database_address(settings))
    yield "done"


if __name__ == "__main__":
    sys.exit(main())
