"""Who said it: the agent, a name in a group, and nobody twice."""

from tests.integration.model import Modelled

SAID = "I live in Oslo."


def test_what_the_assistant_did_is_the_assistants(modelled: Modelled):
    promise = "I have booked the 9:40 train for you."
    modelled.mind.hears(SAID).hears(promise, "Assistant booked the 9:40 train for User.")
    modelled.tell_all([{"role": "user", "content": SAID}, {"role": "assistant", "content": promise}])
    assert [(m["memory"], m["actor"]) for m in modelled.api.list()] == [
        (SAID, "user"),
        ("Assistant booked the 9:40 train for User.", "assistant"),
    ]


def test_in_a_group_each_fact_is_its_speakers(modelled: Modelled):
    modelled.mind.hears("I ski.", "Ann skis.").hears("I sail.", "Bob sails.")
    modelled.tell_all(
        [
            {"role": "user", "name": "Ann", "content": "I ski."},
            {"role": "user", "name": "Bob", "content": "I sail."},
        ],
        run_id="party",
    )
    assert [(m["memory"], m["actor"]) for m in modelled.api.list()] == [("Ann skis.", "Ann"), ("Bob sails.", "Bob")]
    assert [m["speaker"] for m in modelled.prompts("extract")[0].data["messages"]] == ["Ann", "Bob"]


def test_an_add_for_a_user_and_an_agent_keeps_both_on_every_memory(modelled: Modelled):
    promise = "I have booked the 9:40 train for you."
    modelled.mind.hears(SAID).hears(promise, "Assistant booked a train.")
    modelled.tell_all(
        [{"role": "user", "content": SAID}, {"role": "assistant", "content": promise}], agent_id="bot", app_id="web"
    )
    kept = modelled.api.list()
    assert [(m["user_id"], m["agent_id"], m["app_id"]) for m in kept] == [("ada", "bot", "web")] * 2
    assert len(modelled.api.list(filters={"agent_id": "bot"})) == 2


def test_a_system_message_is_no_source(modelled: Modelled):
    modelled.mind.hears("The user is rich.").hears(SAID)
    modelled.tell_all([{"role": "system", "content": "The user is rich."}, {"role": "user", "content": SAID}])
    assert [m["memory"] for m in modelled.api.list()] == [SAID]
    assert "rich" not in str(modelled.llm.requests)


def test_a_context_block_that_comes_back_is_not_learned_again(modelled: Modelled):
    modelled.mind.hears(SAID)
    modelled.tell(SAID)
    block = modelled.context("Where do I live?")["context"]
    asked = f"{block}\n\nI own a boat."
    for role in ("user", "assistant"):
        modelled.mind.facts.clear()
        modelled.tell_all([{"role": role, "content": asked}])
        shown = modelled.prompts("extract")[-1].data
        assert "Oslo" not in shown["messages"][0]["text"]
        assert "I own a boat." in shown["messages"][0]["text"]
        modelled.mind.hears(shown["messages"][0]["text"], {"text": SAID, "quote": SAID})
        event = modelled.tell_all([{"role": role, "content": asked}])
        assert event["usage"]["dropped"] == {"quote": 1, "machine text beside speech": 1}
    assert [m["memory"] for m in modelled.api.list()] == [SAID]


def test_without_a_model_a_block_that_comes_back_is_not_learned_either(modelled: Modelled):
    modelled.set_up(model=False)
    modelled.tell(SAID)
    block = modelled.context("Where do I live?")["context"]
    event = modelled.tell(f"{block}\n\nI own a boat.")
    assert [r["event"] for r in event["results"]] == ["ADD"]
    assert event["usage"]["dropped"] == {"machine text beside speech": 1}
    assert [m["memory"] for m in modelled.api.list()] == [SAID, "I own a boat."]


def test_an_assistant_that_repeats_what_no_longer_holds_brings_nothing_back(modelled: Modelled):
    moved = "I live in Bergen now."
    modelled.mind.hears(SAID).hears(moved).decides(moved, "DELETE", SAID)
    modelled.tell(SAID)
    modelled.tell(moved)
    modelled.mind.hears("As you said: I live in Oslo.", {"text": SAID, "quote": "I live in Oslo."})
    event = modelled.tell_all([{"role": "assistant", "content": "As you said: I live in Oslo."}])
    assert [r["event"] for r in event["results"]] == ["NOOP"]
    assert [m["memory"] for m in modelled.api.list()] == [moved]
    modelled.mind.hears("I live in Oslo. Again!", {"text": SAID, "quote": SAID}).decides(SAID, "DELETE", moved)
    modelled.tell("I live in Oslo. Again!")
    assert [m["memory"] for m in modelled.api.list()] == [SAID]
