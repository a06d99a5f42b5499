"""Work for nothing: each kind ends the connection with ENHANCE_YOUR_CALM, is counted by its name, and just below its
bound is let pass."""
import struct

import pytest

from headgate_test.metrics import total
from http2_peer.frames import (
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, HEADERS, INITIAL_WINDOW_SIZE, PING, PRIORITY, PRIORITY_UPDATE,
    RST_STREAM, SETTINGS, WINDOW_UPDATE, frame, raw_block, request_fields, settings)

NUMBER = struct.Struct(">I").pack
HEAD = raw_block(request_fields(path="/fixed"))


def resets(count):
    return b"".join(frame(HEADERS, END_HEADERS, 2 * n + 1, HEAD) + frame(RST_STREAM, 0, 2 * n + 1, NUMBER(8))
                    for n in range(count))


def spoilt(count):
    """Malformed, so that the server resets them, which costs it as much. No more at once than streams are allowed."""
    bad = raw_block(request_fields(more=[("X", "1")]))
    return [b"".join(frame(HEADERS, END_HEADERS, 2 * n + 1, bad) for n in range(first, first + 10))
            for first in range(0, count, 10)]


def continuations(count):
    return frame(HEADERS, END_STREAM, 1, HEAD) + b"".join(
        frame(CONTINUATION, END_HEADERS if n == count - 1 else 0, 1, raw_block([(f"x{n}", "1")])) for n in range(count))


def large_head(bytes_):
    """Unpacked: the first field goes into the table, and each further byte is that field again."""
    name, value = b"x-large", b"v" * 100
    line = len(name) + len(value) + 4
    literal = b"\x40" + bytes([len(name)]) + name + bytes([len(value)]) + value
    return frame(HEADERS, END_HEADERS | END_STREAM, 1, HEAD + literal + b"\xbe" * (bytes_ // line - 2))


def empty_data(count):
    return frame(HEADERS, END_HEADERS, 1, raw_block(request_fields(method="POST"))) + frame(DATA, 0, 1) * count


FLOODS = [  # kind, as it is, below its bound, above it
    ("rapid_reset", resets(190), resets(300)),
    ("rapid_reset", spoilt(190), spoilt(300)),
    ("continuation_flood", continuations(9), continuations(10)),
    ("header_flood", large_head(31 * 1024), large_head(34 * 1024)),
    ("empty_frame_flood", empty_data(95), empty_data(200)),
    ("ping_flood", frame(PING, ACK, 0, b"12345678") * 500 + frame(PING, 0, 0, b"12345678") * 95,
     frame(PING, 0, 0, b"12345678") * 200),
    ("settings_flood", frame(SETTINGS) * 15, frame(SETTINGS) * 40),
    ("settings_flood", frame(SETTINGS, 0, 0, settings({0xf000 + n: 1 for n in range(32)})),
     frame(SETTINGS, 0, 0, settings({0xf000 + n: 1 for n in range(33)}))),
    ("priority_flood", frame(PRIORITY, 0, 1, b"\0\0\0\0\x10") * 190, frame(PRIORITY, 0, 1, b"\0\0\0\0\x10") * 400),
    ("priority_flood", frame(PRIORITY_UPDATE, 0, 0, NUMBER(1) + b"u=1") * 190,
     frame(PRIORITY_UPDATE, 0, 0, NUMBER(1) + b"u=1") * 400),
    ("window_update_flood", frame(WINDOW_UPDATE, 0, 0, NUMBER(1)) * 950, frame(WINDOW_UPDATE, 0, 0, NUMBER(1)) * 2000),
]


def send_all(client, sent):
    """All at once, or piece by piece, each when the one before has been looked at."""
    for number, piece in enumerate([sent] if isinstance(sent, bytes) else sent):
        client.send(piece)
        if not isinstance(sent, bytes):
            client.read_until(lambda me: me.goaway or sum(
                answer.reset is not None for answer in me.answers.values()) >= 10 * (number + 1))


def floods_of(gate, kind):
    return total(gate.metrics(), "headgate_listener_http2_floods_total", listener="web", kind=kind)


@pytest.mark.parametrize("kind, below, above", FLOODS, ids=[f"{n} {case[0]}" for n, case in enumerate(FLOODS)])
def test_floods(stage, peer, kind, below, above):
    stage.play(lambda connection: connection.wait_gone())
    before = floods_of(stage.gate, kind)
    calm = peer()
    send_all(calm, below)
    calm.frame(PING, 0, 0, b"still on")
    calm.read_until(lambda me: any(f.kind == PING and f.payload == b"still on" for f in me.frames))
    assert calm.goaway is None
    assert floods_of(stage.gate, kind) == before
    client = peer()
    send_all(client, above)
    client.read_until(lambda me: me.goaway)
    assert client.goaway.error == ENHANCE_YOUR_CALM
    client.read_until(lambda me: me.closed)
    assert floods_of(stage.gate, kind) == before + 1


def test_answers_that_are_not_taken(stage, peer):
    """The client does not read; when the way to it is full, the answers to its PINGs wait, up to a bound."""
    def endless(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                connection.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        except OSError:
            pass  # its client is gone in the end

    stage.play(endless)
    client = peer(values={INITIAL_WINDOW_SIZE: 2**31 - 1}).opened()
    before = floods_of(stage.gate, "answer_flood")
    client.frame(WINDOW_UPDATE, 0, 0, NUMBER(2**31 - 65536))
    client.request(1, path="/endless")
    stage.wait_stuck()
    client.send(frame(PING, 0, 0, b"12345678") * 95 + frame(SETTINGS) * 18)
    stage.wait_metric(lambda gate: floods_of(gate, "answer_flood") == before + 1)


def test_window_updates_that_come_with_data_are_no_flood(stage, peer):
    """Of a client that gives back every frame's window by itself, thousands of updates are right."""
    def large(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n")
        for _ in range(256):
            connection.send(b"x" * 65536)

    stage.play(large)
    client = peer()
    client.request(1, path="/large")
    updates = 0
    while not client.answers.get(1) or not client.answers[1].ended:
        got = client.read_frame()
        assert got is not None and client.goaway is None
        if got.kind == DATA and got.payload:
            for stream in (0, 1):
                client.frame(WINDOW_UPDATE, 0, stream, NUMBER(len(got.payload)))
                updates += 1
    assert len(client.answers[1].body) == 16777216
    assert updates > 1500
