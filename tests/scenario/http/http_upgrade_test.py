"""Upgrade: after 101 the connection is a tunnel, both ways, until both sides have closed it or it has been idle."""
import threading
import time

import pytest

from headgate_test import Close, Expect, Send, answering, play
from headgate_test.http_message import read_head

YAML = {"listener": "timeouts: { idle: 600ms, body: 5s }",
        "more": "access_log: { file: stdout, format: '{uri} {status} {request_bytes} {response_bytes} {ending}' }"}
HEAD_END = b"\r\n\r\n"
OFFER = b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          b"Sec-WebSocket-Accept: y\r\n\r\n")


def switching(then):
    """A backend that agrees, and then does `then`."""
    def handle(connection):
        head = read_head(connection)
        assert (head.get("Connection"), head.get("Upgrade"), head.get("Sec-WebSocket-Key")) == (
            "Upgrade", "websocket", "x")
        connection.send(SWITCH)
        then(connection)

    return handle


def open_tunnel(peer, early=b"", offer=OFFER):
    peer.send(offer + early)
    head = read_head(peer)
    assert (head.status, head.get("Connection"), head.get("Upgrade"), head.get("Sec-WebSocket-Accept")) == (
        101, "Upgrade", "websocket", "y")
    return peer


def test_bytes_both_ways(stage, client):
    def echo(connection):
        for _ in range(20):
            connection.send(connection.read_until(b"\n"))
        connection.wait_gone()

    peer = open_tunnel(client(stage.play(switching(echo))))
    for number in range(20):
        peer.send(f"\x00\xff{number}\n".encode("latin-1"))
        assert peer.read_until(b"\n") == f"\x00\xff{number}\n".encode("latin-1")


def test_bytes_that_come_with_the_heads(stage, client):
    """The client speaks before it knows, the backend in the packet of its 101."""
    def handle(connection):
        read_head(connection)
        connection.send(SWITCH + b"welcome")
        assert connection.read_exactly(5) == b"early"
        connection.send(b"!")
        connection.wait_gone()

    peer = open_tunnel(client(stage.play(handle)), early=b"early")
    assert peer.read_exactly(8) == b"welcome!"


def test_the_client_closes_its_direction(stage, client):
    """The backend may still answer."""
    def after_the_end(connection):
        assert connection.read_to_end() == b"that is all"
        connection.send(b"understood")
        time.sleep(0.1)
        connection.send(b", bye")

    peer = open_tunnel(client(stage.play(switching(after_the_end))))
    peer.send(b"that is all")
    peer.half_close()
    assert peer.read_to_end() == b"understood, bye"


def test_the_backend_closes_its_direction(stage, client):
    received = []

    def half_closed(connection):
        connection.send(b"that is all")
        connection.half_close()
        received.append(connection.read_to_end())

    peer = open_tunnel(client(stage.play(switching(half_closed))))
    assert peer.read_to_end() == b"that is all"
    peer.send(b"understood")
    time.sleep(0.1)
    peer.send(b", bye")
    peer.close()
    deadline = time.monotonic() + 5
    while not received and time.monotonic() < deadline:
        time.sleep(0.01)
    assert received == [b"understood, bye"]


def test_idle_both_ways_ends_it(stage, client):
    gone = threading.Event()

    def silent(connection):
        connection.wait_gone(timeout=5)
        gone.set()

    peer = open_tunnel(client(stage.play(switching(silent))))
    started = time.monotonic()
    peer.wait_gone(timeout=5)
    assert 0.5 < time.monotonic() - started < 3
    assert gone.wait(2)


def test_one_way_traffic_keeps_it(stage, client):
    """Idle is what moves neither way."""
    def ticking(connection):
        for _ in range(10):
            time.sleep(0.15)
            connection.send(b".")

    peer = open_tunnel(client(stage.play(switching(ticking))))
    assert peer.read_to_end(timeout=5) == b"." * 10

    def listening(connection):
        assert connection.read_exactly(10, timeout=5) == b"." * 10
        connection.send(b"ok")

    peer = open_tunnel(client(stage.play(switching(listening))))
    for _ in range(10):
        time.sleep(0.15)
        peer.send(b".")
    assert peer.read_exactly(2) == b"ok"


