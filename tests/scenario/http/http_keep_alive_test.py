"""Connections that persist: several requests on one, pipelined or not, and when they end."""
import pytest

from headgate_test import Close, Expect, Send, answering, in_turn, play, proxy_yaml

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def echo(connection):
    """Answers each request with its method, target and body."""
    while True:
        request = connection.read_request(timeout=60)
        body = f"{request.method} {request.target} ".encode() + request.body
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection.send(head if request.method == "HEAD" else head + body)


def until_gone(handler):
    def handle(connection):
        try:
            handler(connection)
        except AssertionError:
            pass  # the proxy closed its connection: StreamEnded, ConnectionReset

    return handle


@pytest.fixture
def echoing(headgate, origin, client):
    app = origin(until_gone(echo))
    gate = headgate(proxy_yaml(app, listener="timeouts: { idle: 500ms, header: 5s }"))
    peer = client(gate.port())
    peer.app = app
    return peer


def test_both_sides_are_kept(echoing):
    for number in range(5):
        response = echoing.get(f"/{number}")
        assert response.body == f"GET /{number} ".encode()
        assert response.get("Connection") is None
    assert len(echoing.app.connections) == 1


def test_close_is_honoured(echoing):
    echoing.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert echoing.read_response().get("Connection") == "close"
    echoing.expect_closed()


def test_1_0_closes_unless_asked(echoing):
    echoing.send(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    response = echoing.read_response()
    assert (response.start, response.get("Connection")) == ("HTTP/1.1 200 OK", "close")
    echoing.expect_closed()


def test_1_0_is_kept_where_asked(echoing):
    for number in range(3):
        echoing.send(f"GET /{number} HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n".encode())
        response = echoing.read_response()
        assert response.get("Connection") == "keep-alive"
        assert response.body == f"GET /{number} ".encode()


def test_an_idle_connection_is_closed_in_time(echoing):
    assert echoing.get().status == 200
    echoing.expect_nothing(0.3)
    echoing.expect_closed(1.5)


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\n\r\nok",
])
def test_a_backend_that_closes_is_not_the_clients_matter(headgate, origin, client, answer):
    app = origin(play(Expect(b"\r\n\r\n"), Send(answer), Close()))
    peer = client(headgate(proxy_yaml(app)).port())
    for _ in range(3):
        response = peer.get()
        assert (response.status, response.body, response.get("Connection")) == (200, b"ok", None)
    assert len(app.connections) == 3


def test_a_backends_second_answer_is_nobodys(headgate, origin, client):
    """What a backend sends behind its answer must not answer the next request, whosever it is."""
    twice = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    app = origin(in_turn(play(Expect(b"\r\n\r\n"), Send(twice), Expect(b"\r\n\r\n")), until_gone(echo)))
    gate = headgate(proxy_yaml(app))
    peer, other = client(gate.port()), client(gate.port())
    assert peer.get().body == b"ok"
    assert peer.get("/x").body == b"GET /x "
    assert other.get("/y").body == b"GET /y "
    app.failures.clear()  # the first connection was closed on purpose


PIPELINE = [(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", "GET", b"GET /1 "),
            (b"POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "POST", b"POST /2 hello"),
            (b"HEAD /3 HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD", b""),
            (b"PUT /4 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n", "PUT",
             b"PUT /4 abc"),
            (b"POST /5 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST", b"POST /5 "),
            (b"\r\nDELETE /6 HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE", b"DELETE /6 "),
            (b"GET /7 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET", b"GET /7 ")]


def check_pipeline(peer):
    for _, method, body in PIPELINE:
        response = peer.read_response(to=method)
        assert (response.status, response.body) == (200, body)
    peer.expect_closed()


def test_pipelined_requests_are_answered_in_order(echoing):
    echoing.send(b"".join(raw for raw, _, _ in PIPELINE) + b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
    check_pipeline(echoing)
    assert [request.target for request in echoing.app.requests] == [f"/{number}" for number in range(1, 8)]


@pytest.mark.parametrize("size", [1, 7, 40, 100])
def test_pipelined_requests_cut_anywhere(echoing, size):
    everything = b"".join(raw for raw, _, _ in PIPELINE)
    for at in range(0, len(everything), size):
        echoing.send(everything[at:at + size])
    check_pipeline(echoing)


def test_a_long_pipeline(echoing):
    """More than any buffer holds, written while the answers are read."""
    count, pad = 300, "x" * 1000
    requests = "".join(f"POST /{number} HTTP/1.1\r\nHost: a\r\nX-Pad: {pad}\r\nContent-Length: 3\r\n\r\nabc"
                       for number in range(count)).encode()
    echoing.send(requests)
    for number in range(count):
        assert echoing.read_response().body == f"POST /{number} abc".encode()
    assert len(echoing.app.connections) == 1


def test_a_slow_answer_keeps_the_order(headgate, origin, client):
    app = origin(until_gone(slow))
    gate = headgate(proxy_yaml(app).replace("routes:\n", "routes:\n  - { match: { path: /fast }, "
                                            "respond: { body: fast } }\n"))
    peer = client(gate.port())
    peer.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /fast HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    assert [peer.read_response().body for _ in range(4)] == [b"slow", b"fast"] * 2


def slow(connection):
    while True:
        connection.read_request(timeout=60)
        connection.socket.settimeout(0.2)
        try:
            connection.socket.recv(1)
        except TimeoutError:
            pass
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow")


def test_a_silent_connection_gets_no_answer(headgate, origin, client):
    gate = headgate(proxy_yaml(origin(answering()), listener="timeouts: { header: 300ms }"))
    client(gate.port()).expect_closed(2)
