"""A whole round trip with Mem0's own Python client, whichever version is installed: did each call really do it?

    python python_client_roundtrip.py URL API_KEY [--reset]

A plain script, so that it runs in any environment with nothing but mem0ai in it. It works on users of its own and
cleans up behind itself; with --reset it also tries reset(), which deletes EVERYTHING in the key's project. It prints an
"ok" line for each step and ends with 1 and one line at the first thing that is wrong.
"""
# ruff: noqa: T201 - a program that talks to a terminal

import contextlib
import importlib.metadata
import logging
import os
import sys
import tempfile
import time
import uuid
import warnings

# Before mem0 is imported: no telemetry, and nothing of it in the real home.
os.environ["MEM0_TELEMETRY"] = "False"
os.environ["HOME"] = os.environ["MEM0_DIR"] = tempfile.mkdtemp(prefix="mem0-")

import httpx
from mem0 import MemoryClient
from mem0.exceptions import MemoryError as Refusal

VERSION = importlib.metadata.version("mem0ai")
MODERN = int(VERSION.split(".")[0]) >= 2
OLDEST = VERSION.startswith("0.")
# Client 0.1 says with each add that its own default is deprecated; all log each refusal that is raised anyway.
logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore", category=DeprecationWarning)


class Wrong(Exception):
    """An answer is not what the call should have done."""


def check(holds, message, *seen):
    if not holds:
        raise Wrong(f"{message}: {seen!r}" if seen else message)


def rows(answer):
    """The results of an answer: old versions get a bare list."""
    return answer["results"] if isinstance(answer, dict) else answer


