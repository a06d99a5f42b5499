import re

import pytest

from headgate_test import (Close, ConnectionReset, Delay, Expect, Reset, Send, StreamEnded, answering, in_turn, play)


def test_origin_answers_a_kept_connection(origin, client):
    app = origin(answering(body=b"hello", fields=["X-Who: app"]))
    peer = client(app.port)
    for target in ("/a", "/b"):
        response = peer.get(target)
        assert (response.status, response.body, response.get("x-who")) == (200, b"hello", "app")
    assert [request.target for request in app.wait_requests(2)] == ["/a", "/b"]


def test_steps_play_in_order(origin, client):
    app = origin(play(Expect(b"\r\n\r\n"), Send(b"HTTP/1.1 200 OK\r\nContent-Le"), Delay(0.05),
                      Send(b"ngth: 3\r\n\r\nabc"), Expect(re.compile(rb"GET /\d+ ")), Close()))
    peer = client(app.port)
    peer.send(b"GET / HTTP/1.1\r\n\r\n")
    assert peer.read_response().body == b"abc"
    peer.send(b"GET /42 HTTP/1.1")
    peer.wait_gone()


def test_reset_is_seen_as_reset_and_close_as_close(origin, client):
    app = origin(in_turn(play(Expect(b"x"), Reset()), play(Expect(b"x"), Send(b"y"), Close())))
    reset, closed = client(app.port), client(app.port)
    reset.send(b"x")
    reset.expect_reset()
    closed.send(b"x")
    assert closed.read_exactly(1) == b"y"
    closed.expect_closed()


def test_the_wrong_end_fails_the_test(origin, client):
    app = origin(in_turn(play(Expect(b"x"), Reset()), play(Expect(b"x"), Send(b"y"), Close())))
    reset, closed = client(app.port), client(app.port)
    reset.send(b"x")
    with pytest.raises(ConnectionReset):
        reset.expect_closed()
    closed.send(b"x")
    with pytest.raises(StreamEnded):
        closed.expect_reset()


def test_what_fails_in_a_handler_fails_in_close(origin, client):
    app = origin(play(Expect(b"never", timeout=0.1)))
    peer = client(app.port)
    peer.wait_gone()
    with pytest.raises(TimeoutError):
        app.close()
    app.failures.clear()


def test_silence_can_be_expected(origin, client):
    app = origin(play(Delay(0.3), Send(b"late")))
    peer = client(app.port)
    peer.expect_nothing(0.1)
    with pytest.raises(AssertionError, match="late"):
        peer.expect_nothing(2)


def test_chunked_with_trailers(origin, client):
    app = origin(play(Expect(b"\r\n\r\n"), Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                                b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nSum: 5\r\n\r\n")))
    response = client(app.port).get()
    assert (response.body, response.trailers) == (b"abcde", [("Sum", "5")])


def test_a_listener_that_stopped_refuses(origin, client):
    app = origin(answering())
    peer = client(app.port)
    peer.get()
    app.stop_listening()
    with pytest.raises(ConnectionRefusedError):
        client(app.port)
    assert peer.get().status == 200
