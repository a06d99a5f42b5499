"""Requests over HTTP/2 and their answers: what the backend is sent, bodies, trailers, interim answers, priorities."""
import json
import struct
import threading

import pytest

from http2_peer.frames import (
    DATA, END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE, PRIORITY_UPDATE, RST_STREAM, WINDOW_UPDATE, frame,
    request_fields)

NUMBER = struct.Struct(">I").pack
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answering_with(answer, seen=None):
    def handle(connection):
        request = connection.read_request()
        if seen is not None:
            seen.append(request)
        connection.send(answer)
        connection.wait_gone()

    return handle


def test_what_an_http1_backend_is_sent(stage, peer):
    seen = []
    stage.play(answering_with(OK, seen))
    client = peer()
    client.request(1, path="/a/../b?c=d", authority="example.com:81", more=[
        ("cookie", "a=1"), ("x-some", "thing"), ("cookie", "b=2"), ("te", "trailers"), ("priority", "u=1")])
    answer = client.answer(1)
    assert (answer.status, answer.body) == (200, b"ok")
    head = seen[0]
    assert head.start == "GET /b?c=d HTTP/1.1"
    assert head.get("Host") == "example.com:81"
    assert head.get("Cookie") == "a=1; b=2"
    assert head.get("x-some") == "thing"
    assert head.get("Via") == "2.0 headgate"
    assert head.get("X-Forwarded-Host") == "example.com:81"
    assert head.get("priority") == "u=1"
    assert head.get("TE") is None and head.get("Connection") is None and head.get("Transfer-Encoding") is None


@pytest.mark.parametrize("stated", [True, False])
def test_a_body_that_is_complete_has_a_length(stage, peer, stated):
    seen = []
    stage.play(answering_with(OK, seen))
    client = peer()
    more = [("content-length", "5")] if stated else []
    client.send(frame(HEADERS, END_HEADERS, 1, client.encoder.encode(request_fields(method="POST", more=more))) +
                frame(DATA, END_STREAM, 1, b"hello"))
    assert client.answer(1).status == 200
    assert seen[0].body == b"hello"
    assert seen[0].get("Content-Length") == "5"


def test_a_body_without_a_length_and_trailers(stage, peer):
    seen = []
    stage.play(answering_with(OK, seen))
    client = peer()
    client.headers(1, request_fields(method="POST"), END_HEADERS)
    client.frame(DATA, 0, 1, b"one ")
    stage.origin.wait_connections(1)
    client.frame(DATA, 0, 1, b"two")
    client.headers(1, [("x-sum", "7"), ("cookie", "a=b")], END_HEADERS | END_STREAM)
    assert client.answer(1).status == 200
    assert seen[0].body == b"one two"
    assert seen[0].get("Transfer-Encoding") == "chunked"
    assert [(name.lower(), value) for name, value in seen[0].trailers] == [("x-sum", "7")]


def test_an_answer_in_chunks_with_trailers_and_interim_answers(stage, peer):
    stage.play(answering_with(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: x-hop\r\nX-Hop: 1\r\nX-Kept: 2\r\n\r\n"
        b"5\r\nhello\r\n0\r\nX-End: yes\r\nContent-Length: 3\r\n\r\n"))
    client = peer()
    client.request(1)
    answer = client.answer(1)
    assert [dict(head).get(":status") for head in answer.heads] == ["103", "200", None]
    assert dict(answer.heads[0])["link"] == "</a>"
    assert (answer.status, answer.body, answer.get("x-kept")) == (200, b"hello", "2")
    assert answer.get("x-hop") is None and answer.get("connection") is None and answer.get("transfer-encoding") is None
    assert answer.trailers == [("x-end", "yes")]


def test_100_continue(stage, peer):
    def handle(connection):
        request_head = connection.read_until(b"\r\n\r\n")
        assert b"Expect: 100-continue" in request_head
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert connection.read_exactly(5) == b"hello"
        connection.send(OK)
        connection.wait_gone()

    stage.play(handle)
    client = peer()
    client.headers(1, request_fields(method="POST", more=[("expect", "100-continue"), ("content-length", "5")]),
                   END_HEADERS)
    client.read_until(lambda me: 1 in me.answers and me.answers[1].heads)
    assert client.answers[1].heads[0] == [(":status", "100")]
    client.frame(DATA, END_STREAM, 1, b"hello")
    assert client.answer(1).status == 200


