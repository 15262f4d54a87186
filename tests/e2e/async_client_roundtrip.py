"""A short round trip with Mem0's asynchronous Python client: python async_client_roundtrip.py URL API_KEY."""
# ruff: noqa: T201 - a program that talks to a terminal

import asyncio
import os
import sys
import tempfile
import uuid

# Before mem0 is imported: no telemetry, and nothing of it in the real home.
os.environ["MEM0_TELEMETRY"] = "False"
os.environ["HOME"] = os.environ["MEM0_DIR"] = tempfile.mkdtemp(prefix="mem0-")

from mem0 import AsyncMemoryClient


async def round_trip(url, api_key):
    user = f"ada-{uuid.uuid4().hex[:10]}"
    async with AsyncMemoryClient(api_key=api_key, host=url) as client:
        added = await client.add([{"role": "user", "content": "I keep bees."}], user_id=user, infer=False)
        memory_id = added["results"][0]["id"]
        await client.update(memory_id, text="I keep many bees.")
        # Several at a time, which is what this client is for.
        found, listed, history = await asyncio.gather(
            client.search("bees", filters={"user_id": user}),
            client.get_all(filters={"user_id": user}),
            client.history(memory_id),
        )
        assert [one["memory"] for one in found["results"]] == ["I keep many bees."], found
        assert listed["count"] == 1, listed
        assert [entry["event"] for entry in history] == ["ADD", "UPDATE"], history
        await client.delete(memory_id)
        await client.delete_users(user_id=user)
        assert (await client.get_all(filters={"user_id": user}))["results"] == []


if __name__ == "__main__":
    asyncio.run(round_trip(*sys.argv[1:]))
    print("ok asynchronous client")