class RoundTrip:
    def __init__(self, url, api_key):
        self.client = MemoryClient(api_key=api_key, host=url)
        mark = uuid.uuid4().hex[:10]
        self.user, self.other, self.agent = f"ada-{mark}", f"bob {mark}", f"bot-{mark}"
        self.run = f"run-{mark}"

    # --- the same call in the words of each version -----------------------------------------------------------------

    def search(self, query, user, **options):
        if OLDEST:
            return rows(self.client.search(query, user_id=user, **options))
        return rows(self.client.search(query, filters={"user_id": user}, **options))

    def search_filtered(self, query, filters, **options):
        version = {"version": "v2"} if OLDEST else {}
        return rows(self.client.search(query, filters=filters, **version, **options))

    def get_all(self, user, **options):
        if OLDEST:
            return rows(self.client.get_all(user_id=user, **options))
        return rows(self.client.get_all(filters={"user_id": user}, **options))

    def get_all_filtered(self, filters, **options):
        version = {"version": "v2"} if OLDEST else {}
        return self.client.get_all(filters=filters, **version, **options)

    def add_verbatim(self, *texts, **options):
        messages = [{"role": "user", "content": text} for text in texts]
        answer = rows(self.client.add(messages, infer=False, **options))
        check(
            [one["data"]["memory"] for one in answer] == list(texts), "add(infer=False) must answer each text", answer
        )
        check(all(one["event"] == "ADD" for one in answer), "each must be an ADD", answer)
        return [one["id"] for one in answer]

    def texts(self, user):
        return sorted(one["memory"] for one in self.get_all(user))

    # --- the steps --------------------------------------------------------------------------------------------------

    def connects(self):
        check(self.client.org_id and self.client.project_id, "the ping must name organization and project")

    def add_is_consolidated(self):
        said = [
            {"role": "user", "content": "Hello! I live in Lisbon and I am allergic to peanuts."},
            {"role": "assistant", "content": "Noted. What else?"},
            {"role": "user", "content": "My dog is called Biscuit."},
        ]
        answer = self.client.add(said, user_id=self.user, metadata={"source": "chat"})
        event = answer if "event_id" in answer else rows(answer)[0]
        check(event.get("status") == "PENDING", "add() must be accepted as PENDING", answer)
        done = self.event_when_done(event["event_id"])
        check(done["status"] == "SUCCEEDED", "the event must succeed", done)
        check(any(one["event"] == "ADD" for one in done["results"]), "its results must name what was added", done)
        found = " ".join(self.texts(self.user))
        check("Lisbon" in found and "Biscuit" in found, "what was said must be remembered", found)
        check("What else" not in found, "a question must not be remembered", found)

    def event_when_done(self, event_id):
        for _ in range(300):
            answer = self.client.client.get(f"/v1/event/{event_id}/")
            check(answer.status_code == 200, "the event must be readable", answer.status_code, answer.text)
            if answer.json()["status"] not in ("PENDING", "RUNNING"):
                return answer.json()
            time.sleep(0.1)
        raise Wrong(f"event {event_id} is not done after 30 s")

    def search_finds_it(self):
        hits = self.search("What is my dog's name?", self.user, top_k=5)
        check(hits and "Biscuit" in hits[0]["memory"], "the best hit must be the dog", hits)
        check(all(0 <= one["score"] <= 1 for one in hits), "scores must lie between 0 and 1", hits)
        check(
            hits[0]["user_id"] == self.user and hits[0]["metadata"].get("source") == "chat", "with its fields", hits[0]
        )
        check(not self.search("What is my dog's name?", self.other), "another user must not see it")

    def verbatim_is_kept(self):
        ids = self.add_verbatim(
            "Green tea first.", "¿Qué tal? 🍵", user_id=self.other, run_id=self.run, agent_id=self.agent
        )
        check(len(set(ids)) == 2, "each memory has an id of its own", ids)
        check(self.texts(self.other) == sorted(["Green tea first.", "¿Qué tal? 🍵"]), "both must be kept as said")
        one = self.client.get(ids[0])
        check(one["memory"] == "Green tea first.", "get() must answer the text", one)
        check((one["user_id"], one["agent_id"]) == (self.other, self.agent), "and whose it is", one)
        check(self.run in (one.get("run_id"), one.get("session_id")), "and its run", one)
        self.verbatim_ids = ids

    def filters_and_pages_work(self):
        self.add_verbatim(*[f"Note number {n}." for n in range(5)], user_id=self.other, metadata={"kind": "note"})
        notes = rows(self.get_all_filtered({"AND": [{"user_id": self.other}, {"metadata": {"kind": "note"}}]}))
        check(len(notes) == 5, "a metadata filter must find the five notes", notes)
        either = {
            "AND": [
                {"user_id": self.other},
                {"OR": [{"agent_id": self.agent}, {"keywords": {"icontains": "NUMBER 3"}}]},
            ]
        }
        check(len(rows(self.get_all_filtered(either))) == 3, "OR beside AND must work", either)
        without = {"AND": [{"user_id": self.other}, {"NOT": {"agent_id": self.agent}}]}
        check(len(rows(self.get_all_filtered(without))) == 5, "NOT must also find rows without an agent")
        hits = self.search_filtered(
            "number", {"AND": [{"user_id": self.other}, {"metadata": {"kind": "note"}}]}, top_k=3
        )
        check(len(hits) == 3 and all("number" in one["memory"] for one in hits), "search must filter and cut", hits)
        self.pages_are_stable()

    def pages_are_stable(self):
        seen = []
        for page in (1, 2, 3):
            answer = self.get_all_filtered({"user_id": self.other}, page=page, page_size=3)
            check(answer["count"] == 7, "the count must be that of all pages", answer)
            check(bool(answer["next"]) == (page < 3) and bool(answer["previous"]) == (page > 1), "links", answer)
            seen += [one["id"] for one in answer["results"]]
        check(len(seen) == len(set(seen)) == 7, "pages must show each memory once", seen)

    def update_and_history(self):
        memory_id = self.verbatim_ids[0]
        self.client.update(memory_id, text="Black tea first.", metadata={"strength": 3})
        one = self.client.get(memory_id)
        check(one["memory"] == "Black tea first." and one["metadata"]["strength"] == 3, "update() must change it", one)
        check(
            "Black tea first." in [hit["memory"] for hit in self.search("black tea", self.other)], "and search see it"
        )
        history = self.client.history(memory_id)
        check([entry["event"] for entry in history] == ["ADD", "UPDATE"], "history() must tell both changes", history)
        changed = history[-1]
        check(
            changed["old_memory"] == "Green tea first." and changed["new_memory"] == "Black tea first.",
            "texts",
            changed,
        )

    def batches_work(self):
        ids = self.add_verbatim("One.", "Two.", "Three.", user_id=self.user, agent_id=self.agent)
        answer = self.client.batch_update(
            [{"memory_id": ids[0], "text": "Uno."}, {"memory_id": ids[1], "text": "Dos."}]
        )
        check("2" in answer["message"], "batch_update() must say how many", answer)
        check({"Uno.", "Dos.", "Three."} <= set(self.texts(self.user)), "and change them")
        answer = self.client.batch_delete([{"memory_id": memory_id} for memory_id in ids])
        check("3" in answer["message"], "batch_delete() must say how many", answer)
        check(not {"Uno.", "Dos.", "Three."} & set(self.texts(self.user)), "and delete them")

    def delete_deletes(self):
        memory_id = self.verbatim_ids[1]
        check("message" in self.client.delete(memory_id), "delete() must answer a message")
        check(memory_id not in [one["id"] for one in self.get_all(self.other)], "the memory must be gone")
        self.refused(lambda: self.client.get(memory_id), "a deleted memory must not be readable")

    def refused(self, call, message):
        try:
            answer = call()
        except (Refusal, ValueError) as exc:
            check(str(exc).strip(), f"{message}, with a reason")
            return
        raise Wrong(f"{message}: {answer!r}")

    def errors_are_raised(self):
        self.refused(lambda: self.client.get(str(uuid.uuid4())), "an unknown memory must be refused")
        self.refused(lambda: self.client.get("no-uuid"), "a wrong id must be refused")
        self.refused(lambda: self.client.delete_all(), "delete_all() of nothing in particular must be refused")
        self.refused(lambda: self.get_all_filtered({"colour": "red"}), "an unknown filter must be refused")
        self.refused(
            lambda: MemoryClient(api_key="m0-wrong", host=str(self.client.host)), "a wrong key must be refused"
        )

    def users_are_listed_and_deleted(self):
        listed = {(one["type"], one["name"]): one for one in self.client.users()["results"]}
        check(
            {("user", self.user), ("user", self.other), ("agent", self.agent)} <= set(listed), "users()", sorted(listed)
        )
        there = len(self.get_all(self.other))
        check(listed["user", self.other]["total_memories"] == there, "with their number of memories", listed)
        self.client.delete_users(user_id=self.other)
        check(self.wait_until_none(self.other), "delete_users() must delete the user's memories")
        check(self.get_all(self.user), "and nobody else's")

    def delete_all_deletes(self):
        if MODERN:
            kept = self.add_verbatim("Kept in another run.", user_id=self.user, run_id=self.run)
            self.client.delete_all(user_id=self.user, run_id="another run")
            check(self.client.get(kept[0]), "delete_all() of one run must leave the others")
        self.client.delete_all(user_id=self.user)
        check(self.wait_until_none(self.user), "delete_all() must delete all memories of the user")
        # Client 2 sends the filters of delete_all as the Python literal of a dict, not as JSON.
        if MODERN:
            self.add_verbatim("Soon gone.", user_id=self.user)
            self.client.delete_all(filters={"user_id": self.user})
            check(self.wait_until_none(self.user), "delete_all(filters=…) must not be ignored")

    def wait_until_none(self, user):
        for _ in range(100):
            if not self.get_all(user):
                return True
            time.sleep(0.1)
        return False

    def odd_names_work(self):
        # Up to 1.0 the client put names into the path as they are.
        odd = f"team/ada {uuid.uuid4().hex[:6]}" if MODERN else f"ada {uuid.uuid4().hex[:6]}"
        self.add_verbatim("I have a slash.", user_id=odd)
        check(self.texts(odd) == ["I have a slash."], "an odd user id must work")
        self.client.delete_users(user_id=odd)
        check(self.wait_until_none(odd), "and be deletable")

    def feedback_is_kept(self):
        (memory_id,) = self.add_verbatim("I like short answers.", user_id=self.user)
        # Up to 1.x the client trips over its own telemetry when it has the answer; what was sent counts.
        with contextlib.nullcontext() if MODERN else contextlib.suppress(TypeError):
            answer = self.client.feedback(memory_id, feedback="VERY_NEGATIVE", feedback_reason="not so")
            check(answer["feedback"] == "VERY_NEGATIVE", "feedback() must answer what it keeps", answer)
        check(self.client.get(memory_id)["feedback"] == "VERY_NEGATIVE", "and the memory must say it")

    def a_summary_is_there(self):
        answer = self.client.get_summary(filters={"user_id": self.user})
        check("short answers" in answer[0]["summary"], "get_summary() must tell what is known", answer)

    def the_project_keeps_its_settings(self):
        before = self.client.get_project(fields=["custom_instructions"])["custom_instructions"]
        self.client.update_project(custom_instructions="Keep allergies.", custom_categories=[{"food": "what they eat"}])
        kept = self.client.get_project(fields=["custom_instructions", "custom_categories"])
        wanted = {"custom_instructions": "Keep allergies.", "custom_categories": [{"food": "what they eat"}]}
        check(kept == wanted, "update_project() must keep the settings", kept)
        self.client.update_project(custom_instructions=before or " ")

    def reset_empties_the_project(self):
        self.add_verbatim("Last words.", user_id=self.user)
        self.client.reset()
        check(self.wait_until_none(self.user), "reset() must delete everything")
        check(self.client.users()["results"] == [], "and leave no users")


