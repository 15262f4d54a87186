import os

import psycopg
from psycopg import sql

SCHEMA = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE IF NOT EXISTS keys (key text);
CREATE TABLE IF NOT EXISTS events (text text, attempts int NOT NULL DEFAULT 0, done bool NOT NULL DEFAULT false);
CREATE TABLE IF NOT EXISTS runs (task text);
GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;
"""


def lambda_handler(event, context):
    if os.environ.get("CAIRN_TOY_MIGRATION") == "fails":
        raise RuntimeError('relation "x" does not exist\nsecond line')
    role = sql.Identifier(os.environ["CAIRN_APP_ROLE"])
    password = sql.Literal(os.environ["CAIRN_APP_PASSWORD"])
    with psycopg.connect(os.environ["CAIRN_OWNER_DATABASE_URL"]) as connection:
        connection.execute(SCHEMA)
        found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [os.environ["CAIRN_APP_ROLE"]])
        verb = sql.SQL("ALTER" if found.fetchone() else "CREATE")
        connection.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, role, password))
