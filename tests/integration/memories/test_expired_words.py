"""The words of a memory that has expired can be said, written and imported anew: it hides them from nobody."""

import json
from typing import Any

from tests.integration.api import Api
from tests.integration.model import Modelled

OLD, NEW = "User has two cats.", "User has two cats and a dog."
GONE = "2020-01-01"


def test_an_update_may_lead_to_the_words_of_an_expired_memory(modelled: Modelled):
    modelled.mind.hears("I have two cats and a dog.", NEW)
    modelled.tell("I have two cats and a dog.", expiration_date=GONE)
    modelled.mind.hears("I have two cats.", OLD).hears("And a dog.", "User has a dog.")
    modelled.tell("I have two cats.")
    modelled.mind.decides("User has a dog.", "UPDATE", OLD, text=NEW)
    assert modelled.tell("And a dog.")["status"] == "SUCCEEDED"
    assert [m["memory"] for m in modelled.api.list()] == [NEW]


def test_a_caller_may_write_the_words_of_an_expired_memory(api: Api):
    lines: list[dict[str, Any]] = [
        {"text": "I like tea.", "user_id": "ada", "expiration_date": GONE},
        {"text": "I like rain.", "user_id": "ada"},
    ]
    assert api.request("POST", "/v1/import/", raw="\n".join(map(json.dumps, lines))).status == 200
    (rain,) = api.list()
    answer = api.request("PUT", f"/v1/memories/{rain['id']}/", {"text": "I like tea."})
    assert answer.status == 200, answer
    assert [m["memory"] for m in api.list()] == ["I like tea."]


def test_an_import_may_bring_the_words_of_an_expired_memory(api: Api):
    for fields in ({"expiration_date": GONE}, {}):
        line = json.dumps({"text": "I like tea.", "user_id": "ada"} | fields)
        assert api.request("POST", "/v1/import/", raw=line).status == 200
    assert [m["memory"] for m in api.list()] == ["I like tea."]