STEPS = (
    RoundTrip.connects,
    RoundTrip.add_is_consolidated,
    RoundTrip.search_finds_it,
    RoundTrip.verbatim_is_kept,
    RoundTrip.filters_and_pages_work,
    RoundTrip.update_and_history,
    RoundTrip.batches_work,
    RoundTrip.delete_deletes,
    RoundTrip.errors_are_raised,
    RoundTrip.users_are_listed_and_deleted,
    RoundTrip.delete_all_deletes,
    RoundTrip.odd_names_work,
    RoundTrip.feedback_is_kept,
    RoundTrip.a_summary_is_there,
    RoundTrip.the_project_keeps_its_settings,
)


def main():
    arguments = [one for one in sys.argv[1:] if one != "--reset"]
    if len(arguments) != 2:
        sys.exit(__doc__)
    steps = (*STEPS, RoundTrip.reset_empties_the_project) if "--reset" in sys.argv else STEPS
    step = None
    try:
        trip = RoundTrip(*arguments)
        for step in steps:
            step(trip)
            print("ok", step.__name__.replace("_", " "), flush=True)
    except (Wrong, Refusal, ValueError, LookupError, TypeError, httpx.HTTPError) as exc:
        where = step.__name__.replace("_", " ") if step else "constructing"
        sys.exit(f"mem0ai {VERSION}: {where}: {type(exc).__name__}: {exc}")
    print(f"mem0ai {VERSION}: {len(steps)} steps ok")


if __name__ == "__main__":
    main()
