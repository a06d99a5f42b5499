"""1xx answers: Expect: 100-continue, early hints, and what a client of HTTP/1.0 is spared."""
import pytest

from headgate_test import Expect, Send, play
from headgate_test.http_message import read_head, read_request

YAML = {"listener": "timeouts: { body: 1s }", "route": "timeouts: { response: 2s }"}
EXPECTING = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"
HEAD_END = b"\r\n\r\n"


def test_the_expectation_is_forwarded_and_met(stage, client):
    def handle(connection):
        head = read_head(connection)
        assert head.get("Expect") == "100-continue"
        connection.expect_nothing(0.1)  # the client waits, so there is no body
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert connection.read_exactly(5) == b"hello"
        connection.send(FINAL)

    peer = client(stage.play(handle))
    peer.send(EXPECTING)
    assert read_head(peer).status == 100
    peer.send(b"hello")
    response = peer.read_response()
    assert (response.status, response.body, response.get("Connection")) == (200, b"done", None)


def test_a_client_that_does_not_wait(stage, client):
    def handle(connection):
        assert read_request(connection).body == b"hello"
        connection.send(FINAL)

    peer = client(stage.play(handle))
    peer.send(EXPECTING + b"hello")
    assert peer.read_response().body == b"done"
    peer.send(EXPECTING.replace(b"PUT", b"POST") + b"hello")
    assert peer.read_response().body == b"done"


@pytest.mark.parametrize("status", [200, 401, 413, 417])
def test_a_final_answer_at_once(stage, client, status):
    """The body never comes, and the connection cannot go on: it might still be sent."""
    answer = f"HTTP/1.1 {status} No\r\nContent-Length: 2\r\n\r\nno".encode()
    peer = client(stage.play(play(Expect(HEAD_END), Send(answer))))
    peer.send(EXPECTING)
    response = peer.read_response()
    assert (response.status, response.body, response.get("Connection")) == (status, b"no", "close")
    peer.expect_closed()


def test_an_expectation_of_something_else(stage, client):
    peer = client(stage.play(play(Expect(b"never"))))
    peer.send(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: gold\r\n\r\n")
    response = peer.read_response()
    assert (response.status, response.get("Connection")) == (417, "close")
    peer.expect_closed()
    assert stage.origin.connections == []


def test_an_expectation_without_a_body_is_none(stage, client):
    def handle(connection):
        assert read_head(connection).get("Expect") is None
        connection.send(FINAL)

    peer = client(stage.play(handle))
    peer.send(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n")
    assert peer.read_response().body == b"done"


def test_early_hints_are_forwarded(stage, client):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: x\r\nX: y\r\n\r\n"
    peer = client(stage.play(play(Expect(HEAD_END), Send(hints + hints + FINAL))))
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    for _ in range(2):
        hint = read_head(peer)
        assert (hint.status, hint.get("Link"), hint.get("Connection"), hint.get("X")) == (
            103, "</a.css>; rel=preload", None, None)
    assert peer.read_response().body == b"done"


def test_early_hints_in_pieces(stage, client):
    """However the interim and the final head are cut."""
    raw = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + FINAL

    def handle(connection):
        connection.read_until(HEAD_END)
        for byte in raw:
            connection.send(bytes([byte]))

    peer = client(stage.play(handle))
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert read_head(peer).status == 103
    assert peer.read_response().body == b"done"


def test_1_0_gets_the_final_answer_alone(stage, client):
    peer = client(stage.play(play(Expect(HEAD_END), Send(b"HTTP/1.1 103 Early Hints\r\n\r\n" + FINAL))))
    peer.send(b"GET / HTTP/1.0\r\n\r\n")
    assert peer.read_response().body == b"done"
    peer.expect_closed()


def test_hints_without_end(stage, client):
    """A backend that sends 1xx for ever is malfunctioning: 16 are passed on."""
    interim = b"HTTP/1.1 102 Processing\r\n\r\n"
    peer = client(stage.play(play(Expect(HEAD_END), Send(interim * 17 + FINAL))))
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert [read_head(peer).status for _ in range(17)] == [102] * 16 + [502]
    peer = client(stage.play(play(Expect(HEAD_END), Send(interim * 16 + FINAL))))
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert [read_head(peer).status for _ in range(17)] == [102] * 16 + [200]


def test_a_body_that_does_not_come_after_100(stage, client):
    def handle(connection):
        connection.read_until(HEAD_END)
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.wait_gone()

    peer = client(stage.play(handle))
    peer.send(EXPECTING)
    assert read_head(peer).status == 100
    response = peer.read_response(timeout=4)
    assert (response.status, response.get("Connection")) == (408, "close")
