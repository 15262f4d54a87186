from tests.integration.local.toys import database, queue


def lambda_handler(event, context):
    with database.connect() as connection:
        connection.execute("INSERT INTO runs (task) VALUES (%s)", [event["task"]])
        if event["task"] == "resend":
            for (text,) in connection.execute("SELECT text FROM events WHERE NOT done").fetchall():
                queue.send(text)
    return {}
