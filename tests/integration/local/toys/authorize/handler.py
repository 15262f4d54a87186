from tests.integration.local.toys import database


def lambda_handler(event, context):
    scheme, _, key = event["identitySource"][0].partition(" ")
    with database.connect() as connection:
        found = connection.execute("SELECT 1 FROM keys WHERE key = %s", [key]).fetchone()
    return {"isAuthorized": scheme == "Token" and found is not None, "context": {"key": key}}
