from typing import Any

from tests.integration.api import Answer
from tests.integration.model import Modelled


def preferences(modelled: Modelled, key: str | None = None, **query: Any) -> Answer:
    return modelled.api.request("GET", "/v1/preferences/", query={"user_id": "ada"} | query, key=key)


def texts(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [m["memory"] for m in answer.body["results"]]


def test_preferences_are_what_the_model_puts_into_their_category(modelled: Modelled):
    said = "I like rye. I live in Oslo."
    liked = {"text": "User likes rye.", "quote": "I like rye", "category": "user_preferences"}
    modelled.mind.hears(said, liked, {"text": "User lives in Oslo.", "quote": "I live in Oslo"})
    modelled.tell(said)
    modelled.tell(said, user_id="bob")
    assert texts(preferences(modelled)) == ["User likes rye."]


def test_preferences_need_no_model(modelled: Modelled):
    modelled.set_up(model=False)
    said = ("I like rye.", "I live in Oslo.", "I prefer short answers.")
    modelled.tell_all([{"role": "user", "content": text} for text in said])
    answer = preferences(modelled)
    assert texts(answer) == ["I like rye.", "I prefer short answers."]
    assert answer.body["count"] == 2


def test_a_preference_that_no_longer_holds_is_no_preference(modelled: Modelled):
    old, new = "I like rye.", "I like oats better than rye now."
    for text in (old, new):
        modelled.mind.hears(text, {"text": text, "category": "user_preferences"})
    modelled.mind.decides(new, "DELETE", old)
    modelled.tell(old)
    modelled.tell(new)
    assert texts(preferences(modelled)) == [new]


def test_preferences_are_paged(modelled: Modelled):
    modelled.set_up(model=False)
    modelled.tell_all([{"role": "user", "content": f"I like {food}."} for food in ("rye", "oats", "tea")])
    first = preferences(modelled, page_size=2)
    assert (first.body["count"], len(texts(first))) == (3, 2)
    assert "user_id=ada" in first.body["next"]
    assert len(texts(preferences(modelled, page=2, page_size=2))) == 1


def test_preferences_without_an_entity_are_refused_and_a_pinned_key_has_one(modelled: Modelled):
    modelled.set_up(model=False)
    modelled.tell("I like rye.")
    modelled.tell("I like oats.", user_id="bob")
    assert modelled.api.request("GET", "/v1/preferences/").status == 400
    made = modelled.api.request("POST", "/v1/keys/", {"name": "k", "role": "reader", "user_id": "bob"}).body
    assert texts(modelled.api.request("GET", "/v1/preferences/", key=made["key"])) == ["I like oats."]
    assert texts(preferences(modelled, key=made["key"])) == []


def test_preferences_are_read_in_many_languages_and_the_answer_names_them(modelled: Modelled):
    modelled.set_up(model=False)
    liked = ["我喜欢喝茶。", "Ich esse sehr gern Pizza.", "버섯을 싫어합니다.", "Не люблю грибы."]
    others = ["我住在北京。", "Meine Schwester mag Tee.", "Я живу в Казани."]
    modelled.tell_all([{"role": "user", "content": text} for text in (*liked, *others)])
    answer = preferences(modelled)
    assert texts(answer) == liked
    assert {"en", "de", "zh", "ko", "ru"} <= set(answer.body["languages"])
    assert "sw" not in answer.body["languages"]
