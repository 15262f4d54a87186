import secrets

import psycopg


def create_project(*, database_url: str, name: str) -> tuple[str, str]:
    key = "m0-" + secrets.token_urlsafe(16)
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO keys VALUES (%s)", [key])
    return name, key
