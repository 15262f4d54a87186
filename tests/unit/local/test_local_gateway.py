import asyncio
import json

import pytest

from functions.routing import READ_POSTS
from local.authorizer import Authorizer
from local.errors import AllBusy, CallTimedOut, HandlerRaised, WorkerDied
from local.gateway import LARGEST_BODY, Gateway
from tests.unit.local.fakes import FakePool

KEY = (b"authorization", b"Token k")


def scope(method, path, headers=(KEY,)):
    raw_path, _, query = path.partition(b"?")
    return {
        "type": "http",
        "method": method,
        "raw_path": raw_path,
        "query_string": query,
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
    }


class Service:
    """A gateway over fake functions."""

    def __init__(self, **answers):
        self.search = answers.get("search", FakePool())
        self.add_memory = answers.get("add_memory", FakePool())
        self.authorize = answers.get(
            "authorize", FakePool(lambda event: {"isAuthorized": True, "context": {"project_id": "p"}})
        )
        self.gateway = Gateway(
            search=self.search,
            add_memory=self.add_memory,
            authorizer=Authorizer(self.authorize),
            port=8000,
            public_url=answers.get("public_url", ""),
        )

    def ask(self, method, path, *, headers=(KEY,), chunks=(b"",)):
        return asyncio.run(self.send(method, path, headers, chunks))

    async def send(self, method, path, headers=(KEY,), chunks=(b"",)):
        parts = list(chunks)
        sent = []

        async def receive():
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message):
            sent.append(message)

        await self.gateway(scope(method, path.encode("latin-1"), headers), receive, send)
        start, body = sent
        return start["status"], dict(start["headers"]), body["body"]


@pytest.mark.parametrize("path", sorted(READ_POSTS))
@pytest.mark.parametrize("slash", ["", "/"])
def test_posts_that_read_go_to_search(path, slash):
    service = Service()
    assert service.ask("POST", path + slash)[0] == 200
    assert len(service.search.events) == 1


@pytest.mark.parametrize(("method", "path"), [("POST", "/v3/memories/add/"), ("PUT", "/v1/x"), ("DELETE", "/v1/x")])
def test_everything_else_that_is_not_a_read_goes_to_add_memory(method, path):
    service = Service()
    service.ask(method, path)
    assert len(service.add_memory.events) == 1
    assert service.add_memory.retries == [False]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_get_goes_to_search_and_may_be_tried_again(method):
    service = Service()
    service.ask(method, "/v1/memories/")
    assert service.search.retries == [True]


@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_open_routes_ask_nobody(path):
    service = Service()
    assert service.ask("GET", path, headers=())[0] == 200
    assert not service.authorize.events


def test_without_a_key_the_answer_is_401_and_nothing_is_called():
    service = Service()
    status, _, body = service.ask("GET", "/v1/ping/", headers=())
    answer = json.loads(body)
    assert (status, answer["message"], answer["code"]) == (401, "Unauthorized", "unauthenticated")
    assert answer["detail"] == answer["error"] == "Send the API key in the Authorization header as 'Token <key>'."
    assert not service.authorize.events
    assert not service.search.events


def test_a_refused_key_is_403():
    service = Service(authorize=FakePool(lambda event: {"isAuthorized": False}))
    assert service.ask("GET", "/v1/ping/")[0] == 403
    assert not service.search.events


def test_the_authorizer_context_reaches_the_function():
    service = Service()
    service.ask("GET", "/v1/ping/")
    assert service.search.events[0]["requestContext"]["authorizer"] == {"lambda": {"project_id": "p"}}


def test_that_nobody_could_be_asked_is_told_to_the_function_and_not_kept():
    unavailable = {"unavailable": "The database does not answer; try again.", "retry_after": "0"}
    answers = [unavailable, {"project_id": "p"}]
    service = Service(authorize=FakePool(lambda event: {"isAuthorized": True, "context": answers.pop(0)}))
    for context in list(answers):
        service.ask("GET", "/v1/ping/")
        assert service.search.events[-1]["requestContext"]["authorizer"] == {"lambda": context}


