"""How work that failed is written down in its rows, and what becomes of it: of events as of the outbox of the graph."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from cairn.platform.database import Connection
from cairn.platform.retries import Failing, Failure, Retry


@dataclass(frozen=True, slots=True)
class FailingRows:
    """The statements about some rows: `read` locks them and tells `since`, `faults` and `last` of each."""

    read: sql.SQL
    note: sql.SQL
    give_up: sql.SQL
    postpone: sql.SQL

    def fail(self, connection: Connection, params: Mapping[str, Any], failure: Failure) -> Retry | None:
        """Notes the failure in all the rows that `params` name, which fail together; None where there are none."""
        rows = connection.execute(self.read, params).fetchall()
        if not rows:
            return None
        since, faults = min(row["since"] for row in rows), max(row["faults"] for row in rows)
        failing = Failing(since, faults + failure.fault, rows[0]["last"])
        retry = Retry.of(failure, failing)
        noted = {"error": failure.error, "since": since, "faults": failing.faults, "seconds": retry.seconds}
        connection.execute(self.note, {**params, **noted})
        if retry.seconds is None:
            connection.execute(self.give_up, {**params, **noted})
        elif not retry.held:
            connection.execute(self.postpone, {**params, **noted})
        return retry
