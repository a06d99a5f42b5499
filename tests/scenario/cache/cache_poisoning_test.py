"""What one client sends decides nothing about the answer that another one gets.

The origin is the worst that there can be: what it is sent it puts into its answers, which it says are good for a minute
for everybody. An attacker comes first, then somebody who asks for the same page in good faith.
"""
import itertools
import re

import pytest

from cache.conftest import answer
from headgate_test.stream import ConnectionReset, StreamEnded

YAML = {"cache": "ttl: 1m, key: { query: [v] }"}
FRESH = "Cache-Control: max-age=60"
EVIL = b"evil"
NUMBERS = itertools.count(1)


def reflecting(request, _):
    told = [request.start, *(f"{name}: {value}" for name, value in request.fields), request.body.decode("latin-1")]
    return answer("\n".join(told).encode("latin-1"), FRESH)


@pytest.fixture
def page(stage):
    """The path of a page that reflects, as does all that has no page of its own."""
    stage.otherwise = reflecting
    yield f"/p{next(NUMBERS)}"
    stage.otherwise = None


def send(stage, raw):
    """The answer to these bytes, on a connection of its own; None if it was closed without one."""
    client = stage.client()
    try:
        client.send(raw.encode("latin-1") if isinstance(raw, str) else raw)
        return client.read_response(to="HEAD" if raw[:4] in ("HEAD", b"HEAD") else "GET")
    except (StreamEnded, ConnectionReset):
        return None
    finally:
        client.close()


def get(stage, target, *fields, host="a", method="GET"):
    return send(stage, "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host}", *fields, "", ""]))


def is_clean(stage, path):
    """What a client in good faith gets, twice: from wherever the first time, from the store the second."""
    first, second = get(stage, path), get(stage, path)
    assert (first.status, second.status) == (200, 200)
    assert EVIL not in first.body and EVIL not in second.body, first.body
    return "hit" in second.get("Cache-Status")


@pytest.mark.parametrize("field", [
    "X-Forwarded-Host: evil", "X-Forwarded-Host: a, evil", "X-Forwarded-Proto: evil", "Forwarded: host=evil;proto=evil",
    "X-Forwarded-Scheme: evil", "X-Forwarded-Port: evil", "X-Forwarded-Prefix: /evil", "X-Forwarded-Server: evil",
    "X-Forwarded-Ssl: evil", "X-Forwarded-Whatever: evil", "X-Host: evil", "X-Original-Host: evil",
    "X-HTTP-Host-Override: evil", "X-Original-URL: /evil", "X-Rewrite-URL: /evil", "X-HTTP-Method-Override: EVIL",
    "x-http-method: EVIL", "X-Method-Override: EVIL", "X-Request-Id: evil",
    "Authorization: Basic evil", "Connection: X-Forwarded-Host, X-Forwarded-Proto, Via",
    "Connection: evil\r\nEvil: evil", "TE: evil", "Proxy-Connection: evil",
    "If-None-Match: \"evil\"", "If-Modified-Since: evil", "If-Match: \"evil\"", "If-Range: \"evil\"",
    "Expect: evil", "Upgrade: evil\r\nConnection: upgrade"])
def test_fields_that_are_not_in_the_key(stage, page, field):
    get(stage, page, field)
    assert is_clean(stage, page)


def test_fields_of_proxies_from_nobody_trusted_do_not_arrive(stage, page):
    body = get(stage, page, "X-Forwarded-Host: evil", "X-Forwarded-Prefix: /evil", "X-Host: evil", "X-Forwarded-Port: 1").body
    assert EVIL not in body and b"X-Forwarded-Port" not in body and b"X-Forwarded-Host: a" in body, body


