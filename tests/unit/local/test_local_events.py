import json
from pathlib import Path

import pytest

from local.events import Request, authorizer_event, http_event, to_reply

# What ministack's HTTP API handed to a Lambda for the same requests.
RECORDED = json.loads(Path(__file__).with_name("http_api_events.json").read_text())
ROUTE = "ANY /{proxy+}"
OURS_ALONE = {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id"}  # as AWS adds them
BODIES = {"POST": '{"a": "é"}'.encode(), "PUT": b"\xff\x00bin"}


def as_request(recorded: dict) -> Request:
    path, _, query = recorded["path"].partition("?")
    headers = [(name.encode(), value.encode()) for name, value in recorded["event"]["headers"].items()]
    return Request(recorded["method"], path.encode(), query.encode(), headers, BODIES.get(recorded["method"], b""))


def request(**changes) -> Request:
    return Request(**{"method": "POST", "raw_path": b"/v1/x", "query": b"", "headers": [], **changes})


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded["method"])
def test_an_event_is_what_an_http_api_makes_of_the_request(recorded):
    event = http_event(as_request(recorded), ROUTE)
    expected = recorded["event"]
    for name in ("version", "routeKey", "rawQueryString", "queryStringParameters", "body", "isBase64Encoded"):
        assert event.get(name) == expected.get(name), name
    headers = {name: value for name, value in expected["headers"].items() if name != "cookie"}
    assert {name: value for name, value in event["headers"].items() if name not in OURS_ALONE} == headers
    context, expected_context = event["requestContext"], expected["requestContext"]
    assert expected_context.keys() <= context.keys()
    assert expected_context["http"].keys() == context["http"].keys()
    assert context["stage"] == "$default"
    assert context["http"]["method"] == recorded["method"]


def test_percent_encoding_of_the_path_is_kept():
    event = http_event(as_request(RECORDED[0]), ROUTE)
    assert event["rawPath"] == "/v2/entities/agent/bot%2F1/"
    assert event["requestContext"]["http"]["path"] == event["rawPath"]
    assert event["pathParameters"] == {"proxy": "v2/entities/agent/bot%2F1/"}


def test_cookies_are_a_list_of_their_own():
    event = http_event(request(headers=[(b"Cookie", b"a=1; b=2"), (b"cookie", b"c=3")]), ROUTE)
    assert event["cookies"] == ["a=1", "b=2,c=3"]
    assert "cookie" not in event["headers"]


def test_repeated_headers_are_joined_and_names_are_lower_case():
    event = http_event(request(headers=[(b"X-A", b"1"), (b"x-a", b"2")]), ROUTE)
    assert event["headers"]["x-a"] == "1,2"


def test_the_host_keeps_its_port_so_that_absolute_urls_come_out_right():
    event = http_event(request(headers=[(b"host", b"127.0.0.1:8000")]), ROUTE)
    assert event["requestContext"]["domainName"] == "127.0.0.1:8000"
    assert event["headers"]["x-forwarded-proto"] == "http"


@pytest.mark.parametrize(
    ("sent", "passed_on"),
    [(b"https", "https"), (b"https, http", "https, http"), (b"http", "http"), (b"gopher", "http")],
)
def test_a_proxy_in_front_that_ends_tls_is_believed_and_nothing_else_is(sent, passed_on):
    event = http_event(request(headers=[(b"X-Forwarded-Proto", sent)]), ROUTE)
    assert event["headers"]["x-forwarded-proto"] == passed_on


def test_a_json_body_that_is_not_utf8_arrives_as_it_was_sent():
    event = http_event(request(headers=[(b"content-type", b"application/json")], body=b'{"a":"\xff"}'), ROUTE)
    assert (event["body"], event["isBase64Encoded"]) == ("eyJhIjoi/yJ9", True)


@pytest.mark.parametrize("path", [b"/%zz", b"/\xff\xfe", b"/%00", b"/%ff", b"//", b"", b"/\xed\xa0\x80"])
@pytest.mark.parametrize("query", [b"", b"a=%ff&%zz", b"\xff=1", b"=&&=", b"a=\xed\xa0\x80"])
def test_every_event_can_be_written_as_utf8_json(path, query):
    headers = [(b"x-a", b"\xff\x00"), (b"x-\xe9", b"\xed\xa0\x80"), (b"cookie", b"\xff;;=")]
    event = http_event(request(raw_path=path, query=query, headers=headers), ROUTE)
    assert json.loads(json.dumps(event, ensure_ascii=False).encode()) == event


def test_the_authorizer_sees_the_request_without_its_body():
    event = http_event(request(headers=[(b"authorization", b"Token k")], body=b"secret"), ROUTE)
    asked = authorizer_event(event, "Token k")
    assert asked["type"] == "REQUEST"
    assert asked["identitySource"] == ["Token k"]
    assert asked["routeArn"] == "arn:aws:execute-api:us-east-1:000000000000:local/$default/POST/v1/x"
    assert "body" not in asked


def test_a_reply_carries_status_headers_cookies_and_binary_body():
    reply = to_reply(
        {
            "statusCode": 201,
            "headers": {"X-A": "1", "Content-Length": "99"},
            "multiValueHeaders": {"x-b": ["1", "2"]},
            "cookies": ["a=1", "b=2"],
            "body": "/wA=",
            "isBase64Encoded": True,
        }
    )
    assert reply.status == 201
    assert reply.body == b"\xff\x00"
    assert reply.headers == [
        (b"x-a", b"1"),
        (b"x-b", b"1"),
        (b"x-b", b"2"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    ]


def test_a_result_without_status_code_is_the_body():
    reply = to_reply({"hello": 1})
    assert (reply.status, json.loads(reply.body)) == (200, {"hello": 1})


def test_a_header_cannot_carry_another_line_and_a_lone_surrogate_no_error():
    reply = to_reply({"statusCode": 200, "headers": {"x-a": "1\r\nset-cookie: x"}, "body": "a\ud800"})
    assert reply.headers == [(b"x-a", b"1  set-cookie: x")]
    assert reply.body == b"a?"
