import os

from tests.integration.local.toys import database


def lambda_handler(event, context):
    failures = []
    for record in event["Records"]:
        text = record["body"]
        with database.connect() as connection:
            attempt = connection.execute(
                "UPDATE events SET attempts = attempts + 1 WHERE text = %s RETURNING attempts", [text]
            ).fetchone()
            if "dies-once" in text and attempt == (1,):
                os._exit(1)
            if "raises-once" in text and attempt == (1,):
                raise ValueError(text)
            if "fails" in text:
                failures.append({"itemIdentifier": record["messageId"]})
                continue
            connection.execute("UPDATE events SET done = true WHERE text = %s", [text])
    return {"batchItemFailures": failures}
