"""Nothing that belongs to one message is ever taken for another: bodies that nobody reads, answers that come early, errors in
the middle. The bytes of a body are always those of a request that must not be answered."""
import threading
import time

import pytest

from headgate_test import ConnectionReset, StreamEnded, answering, proxy_yaml

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

ROUTES = """\
  - { match: { path: /fixed }, respond: { body: fixed } }
  - { match: { path: /moved }, redirect: { to: /elsewhere } }
  - { match: { path: /limited }, respond: { body: fixed }, rate_limit: { by: client, rate: 1/m, burst: 1 } }
  - { match: { path: /files/ }, static: { root: ROOT } }
  - { match: { path: /app }, pool: app }
"""


@pytest.fixture
def gate(headgate, origin, tmp_path):
    app = origin(answering(body=b"app"))
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "hello.txt").write_text("hello")
    yaml = proxy_yaml(app).replace("routes:\n  - pool: app\n", "routes:\n" + ROUTES.replace("ROOT", str(tmp_path)))
    made = headgate(yaml)
    made.app = app
    return made


ANSWERED_HERE = [("POST /fixed", 200), ("POST /moved", 308), ("POST /nowhere", 404), ("GET /files/hello.txt", 200),
                 ("GET /files/none", 404), ("TRACE /app", 405)]


@pytest.mark.parametrize("line, status", ANSWERED_HERE)
def test_a_body_that_is_there_is_skipped(gate, client, line, status):
    peer = client(gate.port())
    head = f"{line} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(SMUGGLED)}\r\n\r\n".encode()
    peer.send(head + SMUGGLED + b"GET /app HTTP/1.1\r\nHost: a\r\n\r\n")
    assert peer.read_response().status == status
    assert peer.read_response().body == b"app"
    assert [request.target for request in gate.app.requests] == ["/app"]


@pytest.mark.parametrize("line, status", ANSWERED_HERE)
def test_a_chunked_body_that_is_there_is_skipped(gate, client, line, status):
    peer = client(gate.port())
    chunk = f"{len(SMUGGLED):x}\r\n".encode() + SMUGGLED + b"\r\n"
    head = f"{line} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    peer.send(head + chunk * 3 + b"0\r\nX: y\r\n\r\nGET /app HTTP/1.1\r\nHost: a\r\n\r\n")
    assert peer.read_response().status == status
    assert peer.read_response().body == b"app"
    assert [request.target for request in gate.app.requests] == ["/app"]


@pytest.mark.parametrize("line, status", ANSWERED_HERE)
@pytest.mark.parametrize("framing", [f"Content-Length: {len(SMUGGLED)}", "Transfer-Encoding: chunked"])
def test_a_body_that_comes_later_ends_the_connection(gate, client, line, status, framing):
    peer = client(gate.port())
    peer.send(f"{line} HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n".encode())
    response = peer.read_response()
    assert (response.status, response.get("Connection")) == (status, "close")
    try:
        peer.send(SMUGGLED)
    except (BrokenPipeError, ConnectionResetError):
        pass
    peer.expect_closed()
    assert gate.app.requests == []


def test_a_refused_rate_does_not_desync(gate, client):
    peer = client(gate.port())
    peer.send(b"GET /limited HTTP/1.1\r\nHost: a\r\n\r\n")
    assert peer.read_response().status == 200
    peer.send(b"POST /limited HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n" + SMUGGLED)
    assert len(SMUGGLED) == 35
    assert peer.read_response().status == 429
    assert peer.get("/app").body == b"app"


def early(status, linger):
    """An origin that answers as soon as it has the head, and reads the body afterwards or never."""
    def handle(connection):
        try:
            while True:
                head = connection.read_until(b"\r\n\r\n", timeout=60)
                connection.requests.append(head)
                connection.send(f"HTTP/1.1 {status} Early\r\nContent-Length: 5\r\n\r\nearly".encode())
                connection.read_exactly(1 << 30, timeout=linger)
        except (StreamEnded, ConnectionReset, TimeoutError):
            pass

    return handle


