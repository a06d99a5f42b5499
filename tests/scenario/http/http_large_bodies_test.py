"""Bodies of any size in bounded memory: nothing is read from one side that the other has not taken."""
import hashlib
import pathlib
import threading
import time

import pytest

from headgate_test import answering

YAML = {"listener": "limits: { body: 1GiB }"}
SIZE = 64 << 20
BLOCK = bytes(range(256)) * 4096  # 1 MiB
# Buffers of one exchange are at most some 200 KiB; the rest is the allocator's and the sanitizer's.
GROWTH_MAX = 24 << 20


def kernel_max(name):
    """The largest size, in bytes, to which the kernel lets a TCP buffer of that kind grow."""
    return int(pathlib.Path(f"/proc/sys/net/ipv4/{name}").read_text().split()[2])


# What the kernel's four socket buffers of a proxied connection and a pipe between them may hold.
IN_SOCKETS_MAX = 2 * (kernel_max("tcp_rmem") + kernel_max("tcp_wmem")) + (1 << 20)


def blocks():
    return range(SIZE // len(BLOCK))


def whole_digest():
    digest = hashlib.sha1()
    for _ in blocks():
        digest.update(BLOCK)
    return digest.hexdigest()


def read_digest(stream, chunked):
    """The digest of SIZE bytes (or of chunks up to the last one), read without keeping them."""
    digest = hashlib.sha1()
    if not chunked:
        left = SIZE
        while left:
            data = stream.read_exactly(min(left, 1 << 18), timeout=60)
            digest.update(data)
            left -= len(data)
        return digest.hexdigest()
    while size := int(stream.read_until(b"\r\n", timeout=60).split(b";")[0], 16):
        digest.update(stream.read_exactly(size, timeout=60))
        assert stream.read_exactly(2) == b"\r\n"
    assert stream.read_exactly(2) == b"\r\n"
    return digest.hexdigest()


def send_blocks(stream, chunked):
    stream.socket.settimeout(60)
    for _ in blocks():
        stream.socket.sendall(f"{len(BLOCK):x}\r\n".encode() + BLOCK + b"\r\n" if chunked else BLOCK)
    if chunked:
        stream.socket.sendall(b"0\r\n\r\n")


def framing(chunked):
    return "Transfer-Encoding: chunked" if chunked else f"Content-Length: {SIZE}"


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_download(stage, client, chunked):
    def handle(connection):
        connection.read_request()
        connection.send(f"HTTP/1.1 200 OK\r\n{framing(chunked)}\r\n\r\n".encode())
        send_blocks(connection, chunked)

    peer = client(stage.play(handle))
    before = stage.gate.rss_bytes()
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert framing(chunked).encode() in peer.read_until(b"\r\n\r\n")
    assert read_digest(peer, chunked) == whole_digest()
    assert stage.gate.rss_bytes() - before < GROWTH_MAX


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_an_upload(stage, client, chunked):
    def handle(connection):
        assert framing(chunked).encode() in connection.read_until(b"\r\n\r\n")
        digest = read_digest(connection, chunked).encode()
        connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(digest)}\r\n\r\n".encode() + digest)

    peer = client(stage.play(handle))
    before = stage.gate.rss_bytes()
    peer.send(f"POST / HTTP/1.1\r\nHost: a\r\n{framing(chunked)}\r\n\r\n".encode())
    send_blocks(peer, chunked)
    assert peer.read_response(timeout=60).body.decode() == whole_digest()
    assert stage.gate.rss_bytes() - before < GROWTH_MAX
    stage.play(answering(body=b"next"))
    assert peer.get().body == b"next"


class Counting:
    """Sends without end from a thread, and counts what the kernel took."""

    def __init__(self, stream):
        self.sent = 0
        self._stream = stream
        self._stop = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        self._stream.socket.settimeout(0.2)
        while not self._stop:
            try:
                self.sent += self._stream.socket.send(BLOCK)
            except TimeoutError:
                continue
            except OSError:
                return

    def wait_stalled(self):
        """Until nothing more was taken for half a second; returns how much was in all."""
        last, since = -1, time.monotonic()
        deadline = since + 30
        while time.monotonic() < deadline:
            if self.sent != last:
                last, since = self.sent, time.monotonic()
            elif time.monotonic() - since > 0.5 and last > 0:
                return last
            time.sleep(0.05)
        raise AssertionError(f"still taking after {last} bytes")

    def stop(self):
        self._stop = True
        self._thread.join()


def test_a_client_that_does_not_read_is_not_read_ahead_for(stage, client):
    counts = []

    def handle(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n")
        counting = Counting(connection)
        counts.append(counting)
        counting._thread.join()

    peer = client(stage.play(handle))
    before = stage.gate.rss_bytes()
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    while not counts:
        time.sleep(0.01)
    try:
        assert counts[0].wait_stalled() < IN_SOCKETS_MAX
        assert stage.gate.rss_bytes() - before < GROWTH_MAX
        # It goes on as soon as the client reads.
        stalled = counts[0].sent
        peer.read_exactly(8 << 20, timeout=30)
        deadline = time.monotonic() + 5
        while counts[0].sent == stalled and time.monotonic() < deadline:
            time.sleep(0.02)
        assert counts[0].sent > stalled
    finally:
        peer.close()
        counts[0].stop()


def test_a_backend_that_does_not_read_is_not_read_ahead_for(stage, client):
    done = threading.Event()

    def handle(connection):
        connection.read_until(b"\r\n\r\n")
        done.wait(40)

    peer = client(stage.play(handle))
    before = stage.gate.rss_bytes()
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n")
    counting = Counting(peer)
    try:
        assert counting.wait_stalled() < IN_SOCKETS_MAX
        assert stage.gate.rss_bytes() - before < GROWTH_MAX
    finally:
        done.set()
        counting.stop()


def test_a_large_transfer_leaves_room_for_others(stage, client):
    """One worker, and a transfer that is never blocked: others are served meanwhile."""
    stop = threading.Event()

    def handle(connection):
        request = connection.read_request()
        if request.target == "/small":
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall")
            return
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n")
        try:
            while not stop.is_set():
                connection.socket.sendall(BLOCK)
        except OSError:
            pass

    peer = client(stage.play(handle))
    peer.send(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    peer.read_exactly(1 << 20)
    sink = bytearray(1 << 20)

    def drain():
        try:
            while not stop.is_set():
                peer.socket.recv_into(sink)
        except OSError:
            pass

    drainer = threading.Thread(target=drain)
    drainer.start()
    try:
        small = client(stage.gate.port())
        for _ in range(10):
            started = time.monotonic()
            assert small.get("/small").body == b"small"
            assert time.monotonic() - started < 1
    finally:
        stop.set()
        drainer.join()
        peer.close()
