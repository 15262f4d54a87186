import json
import os
import time
from pathlib import Path
from urllib.parse import parse_qs


def lambda_handler(event, context):
    query = {name: values[0] for name, values in parse_qs(event["rawQueryString"]).items()}
    if "raise" in query:
        raise ValueError(query["raise"])
    if query.get("die") == "always":
        os._exit(1)
    if "die" in query and not Path(query["die"]).exists():
        Path(query["die"]).touch()
        os._exit(1)
    while "until" in query and not Path(query["until"]).exists():
        time.sleep(0.01)
    time.sleep(float(query.get("sleep", 0)))
    content = {"event": event, "pid": os.getpid(), "remaining": context.get_remaining_time_in_millis()}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(content)}