@pytest.mark.parametrize("head", [
    "GET {} HTTP/1.1\r\nHost: evil", "GET {} HTTP/1.1\r\nHost: a.evil", "GET {} HTTP/1.1\r\nHost: a:666",
    "GET {} HTTP/1.1\r\nHost: evil@a", "GET {} HTTP/1.1\r\nHost: a@evil", "GET {} HTTP/1.1\r\nHost: a/evil",
    "GET {} HTTP/1.1\r\nHost: a?evil", "GET {} HTTP/1.1\r\nHost: a#evil", "GET {} HTTP/1.1\r\nHost: a evil",
    "GET {} HTTP/1.1\r\nHost: a, evil", "GET {} HTTP/1.1\r\nHost: a:evil", "GET {} HTTP/1.1\r\nHost: a\r\nHost: evil",
    "GET {} HTTP/1.1\r\nHost: evil\r\nHost: a", "GET {} HTTP/1.1\r\nHost:\r\nX-Evil: evil", "GET {} HTTP/1.1\r\n Host: evil\r\nHost: a",
    "GET {} HTTP/1.1\r\nHost: a\r\n evil", "GET http://evil{} HTTP/1.1\r\nHost: a", "GET http://a:666{} HTTP/1.1\r\nHost: a",
    "GET http://a@evil{} HTTP/1.1\r\nHost: a", "GET http://evil@a{} HTTP/1.1\r\nHost: a", "GET https://a{} HTTP/1.1\r\nHost: evil",
    "GET evil:{} HTTP/1.1\r\nHost: a", "GET {} HTTP/1.0\r\nX-Evil: evil", "GET //evil{} HTTP/1.1\r\nHost: a"])
def test_hosts_that_are_confused(stage, page, head):
    send(stage, head.format(page) + "\r\n\r\n")
    assert is_clean(stage, page)


def test_one_host_however_it_is_written(stage, page):
    """The target's host is the one that counts, for the key and for the origin alike (RFC 9112 section 3.2.2)."""
    body = send(stage, f"GET http://a{page} HTTP/1.1\r\nHost: evil\r\n\r\n").body
    assert b"\nHost: a\n" in body and EVIL not in body
    assert "hit" in get(stage, page).get("Cache-Status")
    assert "hit" in get(stage, page, host="A:80").get("Cache-Status")
    for other in ("a.", "a:8080"):
        assert "hit" not in get(stage, page, host=other).get("Cache-Status")


@pytest.mark.parametrize("fields, body", [
    ("Content-Length: 4", "evil"), ("Transfer-Encoding: chunked", "4\r\nevil\r\n0\r\n\r\n"),
    ("Content-Length: 4\r\nX-HTTP-Method-Override: POST", "evil"), ("Content-Length: 6\r\nContent-Type: application/x-www-form-urlencoded", "v=evil")])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "EVIL", "OPTIONS"])
def test_bodies_and_methods(stage, page, fields, body, method):
    send(stage, f"{method} {page} HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}")
    assert is_clean(stage, page)


PATHS = ["{}/x", "{}%2Fx", "{}%2fx", "{}//x", "{}/./x", "{}/y/../x", "{}/%2e/x", "{}/y/%2e%2e/x", "{}/y/..%2fx",
         "{}/y/..;/x", "{}/x/", "{}/x;evil", "{}/x%3B", "{}/x%3Fevil", "{}/x%23evil", "{}/x%00", "{}/x%00.css", "{}/x%0a",
         "{}/x%0d%0aEvil:%20evil", "{}/x%20", "{}/x%5C", "{}/%78", "{}/X", "{}/x.css", "{}/x/evil.css", "{}/x/..%2f..%2fevil", "{}\\x",
         "{}/x#evil", "{}/x\tevil", "/evil/..{}/x", "/evil/%2e%2e{}/x", "//{}/x", "{}/x?evil", "{}/x?", "{}/x?#evil", "{}/x??v=evil"]


