"""Collapsed fetches to which something happens: purges, reloads, origins that die, readers that stop reading."""
import select
import socket
import subprocess
import threading

import pytest

from cache.cache_collapse_test import Held
from cache.conftest import answer
from headgate_test import StreamEnded
from headgate_test.daemon import binary
from scenario_parts.watching import wait_until

pytestmark = pytest.mark.threads
WORKERS = 2
YAML = {"cache": "stale: { if_error: 1m, if_unreachable: 0s }",
        "store": "memory: 8MiB, max_object: 256KiB, purge: 127.0.0.1"}
FRESH = "Cache-Control: max-age=60"
MUST_ASK = "Cache-Control: max-age=60, must-revalidate"
ASKING = 8


def send(stage, path, count, *fields):
    peers = [stage.client() for _ in range(count)]
    for peer in peers:
        peer.send("\r\n".join([f"GET {path} HTTP/1.1", "Host: a", *fields, "", ""]).encode())
    return peers


def by_url(stage, path):
    assert stage.ask(path, method="PURGE").status == 200


def by_ctl(*arguments):
    def purge(stage, path):
        subprocess.run([binary(), "ctl", "purge", "edge", *(argument.format(path) for argument in arguments), "--socket", stage.socket],
                       capture_output=True, check=True)
    return purge


PURGES = {"url": by_url, "tag": by_ctl("--tag", "red"), "host": by_ctl("--host", "a"), "prefix": by_ctl("--prefix", "{}"),
          "everything": by_ctl("--everything")}


@pytest.mark.parametrize("name", PURGES)
def test_a_purge_wins_over_a_fetch_that_began_before_it(stage, name):
    """Before its head has come and while its body grows: what comes of it answers those who asked before, and nobody after."""
    head = f"HTTP/1.1 200 OK\r\n{FRESH}\r\nSurrogate-Key: red\r\nContent-Length: 10\r\n\r\n".encode()
    growing, go_on = threading.Event(), threading.Event()

    def made(_, connection):
        connection.send(head + b"12345")
        growing.set()
        assert go_on.wait(30)
        return b"67890"
    held = Held(made)
    path = stage.path(held)
    [before] = send(stage, path, 1)
    held.wait_asked(1)
    PURGES[name](stage, path)
    held.go()
    before.read_until(b"12345")
    [during] = send(stage, path, 1)  # what was begun before the purge is not for it
    held.wait_asked(2)
    during.read_until(b"12345")
    PURGES[name](stage, path)
    go_on.set()
    assert before.read_exactly(5) == during.read_exactly(5) == b"67890"
    assert "fwd=uri-miss" in stage.says(path)[2] and held.asked == 3
    assert "hit" in stage.says(path)[2]


def test_those_who_wait_when_a_purge_comes_share_the_next_fetch(stage):
    held = Held(lambda *_: answer(b"hello", FRESH))
    path = stage.path(held)
    peers = send(stage, path, ASKING)
    held.wait_asked(1)
    by_url(stage, path)
    held.go()
    assert [peer.read_response().body for peer in peers] == [b"hello"] * ASKING
    assert held.asked <= 3, "each for itself"


def revalidated(held):
    """An origin that says 304 where it can; what it stored first has to be revalidated after a soft purge."""
    def made(request, _):
        if request.get("If-None-Match"):
            return answer(b"", MUST_ASK, 'ETag: "v1"', status=304, reason="Not Modified")
        return answer(b"hello", MUST_ASK, 'ETag: "v1"')
    held.made = made


def stored_and_stale(stage):
    """What is asked for again with its tag, and where it lies."""
    held = Held(None)
    revalidated(held)
    path = stage.path(held)
    held.go(1)
    stage.ask(path)
    assert stage.ask(path, "Headgate-Purge: soft", method="PURGE").status == 200
    return held, path


def test_one_304_for_all(stage):
    held, path = stored_and_stale(stage)
    peers = send(stage, path, ASKING)
    held.wait_asked(2)
    held.go()
    assert {(one.status, one.body) for one in (peer.read_response() for peer in peers)} == {(200, b"hello")}
    assert held.asked == 2 and "hit" in stage.says(path)[2]


def test_a_purge_while_a_304_is_on_its_way(stage):
    held, path = stored_and_stale(stage)
    [peer] = send(stage, path, 1)
    held.wait_asked(2)
    by_url(stage, path)
    held.go()
    assert peer.read_response().body == b"hello"
    assert "fwd=uri-miss" in stage.says(path)[2]
    assert stage.asked(path)[2].get("If-None-Match") is None


