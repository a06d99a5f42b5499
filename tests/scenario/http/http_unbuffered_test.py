"""Event streams and other answers that come little by little: each piece goes out when it is there."""
import threading

import pytest

from headgate_test.http_message import read_head

EVENTS = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n", b"\r\n")
FRAMINGS = {
    "until close": (b"Connection: close\r\n", lambda piece: piece, b""),
    "chunked": (b"Transfer-Encoding: chunked\r\n", lambda piece: b"%x\r\n%s\r\n" % (len(piece), piece), b"0\r\n\r\n"),
    # Long enough that what is left of it would be worth a pipe.
    "length": (b"Content-Length: 1000000\r\n", lambda piece: piece, b""),
}


@pytest.mark.parametrize("framing", FRAMINGS)
def test_each_piece_goes_out_at_once(stage, client, framing):
    """The backend sends the next piece only when the client has the one before: nothing may wait for more."""
    field, wrapped, last = FRAMINGS[framing]
    seen = threading.Semaphore(0)

    def handle(connection):
        read_head(connection)
        connection.send(EVENTS[0] + field + EVENTS[1])
        assert seen.acquire(timeout=20), "the head has not arrived"
        for number in range(5):
            connection.send(wrapped(b"data: %d\n\n" % number))
            assert seen.acquire(timeout=20), f"piece {number} has not arrived"
        connection.send(wrapped(b"."))
        assert seen.acquire(timeout=20), "a single byte has not arrived"
        if last:
            connection.send(last)

    peer = client(stage.play(handle), timeout=20)
    peer.send(b"GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n")
    head = read_head(peer)
    assert head.get("Content-Type") == "text/event-stream"
    seen.release()
    for number in range(5):
        peer.read_until(b"data: %d\n\n" % number)
        seen.release()
    peer.read_until(b".")
    seen.release()
    # What ends with the backend's connection is chunked for the client; what has a length is cut short.
    peer.wait_gone() if framing == "length" else peer.read_until(b"0\r\n\r\n")