def test_paths_that_are_nearly_the_same(stage, page):
    """Whatever was asked for before, each path has the answer that its origin gives for that path as it arrives."""
    arrives = {}
    for path in PATHS:
        told = get(stage, path.format(page), "Content-Length: 0", method="POST")
        arrives[path] = re.match(rb"POST (\S+)", told.body).group(1) if told.status == 200 else None
    for turn in range(2):
        for path in PATHS if turn == 0 else reversed(PATHS):
            response = get(stage, path.format(page))
            if arrives[path] is None:
                assert response.status == 400
                continue
            came = re.match(rb"GET (\S+)", response.body).group(1)
            # Parameters that do not count are the route's own wish.
            assert came.partition(b"?")[0] == arrives[path].partition(b"?")[0], path
    assert b"evil" not in arrives["/evil/..{}/x"] + arrives["/evil/%2e%2e{}/x"]


@pytest.mark.parametrize("fields", [
    ("Set-Cookie: session=victim",), (FRESH, "Set-Cookie: session=victim"), ("Cache-Control: private, max-age=60",), ("Cache-Control: no-store",),
    ("Cache-Control: no-cache",), ("Vary: Cookie",), ("Vary: *", FRESH), ()])
@pytest.mark.parametrize("ending", ["/x.css", "/x.js?evil", "%2Fx.css", ";x.css", "/..%2fx.css", "%3Fx.css", ".css", "/static/x.png"])
def test_a_page_of_somebody_is_not_given_to_who_lured_him(stage, page, fields, ending):
    """Deception: the victim is sent to the account page by a path that looks like a file. Here it has no freshness of its
    own, and the route's `ttl` does not make it everybody's."""
    stage.otherwise = lambda request, _: answer(f"secret of {request.get('Cookie')}".encode(), *fields)
    assert get(stage, page + ending, "Cookie: session=victim").body == b"secret of session=victim"
    assert b"victim" not in get(stage, page + ending).body


def test_authorised_answers_stay_with_who_is_authorised(stage, page):
    stage.otherwise = lambda request, _: answer(f"secret of {request.get('Authorization')}".encode(), FRESH)
    assert b"victim" in get(stage, page, "Authorization: Basic victim").body
    assert b"victim" not in get(stage, page).body
    assert b"Basic victim" in get(stage, page, "Authorization: Basic victim").body or "hit" in get(stage, page).get("Cache-Status")


def first(query, name):
    return next((value for key, _, value in (part.partition("=") for part in query.split("&")) if key == name), "")


def last(query, name):
    return first("&".join(reversed(query.split("&"))), name)


def decoded(read):
    return lambda query, name: read(re.sub("%([0-9a-fA-F]{2})", lambda found: chr(int(found.group(1), 16)), query), name)


def cut_at_semicolons(read):
    return lambda query, name: read(query.replace(";", "&"), name)


READERS = [first, last, decoded(first), decoded(last), cut_at_semicolons(first), cut_at_semicolons(last),
           decoded(cut_at_semicolons(first)), cut_at_semicolons(decoded(last))]


@pytest.mark.parametrize("reader", READERS)
def test_parameters_are_not_cloaked(stage, page, reader):
    """Only `v` counts. However the origin reads it, nobody gets another's."""
    stage.otherwise = lambda request, _: answer(reader(request.target.partition("?")[2], "v").encode("latin-1"), FRESH)
    for query in ("v=1&v=evil", "v=evil&v=1", "v=1;v=evil", "v=evil;v=1", "x=1;v=evil&v=1", "v=1&x=1;v=evil", "v=1&%76=evil", "%76=evil&v=1",
                  "v=1&x=1%26v=evil", "x=1%3Bv=evil&v=1", "v=1&V=evil", "v[]=evil&v=1", "v=1%26v=evil", "v=1%3bv=evil", "v=1;%76=evil",
                  "%2576=evil&v=1", "v=1#&v=evil", "&v=evil&&v=1", "v=1&=evil", "=v=evil&v=1", "v&v=evil"):
        get(stage, f"{page}?{query}")
        assert get(stage, f"{page}?v=1").body == b"1", query
        assert get(stage, f"{page}?x=y&v=1").body == b"1", query


