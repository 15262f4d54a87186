from tests.integration.local.toys import database


def lambda_handler(event, context):
    with database.connect() as connection:
        for record in event["Records"]:
            connection.execute(
                "INSERT INTO events (text) VALUES (%s)", [f"{record['eventSourceARN']} {record['body']}"]
            )
    return {"batchItemFailures": []}
