"""One fetch for those who ask for the same at the same time, on whichever worker they are."""
import threading

import pytest

from cache.conftest import answer
from headgate_test import StreamEnded
from scenario_parts.watching import wait_until

pytestmark = pytest.mark.threads
WORKERS = 2
YAML = {"store": "memory: 8MiB, max_object: 256KiB"}
FRESH = b"Cache-Control: max-age=60\r\n"
ASKING = 12


class Held:
    """An origin that answers when it is told to: `go(n)` lets the first n requests have their answers."""

    def __init__(self, made):
        self.made = made
        self.asked = 0
        self.allowed = 0
        self.changed = threading.Condition()

    def __call__(self, request, connection):
        with self.changed:
            self.asked += 1
            number = self.asked
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: self.allowed >= number, 30)
        return self.made(request, connection)

    def wait_asked(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: self.asked >= count, 30), f"{self.asked} of {count} requests came"

    def go(self, count=1000):
        with self.changed:
            self.allowed = count
            self.changed.notify_all()


def send(stage, path, count=ASKING):
    peers = [stage.client() for _ in range(count)]
    for peer in peers:
        peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return peers


def test_one_fetch_for_all(stage):
    held = Held(lambda *_: b"HTTP/1.1 200 OK\r\n" + FRESH + b"Content-Length: 5\r\n\r\nhello")
    path = stage.path(held)
    peers = send(stage, path)
    held.wait_asked(1)
    held.go()
    says = [peer.read_response() for peer in peers]
    assert [one.body for one in says] == [b"hello"] * ASKING and held.asked == 1
    assert any("collapsed" in one.get("Cache-Status") for one in says) or all("hit" in one.get("Cache-Status") for one in says[1:])


def test_all_read_while_it_grows(stage):
    begun, rest = threading.Event(), threading.Event()

    def made(_, connection):
        connection.send(b"HTTP/1.1 200 OK\r\n" + FRESH + b"Content-Length: 200000\r\n\r\n" + b"a" * 100_000)
        begun.set()
        assert rest.wait(30)
        return b"b" * 100_000
    path = stage.path(lambda request, connection: made(request, connection) or None)
    peers = send(stage, path)
    assert begun.wait(30)
    for peer in peers:
        peer.read_until(b"\r\n\r\n")
        assert peer.read_exactly(100_000) == b"a" * 100_000
    rest.set()
    for peer in peers:
        assert peer.read_exactly(100_000) == b"b" * 100_000
    assert len(stage.asked(path)) == 1


def test_too_large_to_store_goes_to_all_who_read_it(stage):
    """Of a length that nobody stated, so that it shows late; the slowest reader sets the pace."""
    piece = b"%x\r\n%s\r\n" % (50_000, b"z" * 50_000)
    first, rest = threading.Event(), threading.Event()

    def made(_, connection):
        connection.send(b"HTTP/1.1 200 OK\r\n" + FRESH + b"Transfer-Encoding: chunked\r\n\r\n" + piece)
        first.set()
        assert rest.wait(30)
        for _ in range(39):
            connection.send(piece)
        return b"0\r\n\r\n"
    path = stage.path(made)
    peers = send(stage, path, 3)
    assert first.wait(30)
    for peer in peers:
        peer.read_until(b"zzzz")
    rest.set()
    readers = [threading.Thread(target=peer.read_until, args=(b"\r\n0\r\n\r\n", 60)) for peer in peers]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
        assert not reader.is_alive()
    assert len(stage.asked(path)) == 1
    assert "fwd=uri-miss" in stage.says(path)[2]


def test_what_is_not_shared_is_not_queued(stage):
    held = Held(lambda *_: answer(b"mine", "Cache-Control: private"))
    path = stage.path(held)
    peers = send(stage, path)
    held.wait_asked(1)
    held.go(1)
    held.wait_asked(ASKING)  # all others at once
    held.go()
    assert [peer.read_response().body for peer in peers] == [b"mine"] * ASKING
    # And from now on nobody waits for another.
    held.allowed = ASKING
    again = send(stage, path, 3)
    held.wait_asked(ASKING + 3)
    held.go()
    assert all(peer.read_response().body == b"mine" for peer in again)


def test_others_wait_for_who_fails_and_begin_anew_within_a_bound(stage):
    count = iter(range(1, 100))

    def made(_, connection):
        return None if next(count) == 1 else answer(b"good", "Cache-Control: max-age=60")
    held = Held(made)
    path = stage.path(held)
    peers = send(stage, path)
    held.wait_asked(1)
    held.go()
    statuses = sorted(peer.read_response().status for peer in peers)
    assert statuses.count(502) <= 1 and statuses[:ASKING - 1] == [200] * (ASKING - 1) and held.asked == 2

    dead = Held(lambda *_: None)
    path = stage.path(dead)
    peers = send(stage, path)
    dead.wait_asked(1)
    dead.go()
    assert {peer.read_response().status for peer in peers} == {502} and dead.asked <= ASKING


def test_the_first_client_may_leave(stage):
    held = Held(lambda *_: answer(b"hello", "Cache-Control: max-age=60"))
    path = stage.path(held)
    [first] = send(stage, path, 1)
    held.wait_asked(1)
    others = send(stage, path, 3)
    first.reset()
    held.go()
    assert [peer.read_response().body for peer in others] == [b"hello"] * 3 and held.asked == 1
    # Also with nobody else: what was begun is stored.
    held = Held(lambda *_: answer(b"alone", "Cache-Control: max-age=60"))
    path = stage.path(held)
    [first] = send(stage, path, 1)
    held.wait_asked(1)
    first.reset()
    held.go()
    wait_until(lambda: "hit" in stage.says(path)[2])
    assert held.asked == 1


def test_a_fetch_that_breaks_off_cuts_its_readers(stage):
    rest = threading.Event()

    def made(_, connection):
        connection.send(b"HTTP/1.1 200 OK\r\n" + FRESH + b"Content-Length: 10\r\n\r\n12345")
        assert rest.wait(30)
        return None
    path = stage.path(made)
    peers = send(stage, path, 4)
    for peer in peers:
        peer.read_until(b"12345")
    rest.set()
    for peer in peers:
        with pytest.raises(StreamEnded):
            peer.read_exactly(1)
