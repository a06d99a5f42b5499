"""A client that leaves: whoever works for it is told within a second, in every phase of an exchange, and nothing breaks."""
import threading
import time

import pytest

from headgate_test import ConnectionReset, StreamEnded, answering, proxy_yaml

HEAD_END = b"\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LEAVING = pytest.mark.parametrize("how", ["close", "reset"])


class Watched:
    """A handler that does its part and then waits for the proxy to close the connection; `gone` says that it did."""

    def __init__(self, part):
        self.part = part
        self.ready = threading.Event()
        self.gone = threading.Event()

    def __call__(self, connection):
        try:
            self.part(connection)
            self.ready.set()
            connection.wait_gone(timeout=10)
            self.gone.set()
        except (StreamEnded, ConnectionReset, OSError):
            self.ready.set()
            self.gone.set()


def check_noticed(stage, peer, watched, how):
    assert watched.ready.wait(5)
    getattr(peer, how)()
    assert watched.gone.wait(1.5), "the backend still works for a client that has left"
    stage.play(answering(body=b"next"))


@LEAVING
def test_while_the_backend_thinks(stage, client, how):
    watched = Watched(lambda connection: connection.read_until(HEAD_END))
    peer = client(stage.play(watched))
    peer.send(GET)
    check_noticed(stage, peer, watched, how)


@LEAVING
def test_while_the_backend_thinks_about_a_whole_body(stage, client, how):
    watched = Watched(lambda connection: connection.read_request())
    peer = client(stage.play(watched))
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
    check_noticed(stage, peer, watched, how)


@LEAVING
@pytest.mark.parametrize("body", [b"Content-Length: 1000\r\n\r\nbegin", b"Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n"])
def test_in_the_middle_of_an_upload(stage, client, body, how):
    watched = Watched(lambda connection: connection.read_until(b"begin"))
    peer = client(stage.play(watched))
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + body)
    check_noticed(stage, peer, watched, how)


@LEAVING
def test_while_the_backend_takes_nothing(stage, client, how):
    watched = NotReading(lambda connection: (connection.read_until(HEAD_END), fill_up(peer)))
    peer = client(stage.play(watched))
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
    check_noticed(stage, peer, watched, how)


class NotReading(Watched):
    """Waits for the end without reading: a reset shows by writing."""

    def __call__(self, connection):
        self.part(connection)
        self.ready.set()
        for _ in range(100):
            threading.Event().wait(0.05)
            try:
                connection.socket.send(b"H")
            except OSError:
                self.gone.set()
                return


def fill_up(peer):
    peer.socket.settimeout(0.3)
    try:
        while True:
            peer.socket.send(b"x" * 65536)
    except TimeoutError:
        pass


@LEAVING
def test_while_the_answers_body_is_awaited(stage, client, how):
    """Events that come once in a while: nothing is written meanwhile that would tell."""
    watched = Watched(lambda connection: (connection.read_until(HEAD_END), connection.send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nevent\r\n")))
    peer = client(stage.play(watched))
    peer.send(GET)
    peer.read_until(b"event")
    check_noticed(stage, peer, watched, how)


@LEAVING
def test_while_the_client_does_not_read(stage, client, how):
    def part(connection):
        connection.read_until(HEAD_END)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        fill_up(connection)

    watched = Watched(part)
    peer = client(stage.play(watched))
    peer.send(GET)
    check_noticed(stage, peer, watched, how)


@LEAVING
def test_in_the_middle_of_both_bodies(stage, client, how):
    watched = Watched(lambda connection: (connection.read_until(b"begin"), connection.send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n")))
    peer = client(stage.play(watched))
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nbegin")
    peer.read_until(b"begin")
    check_noticed(stage, peer, watched, how)


@LEAVING
def test_between_100_and_the_body(stage, client, how):
    watched = Watched(lambda connection: (connection.read_until(HEAD_END),
                                          connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")))
    peer = client(stage.play(watched))
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    peer.read_until(HEAD_END)
    check_noticed(stage, peer, watched, how)


@LEAVING
def test_with_more_requests_in_the_pipeline(stage, client, how):
    watched = Watched(lambda connection: connection.read_until(HEAD_END))
    peer = client(stage.play(watched))
    peer.send(GET * 3)
    check_noticed(stage, peer, watched, how)


@LEAVING
@pytest.mark.parametrize("raw", [b"", b"G", GET[:-2], b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"])
def test_before_the_request_is_complete(stage, client, raw, how):
    port = stage.play(answering())
    for _ in range(5):
        peer = client(port)
        peer.send(raw)
        getattr(peer, how)()
    assert client(port).get().status == 200


def test_a_client_that_breaks_off_counts_against_no_backend(headgate, origin, client):
    """The backend's connections are cut for it, over and over; nobody ejects the backend."""
    def handle(connection):
        try:
            if connection.read_until(HEAD_END).startswith(b"GET"):
                connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                return
            connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n")
            connection.wait_gone()
        except (StreamEnded, ConnectionReset):
            pass

    app = origin(handle)
    pool = "health: { outlier: { errors: 2, window: 60s, eject: 60s, max_ejected: 100% } }"
    gate = headgate(proxy_yaml(app, pool=pool, listener="timeouts: { body: 300ms }"))
    for breaking_off in ("close", "reset", "stall", "garbage"):
        for _ in range(3):
            peer = client(gate.port())
            peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            peer.read_until(b"begin")
            if breaking_off == "garbage":
                peer.send(b"no chunk\r\n")
            if breaking_off in ("garbage", "stall"):
                peer.wait_gone(timeout=5)
            else:
                getattr(peer, breaking_off)()
    assert client(gate.port()).get().body == b"ok"


def test_the_log_tells_how_much_the_client_got(headgate, origin, client):
    def handle(connection):
        connection.read_until(HEAD_END)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 42)
        connection.wait_gone()

    more = "access_log: { file: stdout, format: '{status} {response_bytes} {ending}' }"
    gate = headgate(proxy_yaml(origin(handle), more=more))
    peer = client(gate.port())
    peer.send(GET)
    peer.read_until(b"x" * 42)
    peer.close()
    log = gate.file.parent / "headgate.stdout"
    deadline = time.monotonic() + 5
    while not log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert log.read_text() == "200 42 client_gone\n"