def test_the_authorizer_is_asked_once_per_key_also_by_a_burst():
    service = Service()

    async def burst():
        await asyncio.gather(*(service.send("GET", "/v1/ping/") for _ in range(20)))
        await service.send("GET", "/v1/other/", [(b"authorization", b"Token another")])

    asyncio.run(burst())
    assert len(service.authorize.events) == 2


def test_an_authorizer_that_failed_is_asked_again():
    service = Service()
    service.authorize.failures = [HandlerRaised("X", "x")]
    assert service.ask("GET", "/v1/ping/")[0] == 500
    assert service.ask("GET", "/v1/ping/")[0] == 200


@pytest.mark.parametrize(
    ("failure", "status", "message"),
    [
        (HandlerRaised("ValueError", "secret"), 500, "Internal Server Error"),
        (WorkerDied(), 503, "Service Unavailable"),
        (CallTimedOut(), 503, "Service Unavailable"),
        (AllBusy(), 503, "Service Unavailable"),
    ],
)
def test_a_failed_call_answers_as_an_http_api_does(failure, status, message):
    answer, _, body = Service(add_memory=FakePool(failures=[failure])).ask("POST", "/v3/memories/add/")
    told = json.loads(body)
    assert (answer, told["message"]) == (status, message)
    assert told["detail"] == told["error"]
    assert told["code"]


def test_a_body_stated_too_large_is_refused_before_it_is_read():
    length = str(LARGEST_BODY + 1).encode()
    service = Service()
    assert service.ask("POST", "/v1/x", headers=[KEY, (b"content-length", length)], chunks=())[0] == 413


def test_a_body_that_turns_out_too_large_is_refused():
    service = Service()
    assert service.ask("POST", "/v1/x", chunks=[b"x" * LARGEST_BODY, b"y", b"never read"])[0] == 413
    assert not service.add_memory.events


JSON = (b"content-type", b"application/json")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'"' * 3_200_000, [KEY, JSON]),  # two bytes each as JSON
        (b"\x01" * 1_100_000, [KEY, JSON]),  # six bytes each
        ("é".encode() * 3_145_000, [KEY, JSON, (b"x-more", b"x" * 4_000)]),  # one too many with its headers
        (b"x" * 4_800_000, [KEY]),  # base64
    ],
    ids=["quotes", "control characters", "headers", "base64"],
)
def test_a_body_that_is_too_large_as_an_event_is_refused_and_told_how_to_fit(body, headers):
    service = Service()
    status, _, answer = service.ask("POST", "/v3/memories/add/", headers=headers, chunks=[body])
    assert (status, json.loads(answer)["code"]) == (413, "payload_too_large")
    assert "several requests" in json.loads(answer)["detail"]
    assert not service.add_memory.events


def test_what_fits_into_an_event_is_passed_on():
    service = Service()
    body = b"x" * 2_000_000 + b'"' * 2_000_000 + "é".encode() * 120_000
    assert service.ask("POST", "/v3/memories/add/", headers=[KEY, JSON], chunks=[body])[0] == 200
    assert service.add_memory.events[0]["body"].encode() == body


@pytest.mark.parametrize("host", [b"a:b:c", b"[::1]:8000", b"a:", b"", b"a b", b"\xff", b"a:999999"])
def test_a_host_header_that_names_no_host_is_400(host):
    assert Service().ask("GET", "/v1/ping/", headers=[KEY, (b"host", host)])[0] == 400


FOREIGN = [b"evil.example", b"localhost.evil.example:8000", b"127.0.0.1.evil.example", b"10.0.0.1:8000", b"127.1"]


@pytest.mark.parametrize("public_url", ["", "https://cairn.example"])
@pytest.mark.parametrize("host", FOREIGN)
def test_who_calls_by_a_name_of_somebody_else_gets_421(host, public_url):
    service = Service(public_url=public_url)
    status, _, body = service.ask("GET", "/health", headers=[KEY, (b"host", host)])
    assert (status, json.loads(body)["code"]) == (421, "misdirected_request")
    assert "CAIRN_LOCAL_URL" in json.loads(body)["detail"]
    assert not service.search.events


