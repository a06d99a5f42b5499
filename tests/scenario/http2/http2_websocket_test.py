"""WebSocket over HTTP/2 (RFC 8441) to a backend that speaks HTTP/1: a tunnel like any other."""
import base64
import hashlib
import threading

from headgate_test.http_message import read_head
from http2_peer.frames import (
    DATA, ENABLE_CONNECT_PROTOCOL, END_HEADERS, END_STREAM, RST_STREAM, request_fields)

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest())


def switching(then, seen):
    def handle(connection):
        head = read_head(connection)
        seen.append(head)
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        b"Sec-WebSocket-Accept: " + accept_of(head.get("Sec-WebSocket-Key") or "") +
                        b"\r\nSec-WebSocket-Protocol: chat\r\n\r\n")
        then(connection)

    return handle


def open_websocket(peer, stream=1):
    client = peer().opened()
    assert client.settings[ENABLE_CONNECT_PROTOCOL] == 1
    fields = [(":method", "CONNECT"), (":protocol", "websocket"), *request_fields(path="/chat?x=1")[1:],
              ("sec-websocket-version", "13"), ("sec-websocket-protocol", "chat"), ("origin", "http://a")]
    client.headers(stream, fields, END_HEADERS)
    return client


def test_bytes_both_ways_until_both_have_ended(stage, peer):
    seen = []

    def echo(connection):
        for _ in range(10):
            connection.send(connection.read_until(b"\n"))
        assert connection.read_to_end() == b"bye"
        connection.send(b"goodbye")

    stage.play(switching(echo, seen))
    client = open_websocket(peer)
    client.read_until(lambda me: 1 in me.answers and me.answers[1].heads)
    answer = client.answers[1]
    assert (answer.status, answer.get("sec-websocket-protocol"), answer.get("sec-websocket-accept")) == (200, "chat", None)
    head = seen[0]
    assert head.start == "GET /chat?x=1 HTTP/1.1"
    assert (head.get("Upgrade"), head.get("Connection"), head.get("Host")) == ("websocket", "Upgrade", "a")
    assert len(base64.b64decode(head.get("Sec-WebSocket-Key"))) == 16
    for number in range(10):
        line = b"\x00\xff%d\n" % number
        before = len(answer.body)
        client.frame(DATA, 0, 1, line)
        client.read_until(lambda me: len(me.answers[1].body) >= before + len(line))
        assert answer.body[before:] == line
    client.frame(DATA, END_STREAM, 1, b"bye")
    assert client.answer(1).body.endswith(b"goodbye")
    stage.wait_log_line("GET /chat?x=1 HTTP/2.0 200")


def test_a_reset_ends_the_backends_connection(stage, peer):
    seen, gone = [], threading.Event()

    def until_gone(connection):
        connection.wait_gone()
        gone.set()

    stage.play(switching(until_gone, seen))
    client = open_websocket(peer)
    client.read_until(lambda me: 1 in me.answers and me.answers[1].heads)
    client.frame(RST_STREAM, 0, 1, b"\0\0\0\x08")
    assert gone.wait(20)
    client.request(3, path="/fixed")
    assert client.answer(3).status == 200


def test_a_backend_that_does_not_switch(stage, peer):
    def handle(connection):
        read_head(connection)
        connection.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        connection.wait_gone()

    stage.play(handle)
    client = open_websocket(peer)
    answer = client.answer(1)
    assert (answer.status, answer.body) == (403, b"no")


def test_a_backend_whose_proof_is_wrong(stage, peer):
    """What checks it is whoever speaks HTTP/1."""
    def handle(connection):
        read_head(connection)
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        b"Sec-WebSocket-Accept: AAAA\r\n\r\n")
        connection.wait_gone()

    stage.play(handle)
    client = open_websocket(peer)
    assert client.answer(1).status == 502
