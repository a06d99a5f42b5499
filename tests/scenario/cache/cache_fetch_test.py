"""What becomes of a fetch on its way: answers that come before the answer, fields after the body, bodies that break off."""
import threading

import pytest

from cache.conftest import answer
from headgate_test import StreamEnded, curl
from scenario_parts.watching import wait_until

YAML = {"cache": "stale: { if_error: 1m, if_unreachable: 0s }",
        "store": "memory: 8MiB, max_object: 256KiB, purge: 127.0.0.1"}

FRESH = "Cache-Control: max-age=60"
STALE = (FRESH, "Age: 70")
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"


def in_turn(*parts):
    """The first request is answered by the first of `parts` and so on; the last does for all that follow."""
    came = iter(range(10_000))

    def made(request, connection):
        part = parts[min(next(came), len(parts) - 1)]
        return part(request, connection) if callable(part) else part
    return made


def broken(_, connection):
    connection.send(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\n12345")


def too_large(_, connection):
    connection.send(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(8):
        connection.send(b"%x\r\n%s\r\n" % (50_000, b"z" * 50_000))
    return b"0\r\n\r\n"


def hang_up(*_):
    return None


def test_a_body_that_breaks_off_leaves_the_old_answer(stage):
    path = stage.path(in_turn(answer(b"old", *STALE), broken, hang_up))
    stage.ask(path)
    with pytest.raises(StreamEnded):
        stage.ask(path)
    for _ in range(2):
        status, body, says = stage.says(path)
        assert (status, body) == (200, b"old") and "detail=stale-if-error" in says, says
    assert len(stage.asked(path)) == 4


def test_a_body_that_is_too_large_leaves_the_old_answer(stage):
    path = stage.path(in_turn(answer(b"old", *STALE), too_large, hang_up))
    stage.ask(path)
    assert len(stage.ask(path).body) == 400_000
    assert stage.says(path)[:2] == (200, b"old")


def test_who_asks_while_the_new_one_grows_gets_the_new_one(stage):
    begun, rest = threading.Event(), threading.Event()

    def slow(_, connection):
        connection.send(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\n12345")
        begun.set()
        assert rest.wait(30)
        return b"67890"
    path = stage.path(in_turn(answer(b"old", *STALE), slow))
    stage.ask(path)
    peers = [stage.client() for _ in range(2)]
    for peer in peers:
        peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert begun.wait(30)
    for peer in peers:
        peer.read_until(b"12345")
    rest.set()
    assert [peer.read_exactly(5) for peer in peers] == [b"67890"] * 2 and len(stage.asked(path)) == 2


def test_what_was_purged_meanwhile_does_not_come_back(stage):
    begun, rest = threading.Event(), threading.Event()

    def slowly_broken(request, connection):
        broken(request, connection)
        begun.set()
        assert rest.wait(30)
    path = stage.path(in_turn(answer(b"old", *STALE), slowly_broken, hang_up))
    stage.ask(path)
    peer = stage.client()
    peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    assert begun.wait(30)
    assert stage.ask(path, method="PURGE").status == 200
    rest.set()
    peer.wait_gone()
    assert stage.ask(path).status == 502


def read_all(peer):
    """The interim answers that come, and the answer."""
    came = []
    while not came or came[-1].status < 200:
        came.append(peer.read_response())
    return came


def test_who_leads_gets_interim_answers(stage):
    go = threading.Event()

    def hinting(_, connection):
        connection.send(HINTS)
        assert go.wait(30)
        return HINTS + answer(b"page", FRESH)
    path = stage.path(hinting)
    leads = stage.client()
    leads.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    first = leads.read_response()  # before the origin has said more
    assert (first.status, first.get("Link")) == (103, "</a.css>; rel=preload")
    waits = stage.client()
    waits.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    go.set()
    assert [one.status for one in read_all(leads)] == [103, 200]
    [waited] = read_all(waits)
    assert waited.body == b"page" and len(stage.asked(path)) == 1
    assert [one.status for one in read_all_of(stage, path)] == [200]
    # Whatever is asked for past the cache has them as ever, HTTP/1.0 does without.
    old = stage.client()
    other = stage.path(HINTS + answer(b"page", FRESH))
    old.send(f"GET {other} HTTP/1.0\r\nHost: a\r\n\r\n".encode())
    assert old.read_response().status == 200


def read_all_of(stage, path):
    peer = stage.client()
    peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return read_all(peer)


def test_interim_answers_over_http2(stage):
    path = stage.path(HINTS + answer(b"page", FRESH))
    done = curl("--http2-prior-knowledge", "-i", f"http://127.0.0.1:{stage.gate.port()}{path}", "-H", "Host: a")
    assert "HTTP/2 103" in done.head and "link: </a.css>; rel=preload" in done.head, done.head


def trailed(pieces, gate=None):
    def made(_, connection):
        connection.send(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                        if gate else b"")
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
        if gate:
            connection.send(body)
            assert gate.wait(30)
            return b"0\r\nX-Sum: 7\r\n\r\n"
        return (b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                + body + b"0\r\nX-Sum: 7\r\n\r\n")
    return made


@pytest.mark.parametrize("late", [False, True])
def test_who_leads_gets_trailers_and_they_are_not_stored(stage, late):
    gate = threading.Event() if late else None
    path = stage.path(trailed([b"hello", b"world"], gate))
    peer = stage.client()
    peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n".encode())
    if late:
        peer.read_until(b"\r\n\r\n")
        peer.read_until(b"world")
        gate.set()
        peer.read_until(b"0\r\nX-Sum: 7\r\n\r\n")
    else:
        first = peer.read_response()
        assert (first.body, first.trailers) == (b"helloworld", [("X-Sum", "7")])
    wait_until(lambda: "hit" in stage.says(path)[2])
    again = stage.ask(path)
    assert (again.body, again.trailers, again.get("Content-Length")) == (b"helloworld", [], "10")
    # A 304 or a part has no place for them.
    assert len(stage.asked(path)) == 1
