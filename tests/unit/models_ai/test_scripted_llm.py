"""The scripted endpoint itself: what goes wrong in a script is seen, and nothing of it is left running."""

import json
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.scripted_llm import Reply, ScriptedLlm, in_turn


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def post(server, *messages):
    body = json.dumps({"model": "m", "messages": [{"role": r, "content": c} for r, c in messages]}).encode()
    request = urllib.request.Request(f"{server.base_url}/chat/completions", body)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def failed_post(server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(server, ("user", "x"))
    caught.value.close()
    return caught.value.code


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline


@pytest.mark.parametrize("error", [AssertionError, OSError, pytest.fail.Exception])
def test_what_a_script_raises_is_raised_again_at_the_end(error):
    def script(request):
        raise error("of the script")

    with pytest.raises(error, match="of the script"), ScriptedLlm(script) as server:
        assert failed_post(server) == 500


def test_a_request_beyond_the_script_is_an_error():
    with pytest.raises(AssertionError, match="too many"), ScriptedLlm([]) as server:
        assert failed_post(server) == 500


def test_a_script_sees_the_task_the_data_and_the_round():
    seen = []

    def script(request):
        seen.append((request.task, request.data, request.rounds))
        return Reply.answer("ok")

    opening = [("system", "Task: decide.\nDo."), ("user", 'Do.\n<data>\n{"a":"\\u003c"}\n</data>')]
    with ScriptedLlm(script) as server:
        post(server, *opening)
        post(server, *opening, ("assistant", "?"), ("user", "Again."))

    assert seen == [("decide", {"a": "<"}, 1), ("decide", {"a": "<"}, 2)]


def test_closing_wakes_whoever_hangs_and_leaves_no_thread():
    before = threading.active_count()
    with ThreadPoolExecutor(4) as pool:
        with ScriptedLlm(lambda _: Reply.hang()) as server:
            asked = [pool.submit(post, server, ("user", "x")) for _ in range(4)]
            wait_for(lambda: len(server.requests) == 4)
        assert all(a.exception(10) for a in asked)

    assert threading.active_count() == before


def test_many_are_answered_at_a_time_and_none_is_lost():
    with ScriptedLlm(lambda request: Reply.answer(request.messages[0]["content"])) as server:
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda n: post(server, ("user", str(n))), range(200)))
        asked = [request["messages"][0]["content"] for request in server.requests]

    assert [a["choices"][0]["message"]["content"] for a in answers] == [str(n) for n in range(200)]
    assert sorted(asked) == sorted(str(n) for n in range(200))


def test_it_names_its_model_and_knows_no_other_path():
    with ScriptedLlm(in_turn()) as server:
        with urllib.request.urlopen(f"{server.base_url}/models", timeout=10) as response:
            assert json.load(response)["data"][0]["id"] == "scripted"
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{server.base_url}/nothing", timeout=10)
        caught.value.close()