def test_a_reload_while_others_wait_and_while_they_read(stage):
    growing, go_on = threading.Event(), threading.Event()

    def made(_, connection):
        connection.send(f"HTTP/1.1 200 OK\r\n{FRESH}\r\nContent-Length: 10\r\n\r\n12345".encode())
        growing.set()
        assert go_on.wait(30)
        return b"67890"
    held = Held(made)
    path = stage.path(held)
    peers = send(stage, path, ASKING)
    held.wait_asked(1)
    assert stage.gate.reload(stage.yaml + "\nlog: { level: debug }\n") == "reloaded"
    held.go()
    for peer in peers:
        peer.read_until(b"12345")
    assert stage.gate.reload(stage.yaml) == "reloaded"
    peers += send(stage, path, 1)
    go_on.set()
    assert [peer.read_until(b"67890")[-5:] for peer in peers] == [b"67890"] * (ASKING + 1)
    assert held.asked == 1 and "hit" in stage.says(path)[2]


@pytest.mark.parametrize("failure", [lambda *_: None, lambda *_: answer(b"no", status=503, reason="No")])
def test_all_who_wait_get_what_is_stored_when_the_origin_dies(stage, failure):
    held = Held(lambda *arguments: answer(b"old", FRESH) if held.asked == 1 else failure(*arguments))
    path = stage.path(held)
    held.go(1)
    stage.ask(path)
    peers = send(stage, path, ASKING, "Cache-Control: no-cache")
    held.wait_asked(2)
    held.go()
    assert {(one.status, one.body) for one in (peer.read_response() for peer in peers)} == {(200, b"old")}


def test_those_whose_fetch_breaks_off_are_cut_and_the_next_is_whole(stage):
    go_on = threading.Event()

    def made(_, connection):
        if held.asked == 1:
            connection.send(f"HTTP/1.1 200 OK\r\n{FRESH}\r\nContent-Length: 10\r\n\r\n12345".encode())
            assert go_on.wait(30)
            return None
        return answer(b"1234567890", FRESH)
    held = Held(made)
    path = stage.path(held)
    peers = send(stage, path, ASKING)
    held.go()
    for peer in peers:
        peer.read_until(b"12345")
    go_on.set()
    for peer in peers:
        with pytest.raises(StreamEnded):
            peer.read_exactly(1)
    wait_until(lambda: stage.ask(path).body == b"1234567890")
    assert "hit" in stage.says(path)[2] and held.asked == 2


def test_the_slowest_reader_holds_a_large_body_back_and_no_memory_is_taken_for_it(stage):
    piece = b"%x\r\n%s\r\n" % (65_536, b"z" * 65_536)
    pieces = 800  # 52 MB, more than all sockets between hold
    stalled = threading.Event()

    def made(_, connection):
        connection.send(f"HTTP/1.1 200 OK\r\n{FRESH}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + piece)
        assert held.changed and all_read.wait(30)
        for _ in range(pieces - 1):
            if not select.select([], [connection.socket], [], 1)[1]:
                stalled.set()  # for a second nobody took anything
            connection.timeout = 60
            connection.send(piece)
        return b"0\r\n\r\n"
    held = Held(made)
    path = stage.path(held)
    all_read = threading.Event()
    held.go()
    peers = send(stage, path, 3)
    for peer in peers:
        peer.read_until(b"zzzz")
    slow, quick = peers[0], peers[1:]
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    all_read.set()
    counts = [0, 0]

    def drain(number):
        peer = quick[number]
        while not peer.buffer.endswith(b"\r\n0\r\n\r\n"):
            counts[number] += len(peer.buffer) - 16 if len(peer.buffer) > 16 else 0
            peer.buffer = peer.buffer[-16:]
            peer.fill(peer._deadline(60))
    readers = [threading.Thread(target=drain, args=(number,), daemon=True) for number in range(2)]
    for reader in readers:
        reader.start()
    assert stalled.wait(30)
    assert max(counts) < pieces * 65_536 // 2, "they read on, though one does not"
    used = sum(value for (name, _), value in stage.gate.metrics().items() if name == "headgate_cache_used_bytes")
    assert used < 2 << 20
    slow.reset()
    for reader in readers:
        reader.join(60)
        assert not reader.is_alive()
    assert held.asked == 1