@pytest.mark.parametrize("status", [200, 403, 204])
def test_an_early_answer_ends_both_connections(headgate, origin, client, status):
    app = origin(early(status, linger=5))
    gate = headgate(proxy_yaml(app))
    peer = client(gate.port())
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nbegin")
    response = peer.read_response()
    assert (response.status, response.get("Connection")) == (status, "close")
    try:
        peer.send(SMUGGLED * 20)
    except (BrokenPipeError, ConnectionResetError):
        pass
    peer.expect_closed()
    # The backend may still wait for the body on its connection: it must not be used again.
    assert client(gate.port()).get("/next").status == status
    assert len(app.connections) == 2
    assert [head.split()[1] for connection in app.connections for head in connection.requests] == [b"/", b"/next"]


def test_an_early_answer_to_an_upload_that_has_no_end(headgate, origin, client):
    """The client reads its answer though it never stops sending."""
    app = origin(early(413, linger=0.1))
    gate = headgate(proxy_yaml(app))
    peer = client(gate.port())
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    stopped = threading.Event()

    def send():
        chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        try:
            while not stopped.is_set():
                peer.socket.sendall(chunk)
        except OSError:
            pass

    sender = threading.Thread(target=send)
    sender.start()
    try:
        response = peer.read_response()
    finally:
        stopped.set()
        sender.join()
    assert (response.status, response.body) == (413, b"early")


def test_an_answer_that_begins_before_the_request_ends(headgate, origin, client):
    """Both bodies stream at once, and what of the request had been read when the answer began is not lost."""
    def handle(connection):
        connection.read_until(b"\r\n\r\n")
        time.sleep(0.3)  # until nothing more of the body fits on its way here
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n")
        time.sleep(0.2)
        received = 0
        while size := int(connection.read_until(b"\r\n"), 16):
            received += len(connection.read_exactly(size))
            assert connection.read_exactly(2) == b"\r\n"
        connection.read_exactly(2)
        count = str(received).encode()
        connection.send(f"{len(count):x}\r\n".encode() + count + b"\r\n0\r\n\r\n")

    peer = client(headgate(proxy_yaml(origin(handle))).port())
    chunk = b"64\r\n" + b"y" * 100 + b"\r\n"
    count = 100_000
    sender = threading.Thread(target=lambda: peer.socket.sendall(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * count + b"0\r\n\r\n"))
    peer.socket.settimeout(30)
    sender.start()
    head = peer.read_until(b"\r\n\r\n")
    assert b" 200 " in head
    assert peer.read_until(b"begin\r\n")
    rest = peer.read_until(b"0\r\n\r\n", timeout=30)
    sender.join()
    assert rest.split(b"\r\n")[1] == str(count * 100).encode()


def test_a_backend_that_fails_leaves_the_rest_of_the_body_alone(headgate, origin, client):
    """502 in the middle of an upload: what is left of the body is no request."""
    def handle(connection):
        connection.read_until(b"\r\n\r\n")
        connection.reset()

    gate = headgate(proxy_yaml(origin(handle)))
    peer = client(gate.port())
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nbegin")
    response = peer.read_response()
    assert (response.status, response.get("Connection")) == (502, "close")
    try:
        peer.send(SMUGGLED)
    except (BrokenPipeError, ConnectionResetError):
        pass
    peer.expect_closed()


def test_a_backend_that_fails_after_the_body_leaves_the_connection(headgate, origin, client):
    def handle(connection):
        connection.read_request()
        connection.reset()

    peer = client(headgate(proxy_yaml(origin(handle))).port())
    for _ in range(3):
        peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        response = peer.read_response()
        assert (response.status, response.get("Connection")) == (502, None)


def test_bytes_behind_an_upgrade_that_was_refused(headgate, origin, client):
    """They are the next request, as they were before the offer."""
    gate = headgate(proxy_yaml(origin(answering(body=b"plain"))))
    peer = client(gate.port())
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
              b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n\x81\x05hello")
    assert peer.read_response().body == b"plain"
    assert peer.read_response().body == b"plain"
    assert peer.read_response().status == 400
    peer.expect_closed()
