"""Writes layers/core/python/cairn/platform/sql/schema.sql from the migrations: python -m tests.write_schema."""

import secrets
import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from cairn.platform import migrate
from local.postgres import Postgres
from tests.schema_dump import dump_schema

SCHEMA = Path(migrate.__file__).parent / "sql" / "schema.sql"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        for name in ("run", "logs"):
            (directory / name).mkdir()
        server = Postgres(directory, secrets.token_hex(8))
        server.prepare()
        server.spawn()
        server.wait_ready()
        try:
            with psycopg.connect(make_conninfo(**server.address | {"dbname": "postgres"}), autocommit=True) as c:
                c.execute("CREATE DATABASE fresh")
            url = make_conninfo(**server.address | {"dbname": "fresh"})
            migrate.migrate(url)
            SCHEMA.write_text(dump_schema(url))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