def test_head_and_answers_without_a_body(stage, peer):
    stage.play(answering_with(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"))
    client = peer()
    client.request(1, method="HEAD")
    answer = client.answer(1)
    assert (answer.status, answer.get("content-length"), answer.body) == (200, "1234", b"")
    stage.play(answering_with(b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n"))
    client.request(3)
    assert (client.answer(3).status, client.answer(3).get("etag")) == (304, '"x"')


def test_an_answer_that_breaks_off_resets_the_stream(stage, peer):
    def handle(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    stage.play(handle)
    client = peer()
    client.request(1)
    answer = client.answer(1)
    assert (answer.status, answer.ended, answer.reset) == (200, False, 2)
    client.request(3, path="/fixed")
    assert client.answer(3).body == b"fixed"


def test_an_early_answer_stops_the_upload(stage, peer):
    """RFC 9113 section 8.1: the answer is complete, and RST_STREAM with NO_ERROR says that the rest is not wanted."""
    client = peer()
    client.headers(1, request_fields(path="/fixed", method="POST"), END_HEADERS)
    client.read_until(lambda me: 1 in me.answers and me.answers[1].reset is not None)
    assert (client.answers[1].status, client.answers[1].body, client.answers[1].ended) == (200, b"fixed", True)
    assert client.answers[1].reset == 0


def test_a_reset_cancels_the_exchange(stage, peer):
    gone = threading.Event()

    def handle(connection):
        connection.read_request()
        connection.wait_gone()
        gone.set()

    stage.play(handle)
    client = peer()
    client.request(1)
    stage.origin.wait_requests(1)
    client.frame(RST_STREAM, 0, 1, NUMBER(8))
    assert gone.wait(20)
    stage.wait_log_line("HTTP/2.0 0 client_gone")
    client.request(3, path="/fixed")
    assert client.answer(3).status == 200


def test_many_at_once_are_answered_in_one_connection(stage, peer):
    client = peer()
    client.send(b"".join(frame(HEADERS, END_HEADERS | END_STREAM, 2 * n + 1, client.encoder.encode(
        request_fields(path="/fixed"))) for n in range(32)))
    for number in range(32):
        assert client.answer(2 * number + 1).body == b"fixed"


def test_admin_tells_how_many_run_at_once(stage, peer):
    def hold(connection):
        connection.read_request()
        connection.wait_gone()

    stage.play(hold)
    client = peer()
    for stream in (1, 3, 5):
        client.request(stream, path=f"/held/{stream}")
    stage.origin.wait_requests(3)
    rows = json.loads(stage.gate.admin("/api/v1/connections"))["connections"]
    row, = [row for row in rows if row["requests_running"] > 0 and row["path"].startswith("/held/")]
    assert row["requests_running"] == row["requests"] == 3


def test_urgency_decides_who_goes_first(stage, peer):
    """All answers wait for the connection's window; then the most urgent, which came last, goes first and whole."""
    client = peer(values={INITIAL_WINDOW_SIZE: 2**20}).opened()
    client.request(1, path="/large/first")  # leaves 5,535 of the connection's 65,535
    assert len(client.answer(1).body) == 60000
    client.request(3, path="/large/late", more=[("priority", "u=6")])
    client.request(5, path="/large/urgent", more=[("priority", "u=5")])
    client.request(7, path="/large/most", more=[("priority", "u=7")])
    client.frame(PRIORITY_UPDATE, 0, 0, NUMBER(7) + b"u=0")
    client.read_until(lambda me: all(s in me.answers and me.answers[s].heads for s in (3, 5, 7)))
    client.read_until(lambda me: sum(len(me.answers[s].body) for s in (3, 5, 7)) == 5535)
    begun = len(client.frames)
    client.frame(WINDOW_UPDATE, 0, 0, NUMBER(2**24))
    for stream in (3, 5, 7):
        client.answer(stream)
    ends = [f.stream for f in client.frames[begun:] if f.kind == DATA and f.flags & END_STREAM]
    assert ends == [7, 5, 3]


def test_what_the_answer_says_of_its_urgency_holds(stage, peer):
    client = peer(values={INITIAL_WINDOW_SIZE: 2**20}).opened()
    client.request(1, path="/large/first")
    assert len(client.answer(1).body) == 60000
    client.request(3, path="/large/late", more=[("priority", "u=2")])
    client.request(5, path="/large/pressing", more=[("priority", "u=7")])
    client.read_until(lambda me: all(s in me.answers and me.answers[s].heads for s in (3, 5)))
    begun = len(client.frames)
    client.frame(WINDOW_UPDATE, 0, 0, NUMBER(2**24))
    for stream in (3, 5):
        assert len(client.answer(stream).body) == 60000
    assert [f.stream for f in client.frames[begun:] if f.kind == DATA and f.flags & END_STREAM] == [5, 3]


def test_incremental_answers_take_turns(stage, peer):
    client = peer(values={INITIAL_WINDOW_SIZE: 2**20}).opened()
    client.request(1, path="/large/first")
    assert len(client.answer(1).body) == 60000
    for stream in (3, 5):
        client.request(stream, path="/large/turns", more=[("priority", "u=3, i")])
    client.read_until(lambda me: all(s in me.answers and me.answers[s].heads for s in (3, 5)))
    begun = len(client.frames)
    client.frame(WINDOW_UPDATE, 0, 0, NUMBER(2**24))
    for stream in (3, 5):
        assert len(client.answer(stream).body) == 60000
    order = [f.stream for f in client.frames[begun:] if f.kind == DATA]
    assert sum(a != b for a, b in zip(order, order[1:])) >= 4, order