@pytest.mark.parametrize("host", [b"localhost", b"LocalHost:9000", b"127.0.0.1:8000", b"127.0.0.2"])
def test_who_calls_by_an_address_of_this_machine_is_served_and_gets_links_to_it(host):
    service = Service()
    assert service.ask("GET", "/v1/ping/", headers=[KEY, (b"host", host)])[0] == 200
    assert service.search.events[0]["requestContext"]["domainName"] == host.decode()


@pytest.mark.parametrize("host", [b"cairn.example", b"CAIRN.example:443", b"127.0.0.1:8000"])
def test_behind_a_proxy_links_are_made_of_its_address_whatever_host_it_passes_on(host):
    service = Service(public_url="https://cairn.example:8443")
    assert service.ask("GET", "/v1/ping/", headers=[KEY, (b"host", host)])[0] == 200
    event = service.search.events[0]
    assert event["requestContext"]["domainName"] == "cairn.example:8443"
    assert event["headers"]["x-forwarded-proto"] == "https"


def test_two_hosts_are_none():
    assert Service().ask("GET", "/v1/ping/", headers=[KEY, (b"host", b"localhost"), (b"host", b"evil")])[0] == 400


def test_very_large_headers_are_431():
    assert Service().ask("GET", "/v1/ping/", headers=[KEY, (b"x-a", b"x" * 70_000)])[0] == 431


@pytest.mark.parametrize("path", ["/%zz", "/\xff", "/%00?%00=%00", "//", "/%2e%2e/", "/?" + "a=1&" * 10_000])
def test_strange_paths_reach_the_function(path):
    assert Service().ask("GET", path)[0] == 200


def test_a_preflight_is_answered_by_the_gateway():
    status, headers, _ = Service().ask("OPTIONS", "/v3/memories/", headers=[(b"origin", b"http://x")])
    assert status == 204
    assert headers[b"access-control-allow-origin"] == b"*"
    assert b"Mem0-User-ID" in headers[b"access-control-allow-headers"]


def test_answers_to_a_browser_allow_its_origin():
    assert Service().ask("GET", "/health", headers=[(b"origin", b"x")])[1][b"access-control-allow-origin"] == b"*"
    assert b"access-control-allow-origin" not in Service().ask("GET", "/health", headers=[])[1]


def test_an_empty_answer_to_a_browser_keeps_its_headers():
    service = Service(add_memory=FakePool(lambda event: {"statusCode": 204}))
    _, headers, body = service.ask("DELETE", "/v1/x", headers=[KEY, (b"origin", b"x")])
    assert (headers, body) == ({b"access-control-allow-origin": b"*"}, b"")


def test_nothing_is_called_for_a_client_that_left_while_sending():
    service = Service()

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        pytest.fail("nobody is there")

    asyncio.run(service.gateway(scope("POST", b"/v3/memories/add/"), receive, send))
    assert not service.add_memory.events


def test_no_body_is_read_before_the_key_is_known():
    service = Service(authorize=FakePool(lambda event: {"isAuthorized": False}))
    # There is no body to be had: looking for it would fail.
    assert service.ask("POST", "/v3/memories/add/", chunks=())[0] == 403
    assert service.ask("POST", "/v3/memories/add/", headers=(), chunks=())[0] == 401


def test_a_body_that_never_ends_is_ended(monkeypatch):
    monkeypatch.setattr("local.gateway._BODY_SECONDS", 0.05)
    service = Service()

    async def ask():
        sent = []

        async def receive():
            await asyncio.sleep(0.02)
            return {"type": "http.request", "body": b"x", "more_body": True}

        async def send(message):
            sent.append(message)

        await service.gateway(scope("POST", b"/v3/memories/add/"), receive, send)
        return sent[0]["status"]

    assert asyncio.run(ask()) == 408
    assert service.add_memory.events == []
