"""Backends that misbehave: the client gets the documented answer, and afterwards everything works again."""
import contextlib
import pathlib
import signal
import socket
import time

import pytest

from headgate_test import ConnectionReset, Delay, StreamEnded, answering, in_turn, play, proxy_yaml
from scenario_parts.backends import respond, serving
from headgate_test.ports import free_port
from headgate_test.steps import Close, Expect, Reset, Send
from scenario_parts.watching import pool_of, wait_until

HEAD = Expect(b"\r\n\r\n")
NO_RETRY = "retry: { attempts: 0 }"

FAULTS = {
    "closes": (502, [HEAD, Close()]),
    "resets": (502, [HEAD, Reset()]),
    "resets before the request": (502, [Reset()]),
    "closes in the status line": (502, [HEAD, Send(b"HTTP/1.1 20"), Close()]),
    "resets in the head": (502, [HEAD, Send(b"HTTP/1.1 200 OK\r\nContent-Len"), Delay(0.1), Reset()]),
    "closes in the head": (502, [HEAD, Send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"), Close()]),
    "answers slowly": (504, [HEAD, Delay(1.2)]),
    "stops in the head": (504, [HEAD, Send(b"HTTP/1.1 200 OK\r\nA: b\r\n"), Delay(1.2)]),
    "speaks another protocol": (502, [HEAD, Send(b"220 smtp.example.com ESMTP\r\n"), Delay(0.3)]),
    "answers garbage": (502, [HEAD, Send(bytes(range(256)) * 4), Delay(0.3)]),
    "answers with zeros": (502, [HEAD, Send(b"\0" * 1000), Delay(0.3)]),
    "answers in HTTP/0.9": (502, [HEAD, Send(b"<html>hello</html>"), Close()]),
    "answers in HTTP/2": (502, [HEAD, Send(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff"),
                                Delay(0.3)]),
    "has two lengths": (502, [HEAD, Send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")]),
    "has both framings": (502, [HEAD, Send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
                                           b"\r\n0\r\n\r\n")]),
    "has an endless head": (502, [HEAD, Send(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000), Delay(0.3)]),
    "has too many fields": (502, [HEAD, Send(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300 + b"\r\n"), Delay(0.3)]),
    "sends interim answers for ever": (502, [HEAD, Send(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40), Delay(0.3)]),
    "upgrades unasked": (502, [HEAD, Send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
                               Delay(0.3)]),
}


def tolerant(steps):
    """headgate may have gone before the steps are through."""
    handler = play(*steps)

    def handle(connection):
        try:
            handler(connection)
        except (OSError, StreamEnded, ConnectionReset):
            pass

    return handle


def read_final(peer):
    answer = peer.read_response()
    while answer.status < 200:
        answer = peer.read_response()
    return answer


def assert_clean(gate):
    """Nothing is left over of what went wrong."""
    def is_clean():
        status = gate.status()
        backend = status["pools"][0]["backends"][0]
        return backend["requests_in_flight"] == 0 and status["listeners"][0]["connections_active"] == 0
    wait_until(is_clean, what="nothing under way any more")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_answer_is_an_error_and_the_next_is_well(headgate, origin, client, fault):
    status, steps = FAULTS[fault]
    app = origin(in_turn(tolerant(steps), answering(body=b"well")))
    gate = headgate(proxy_yaml(app, pool=NO_RETRY, route="timeouts: { response: 400ms }"))
    peer = client(gate.port())
    peer.send(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
    answer = read_final(peer)
    assert answer.status == status
    assert answer.get("X-Request-Id") in answer.body.decode()
    assert app.address not in answer.body.decode(), "clients are not told of backends"
    assert peer.get().body == b"well", "the client's connection goes on, and so does the backend"
    assert_clean(gate)


def test_refuses(headgate, origin, client):
    port = free_port()
    gate = headgate(proxy_yaml(f"127.0.0.1:{port}", pool=NO_RETRY))
    peer = client(gate.port())
    assert peer.get().status == 502
    origin(answering(), port=port)
    assert peer.get().status == 200
    assert pool_of(gate)["backends"][0]["connect_failures"] == 1


CUT = {
    "resets in the body": [HEAD, Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Delay(0.1), Reset()],
    "closes in the body": [HEAD, Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Close()],
    "closes in a chunk": [HEAD, Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf"), Close()],
    "closes between chunks": [HEAD, Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), Close()],
    "breaks a chunk's size": [HEAD, Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n"),
                              Delay(0.3)],
    "stops in the body": [HEAD, Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Delay(1.2)],
    "resets without framing": [HEAD, Send(b"HTTP/1.1 200 OK\r\n\r\nhalf"), Delay(0.1), Reset()],
}


@pytest.mark.parametrize("fault", CUT)
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_a_cut_answer_never_looks_whole(headgate, origin, client, fault, version):
    app = origin(in_turn(tolerant(CUT[fault]), answering(body=b"well")))
    gate = headgate(proxy_yaml(app, pool=NO_RETRY, route="timeouts: { response: 400ms }"))
    peer = client(gate.port())
    peer.send(b"GET /x HTTP/" + version + b"\r\nHost: a\r\n\r\n")
    try:
        got = peer.read_to_end()
    except ConnectionReset:
        got = None  # without a length only a reset tells an HTTP/1.0 client that there should have been more
    if got is not None:
        head, _, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200") and body.count(b"half") <= 1
        assert b"0\r\n\r\n" not in body
        assert b"Content-Length: 100" in head or b"chunked" in head
    assert client(gate.port()).get().body == b"well"
    assert_clean(gate)


def test_a_second_answer_reaches_nobody(headgate, origin, client):
    def twice(connection, request):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
        connection.send(answer % (4, b"mine") + answer % (5, b"STRAY"))

    app = origin(serving(twice))
    gate = headgate(proxy_yaml(app))
    peers = [client(gate.port()) for _ in range(3)]
    for _ in range(4):
        assert [peer.get().body for peer in peers] == [b"mine"] * 3
    for peer in peers:
        peer.expect_nothing(0.05)


@contextlib.contextmanager
def stopped(gate):
    """All threads of the daemon stand still."""
    gate.process.send_signal(signal.SIGSTOP)
    tasks = pathlib.Path(f"/proc/{gate.pid}/task")
    wait_until(lambda: all((task / "stat").read_text().rpartition(")")[2].split()[0] == "T" for task in tasks.iterdir()))
    try:
        yield
    finally:
        gate.process.send_signal(signal.SIGCONT)


def test_a_stray_answer_that_comes_with_the_next_request(headgate, origin, client):
    """Both wait when headgate looks: the request first, so that the connection still seems silent when it is taken."""
    def mine(connection, request):
        try:
            respond(connection, b"mine")
        except OSError:
            return False  # headgate has given this connection up

    app = origin(serving(mine))
    gate = headgate(proxy_yaml(app))
    peer = client(gate.port())
    assert peer.get().body == b"mine"
    for _ in range(3):
        with stopped(gate):
            peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(0.05)
            respond(app.connections[-1], b"STRAY")
            time.sleep(0.05)
        assert peer.read_response().body == b"mine"
    assert len(app.connections) == 4


def test_a_late_second_answer_reaches_nobody(headgate, origin, client):
    def late(connection, request):
        respond(connection, b"mine")
        time.sleep(0.05)
        try:
            respond(connection, b"STRAY")
        except OSError:
            return False

    gate = headgate(proxy_yaml(origin(serving(late))))
    peer = client(gate.port())
    for _ in range(5):
        assert peer.get().body == b"mine"
        time.sleep(0.1)


def black_hole():
    """A socket whose queue is full: the kernel drops what knocks."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        fillers.append(filler)
    time.sleep(0.1)
    return listener, fillers


def test_a_black_hole_ends_at_the_connect_timeout(headgate, origin, client):
    listener, fillers = black_hole()
    port = listener.getsockname()[1]
    good = origin(answering(body=b"good"))
    gate = headgate(proxy_yaml(f"127.0.0.1:{port}", pool=f"connections: {{ connect_timeout: 300ms }}\n{NO_RETRY}"))
    peer = client(gate.port())
    started = time.monotonic()
    assert peer.get().status == 504
    assert 0.25 < time.monotonic() - started < 3
    retried = headgate(proxy_yaml(f"127.0.0.1:{port}", good, pool="connections: { connect_timeout: 300ms }"))
    assert [client(retried.port()).get().body for _ in range(2)] == [b"good"] * 2
    for each in (listener, *fillers):
        each.close()


def test_a_route_has_its_own_connect_timeout(headgate, client):
    listener, fillers = black_hole()
    gate = headgate(proxy_yaml(f"127.0.0.1:{listener.getsockname()[1]}", pool=NO_RETRY, route="timeouts: { connect: 200ms }"))
    started = time.monotonic()
    assert client(gate.port()).get().status == 504
    assert time.monotonic() - started < 1.8  # the pool would wait for 2 s
    for each in (listener, *fillers):
        each.close()


def test_the_total_timeout_covers_everything(headgate, origin, client):
    app = origin(in_turn(tolerant([HEAD, Delay(2)]), answering()))
    gate = headgate(proxy_yaml(app, pool=NO_RETRY, route="timeouts: { total: 300ms }"))
    peer = client(gate.port())
    started = time.monotonic()
    assert peer.get().status == 504
    assert time.monotonic() - started < 1.5
    assert peer.get().status == 200


def test_many_faults_leave_nothing_behind(headgate, origin, client):
    """Memory and descriptors after 150 failed answers are those after 50."""
    def bad(connection):
        steps = list(FAULTS.values())[connection.number % 7][1]
        tolerant([step for step in steps if not isinstance(step, Delay)])(connection)

    gate = headgate(proxy_yaml(origin(bad), pool=NO_RETRY, route="timeouts: { response: 400ms }"))
    figures = []
    for count in (50, 150):
        peer = client(gate.port())
        for _ in range(count):
            assert peer.get().status in (502, 504)
        peer.close()
        assert_clean(gate)
        wait_until(lambda: gate.status()["workers"][0]["connections"] == 0)
        status = gate.status()
        figures.append((status["workers"][0]["buffers_lent_bytes"], status["process"]["open_descriptors"]))
    assert figures[0] == figures[1]
    assert figures[0][0] == 0
