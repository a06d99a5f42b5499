"""Back-pressure from end to end, and time: a slow side holds the other back by its window, not by headgate's memory."""
import struct
import threading
import time

from http2_peer.frames import (
    DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, HEADERS, INITIAL_WINDOW_SIZE, NO_ERROR, WAIT, WINDOW_UPDATE, frame,
    raw_block, request_fields)

NUMBER = struct.Struct(">I").pack
BYTES = 64 * 1024 * 1024
UPLOAD = 20 * 1024 * 1024
KERNEL_BYTES = 16 * 1024 * 1024  # what the kernel may hold of a connection on loopback, both sides


def test_a_slow_client_holds_the_backend_back(stage, peer):
    """It opens no window: of 64 MiB the backend gets rid of what the kernel takes, and headgate keeps a buffer."""
    sent, stuck = [0], threading.Event()

    def handle(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BYTES)
        connection.socket.settimeout(1)
        piece = b"x" * 65536
        try:
            while sent[0] < BYTES:
                sent[0] += connection.socket.send(piece)
        except TimeoutError:
            stuck.set()
        connection.wait_gone()

    stage.play(handle)
    client = peer()
    before = stage.gate.rss_bytes()
    client.request(1)
    client.read_until(lambda me: 1 in me.answers and len(me.answers[1].body) == 65535)
    assert stuck.wait(20)
    assert sent[0] < KERNEL_BYTES
    assert lent_bytes(stage) <= 128 * 1024
    assert stage.gate.rss_bytes() - before < 16 * 1024 * 1024
    # Meanwhile others on the connection go on as far as they need no window, and the rest when it opens.
    client.request(3, method="HEAD", path="/fixed")
    assert client.answer(3).status == 200
    client.open_windows(1, 100_000)
    client.read_until(lambda me: len(me.answers[1].body) >= 165_535)


def lent_bytes(stage):
    return sum(value for (name, _), value in stage.gate.metrics().items() if name == "headgate_worker_buffers_lent_bytes")


def test_a_slow_backend_holds_the_client_back(stage, peer):
    """It reads nothing until it is told: the client gets no more window than the kernel has taken and 64 KiB."""
    release = threading.Event()

    def handle(connection):
        connection.read_until(b"\r\n\r\n")
        release.wait(30)
        connection.read_exactly(UPLOAD)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        connection.wait_gone()

    stage.play(handle)
    client = peer().opened()
    windows = Windows(client)
    client.headers(1, request_fields(method="POST", more=[("content-length", str(UPLOAD))]), END_HEADERS)
    while windows.send_what_fits():
        pass
    assert windows.sent < KERNEL_BYTES
    assert lent_bytes(stage) <= 128 * 1024
    release.set()
    while windows.sent < UPLOAD:
        assert windows.send_what_fits(wait=20)
    assert (client.answer(1).status, client.answer(1).body) == (200, b"ok")


class Windows:
    """What a client may send on stream 1: as the conftest's configuration and WINDOW_UPDATE say."""

    def __init__(self, client):
        self.client, self.sent, self.looked_at = client, 0, 0
        self.left = {0: 65535, 1: client.settings[INITIAL_WINDOW_SIZE]}

    def send_what_fits(self, wait=1):
        """False: nothing fits, and none came for `wait` seconds."""
        while (fits := min(16384, *self.left.values(), UPLOAD - self.sent)) > 0:
            last = self.sent + fits == UPLOAD
            self.client.frame(DATA, END_STREAM if last else 0, 1, b"u" * fits)
            self.sent += fits
            self.left = {stream: left - fits for stream, left in self.left.items()}
        if self.sent == UPLOAD:
            return True
        self.client.socket.settimeout(wait)
        try:
            self.client.read_frame()
        except TimeoutError:
            return False
        finally:
            self.client.socket.settimeout(WAIT)
            for got in self.client.frames[self.looked_at:]:
                if got.kind == WINDOW_UPDATE and got.stream in self.left:
                    self.left[got.stream] += struct.unpack(">I", got.payload)[0]
            self.looked_at = len(self.client.frames)
        return True


def test_a_head_that_does_not_come_to_its_end(stage, peer):
    """timeouts.header: 2s."""
    client = peer(acknowledges=False)
    client.send(frame(HEADERS, END_STREAM, 1, raw_block(request_fields())))
    client.read_until(lambda me: me.closed)
    assert client.goaway.error == ENHANCE_YOUR_CALM


def test_a_body_that_does_not_come(stage, peer):
    """timeouts.body: 4s; the stream is answered as over HTTP/1, and the connection goes on."""
    stage.play(lambda connection: connection.wait_gone())
    client = peer()
    client.headers(1, request_fields(method="POST"), END_HEADERS)
    assert client.answer(1).status == 408
    client.request(3, path="/fixed")
    assert client.answer(3).status == 200


def test_an_answer_that_is_not_taken(stage, peer):
    """timeouts.body: 4s without any window."""
    def handle(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")
        connection.wait_gone()

    stage.play(handle)
    client = peer(values={INITIAL_WINDOW_SIZE: 0})
    client.request(1)
    answer = client.answer(1)
    assert (answer.status, answer.ended, answer.reset) == (200, False, 2)
    stage.wait_log_line("client_stalled")


def test_nothing_at_all_is_closed(stage, peer):
    """timeouts.header: 2s until the first request."""
    client = peer()
    began = time.monotonic()
    client.read_until(lambda me: me.closed)
    assert client.goaway.error == NO_ERROR
    assert time.monotonic() - began >= 1.5
