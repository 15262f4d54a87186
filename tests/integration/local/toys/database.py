import os

import psycopg


def connect() -> psycopg.Connection:
    return psycopg.connect(os.environ["CAIRN_DATABASE_URL"], autocommit=True)