def test_a_part_is_not_given_for_the_whole(stage, page):
    whole = b"0123456789"

    def made(request, _):
        wanted = request.get("Range")
        if wanted is None:
            return answer(whole, FRESH)
        spans = {"bytes=0-0": "0-0/10", "bytes=0-": "0-9/10", "bytes=2-3": "2-3/10"}
        if wanted not in spans:
            return answer(b"evil", FRESH, status=416, reason="No")
        begin, end = (int(at) for at in spans[wanted].split("/")[0].split("-"))
        return answer(whole[begin:end + 1], FRESH, f"Content-Range: bytes {spans[wanted]}", status=206, reason="Partial Content")
    stage.otherwise = made
    for number, wanted in enumerate(("0-0", "0-", "2-3", "evil", "9-1", "0-0,2-3", "-0", "18446744073709551616-", "0-18446744073709551615")):
        path = f"{page}/{number}"
        get(stage, path, f"Range: bytes={wanted}")
        response = get(stage, path)
        assert (response.status, response.body) == (200, whole), wanted


@pytest.mark.parametrize("status", [400, 401, 403, 405, 406, 408, 411, 413, 414, 415, 416, 417, 421, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 511])
def test_an_error_that_one_client_provokes_is_its_own(stage, page, status):
    """What others call CPDoS: heads that the origin refuses, or that headgate does."""
    stage.otherwise = lambda request, _: (answer(b"evil", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT", status=status, reason="No") if request.get("X-Evil")
                                          else answer(b"good", FRESH))
    is_heuristic = status in (405, 414, 501)
    refused = get(stage, page, "X-Evil: " + "x" * 4000)
    assert refused.status == status
    if not is_heuristic:
        assert get(stage, page).body == b"good"


@pytest.mark.parametrize("raw", [
    "X-Long: " + "x" * 70_000, *[f"X-Many-{number}: x" for number in ()], "X-Bad: \x07", "X-Bad: \x00", "X Bad: x", "X-Bad : x", "X-Bad", "Content-Length: evil",
    "Content-Length: 1\r\nContent-Length: 2", "Content-Length: 1\r\nTransfer-Encoding: chunked", "Transfer-Encoding: evil", "Host: b",
    "\r\n".join(f"X-Many-{number}: {'x' * 500}" for number in range(300))])
def test_what_headgate_refuses_is_refused_to_who_sent_it(stage, page, raw):
    refused = get(stage, page, raw)
    assert refused is None or refused.status >= 400
    assert is_clean(stage, page)
    assert get(stage, page, raw) is None or get(stage, page, raw).status >= 400
    assert is_clean(stage, page)


def test_an_answer_to_head_changes_nothing_for_others(stage, page):
    stage.otherwise = lambda request, _: answer(b"good", FRESH, 'ETag: "v1"', f"X-Seen: {request.get('X-Rewrite-URL', 'nothing')}")
    head = get(stage, page, "X-Rewrite-URL: evil", method="HEAD")
    assert head.get("X-Seen") == "evil"
    assert get(stage, page).get("X-Seen") == "nothing"
    # Nor where it is about what is stored (RFC 9111 section 4.3.5), nor a 304.
    for field in ("Cache-Control: no-cache", "Cache-Control: max-age=0"):
        get(stage, page, "X-Rewrite-URL: evil", field, method="HEAD")
        get(stage, page, "X-Rewrite-URL: evil", field)
        get(stage, page, "X-Rewrite-URL: evil", field, 'If-None-Match: "v1"')
        response = get(stage, page)
        assert (response.status, response.body, response.get("X-Seen")) == (200, b"good", "nothing")


def test_an_answer_to_head_is_not_the_page(stage, page):
    def made(request, _):
        if request.method == "HEAD":
            return answer(b"e", FRESH)
        return answer(b"good", FRESH)
    stage.otherwise = made
    get(stage, page, method="HEAD")
    assert get(stage, page).body == b"good"
    get(stage, page, "Cache-Control: no-cache", method="HEAD")
    response = get(stage, page)
    assert (response.body, response.get("Content-Length")) == (b"good", "4")
