import json
import os

from tests.integration.local.toys import database, queue


def lambda_handler(event, context):
    if event["rawPath"] == "/die":
        os._exit(1)
    text = json.loads(event["body"])["text"]
    with database.connect() as connection:
        connection.execute("INSERT INTO events (text) VALUES (%s)", [text])
    queue.send(text)
    return {"statusCode": 202, "body": json.dumps({"text": text}), "cookies": ["a=1", "b=2"]}