def test_a_client_that_resets_is_told_to_the_backend_at_once(stage, client):
    gone = threading.Event()

    def waiting(connection):
        connection.read_exactly(1)
        connection.wait_gone(timeout=0.5)  # sooner than by the idle timeout
        gone.set()

    peer = open_tunnel(client(stage.play(switching(waiting))))
    peer.send(b"x")
    time.sleep(0.05)
    peer.reset()
    assert gone.wait(2)


def test_a_backend_that_resets_ends_the_clients_connection(stage, client):
    def resetting(connection):
        connection.read_exactly(1)
        connection.reset()

    peer = open_tunnel(client(stage.play(switching(resetting))))
    peer.send(b"x")
    peer.wait_gone(timeout=0.5)


def test_many_bytes_through_small_windows(stage, client):
    """Each direction waits for its own reader and for nobody else's."""
    size = 8 << 20
    block = bytes(range(256)) * 256

    def echo(connection):
        left = size
        while left:
            data = connection.read_exactly(min(left, 65536), timeout=30)
            connection.send(data)
            left -= len(data)
        connection.wait_gone()

    peer = open_tunnel(client(stage.play(switching(echo))))
    peer.timeout = 30
    sender = threading.Thread(target=lambda: [peer.socket.sendall(block) for _ in range(size // len(block))])
    peer.socket.settimeout(30)
    sender.start()
    for _ in range(size // len(block)):
        assert peer.read_exactly(len(block), timeout=30) == block
    sender.join()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
                                    b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: h9\r\nContent-Length: 2\r\n\r\nno"])
def test_an_offer_that_is_refused(stage, client, answer):
    peer = client(stage.play(play(Expect(HEAD_END), Send(answer), Close())))
    peer.send(OFFER)
    response = peer.read_response()
    assert (response.body, response.get("Connection"), response.get("Upgrade")) == (b"no", None, None)
    stage.play(answering(body=b"next"))
    assert peer.get().body == b"next"


def never_asked(request, answer, stage, client):
    heads = []

    def handle(connection):
        heads.append(read_head(connection))
        connection.send(answer + b"tunnel?")

    peer = client(stage.play(handle))
    peer.send(request)
    return heads, peer.read_response()


@pytest.mark.parametrize("request_head", [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__"
    b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket, H2C\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello",
])
def test_a_101_that_nobody_asked_for(stage, client, request_head):
    """An h2c tunnel would carry requests past every route: that offer is not forwarded, and neither are those that are none."""
    heads, response = never_asked(request_head, SWITCH, stage, client)
    assert (heads[0].get("Upgrade"), heads[0].get("Connection"), heads[0].get("HTTP2-Settings")) == (None, None, None)
    assert response.status == 502


def test_an_offer_in_several_lines_hides_no_h2c(stage, client):
    offer = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nUpgrade: h2c\r\n\r\n"
    heads, _ = never_asked(offer, b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", stage, client)
    assert heads[0].all("Upgrade") in ([], ["x"])


@pytest.mark.parametrize("answer", [b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
                                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
                                    b"HTTP/1.0 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"])
def test_a_101_that_names_no_protocol(stage, client, answer):
    _, response = never_asked(OFFER, answer, stage, client)
    assert response.status == 502


def test_a_tunnel_is_logged_with_its_bytes_and_its_end(stage, client):
    def answer_and_leave(connection):
        assert connection.read_exactly(4) == b"ping"
        connection.send(b"pong!")

    offer = OFFER.replace(b"/ws", b"/logged")
    peer = open_tunnel(client(stage.play(switching(answer_and_leave))), offer=offer)
    peer.send(b"ping")
    assert peer.read_to_end() == b"pong!"
    peer.close()
    peer = open_tunnel(client(stage.play(switching(lambda connection: connection.wait_gone()))), offer=offer)
    peer.wait_gone()
    deadline = time.monotonic() + 5
    lines = []
    while len(lines) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
        log = (stage.gate.file.parent / "headgate.stdout").read_text()
        lines = [line for line in log.splitlines() if line.startswith("/logged")]
    assert lines == ["/logged 101 4 5 -", "/logged 101 0 0 tunnel_idle"]
