"""Stand-ins for what the gateway and the pollers talk to."""

import asyncio


class FakePool:
    """Answers calls with a function of the event, and keeps the events."""

    def __init__(self, answer=lambda event: {"statusCode": 200, "body": "{}"}, failures=()):
        self.answer = answer
        self.failures = list(failures)
        self.events = []
        self.retries = []

    async def call(self, event, *, retry=False, patience=None):
        self.events.append(event)
        self.retries.append(retry)
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        return self.answer(event)


class FakeSqs:
    """A queue of one batch."""

    def __init__(self, messages):
        self.messages = messages
        self.deleted = []
        self.made_visible = []

    def receive_message(self, **_):
        return {"Messages": self.messages} if self.messages else {}

    def delete_message_batch(self, *, QueueUrl, Entries):
        self.deleted += [entry["ReceiptHandle"] for entry in Entries]

    def change_message_visibility_batch(self, *, QueueUrl, Entries):
        self.made_visible += [(entry["ReceiptHandle"], entry["VisibilityTimeout"]) for entry in Entries]
