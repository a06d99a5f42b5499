"""Every bound at its edge, and the answer beyond it: the exact status, a short text with the request's id, and the end of the
connection where it cannot go on."""
import socket
import threading
import time

import pytest

from headgate_test import Headgate, Origin, answering, proxy_yaml
from headgate_test.ports import free_port

HEADER, FIELDS, BODY = 1024, 10, 1000
LISTENER = f"""\
timeouts: {{ header: 600ms, body: 600ms, idle: 5s }}
limits: {{ header: {HEADER}, headers: {FIELDS}, body: {BODY} }}
"""
TEXTS = {400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 413: "Content Too Large",
         414: "URI Too Long", 417: "Expectation Failed", 421: "Misdirected Request", 429: "Too Many Requests",
         431: "Request Header Fields Too Large", 501: "Not Implemented", 502: "Bad Gateway",
         503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported"}


def check(response, status, closes=True):
    assert response.start == f"HTTP/1.1 {status} {TEXTS[status]}"
    request_id = response.get("X-Request-Id")
    assert request_id and request_id.encode() in response.body
    assert response.get("Content-Type").startswith("text/plain")
    assert str(status).encode() in response.body and len(response.body) < 512
    assert response.get("Connection") == ("close" if closes else None)
    assert response.get("Date")
    return response


def silent(connection):
    connection.read_until(b"\r\n\r\n", timeout=60)
    connection.wait_gone(timeout=60)


@pytest.fixture(scope="module")
def stand(tmp_path_factory):
    """One daemon with a pool that answers, one that is silent, one where nobody listens and one that is full."""
    app, mute, busy = Origin(answering()), Origin(silent), Origin(silent)
    yaml = proxy_yaml(app, listener=LISTENER).replace("routes:\n  - pool: app\n", "").replace("admin:", f"""\
  mute: {{ backends: ["{mute.address}"] }}
  nobody: {{ backends: ["127.0.0.1:{free_port()}"], retry: {{ attempts: 0 }} }}
  busy:
    backends: [{{ address: "{busy.address}", max_requests: 1 }}]
    queue: {{ size: 1, timeout: 300ms }}
routes:
  - {{ match: {{ path: /mute }}, pool: mute, timeouts: {{ response: 300ms }} }}
  - {{ match: {{ path: /total }}, pool: mute, timeouts: {{ total: 300ms }} }}
  - {{ match: {{ path: /nobody }}, pool: nobody }}
  - {{ match: {{ path: /busy }}, pool: busy }}
  - {{ match: {{ path: /limited }}, respond: {{ body: x }}, rate_limit: {{ by: client, rate: 1/m, burst: 1 }} }}
  - {{ match: {{ path: /app }}, pool: app }}
admin:""")
    gate = Headgate(tmp_path_factory.mktemp("limits"), yaml)
    gate.app = app
    yield gate
    gate.close()
    for origin in (app, mute, busy):
        origin.failures.clear()  # they are cut off in their silence
        origin.close()


@pytest.fixture
def peer(stand, client):
    return client(stand.port())


def ask(peer, head, body=b""):
    peer.send(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
    return peer.read_response()


# The request line, Host, its line ends and the empty line take the rest.
def head_of(total, rest="GET /app HTTP/1.1\r\nHost: a\r\nX-Pad: \r\n\r\n"):
    return rest.replace("X-Pad: ", "X-Pad: " + "p" * (total - len(rest))).encode()


def test_a_head_at_its_limit(peer):
    raw = head_of(HEADER)
    assert len(raw) == HEADER
    peer.send(raw)
    assert peer.read_response().status == 200


def test_a_head_over_its_limit(peer):
    peer.send(head_of(HEADER + 1))
    check(peer.read_response(), 431)
    peer.expect_closed()


def test_as_many_fields_as_allowed(peer):
    assert ask(peer, "GET /app HTTP/1.1\nHost: a" + "\nX: y" * (FIELDS - 1)).status == 200


def test_one_field_too_many(peer):
    check(ask(peer, "GET /app HTTP/1.1\nHost: a" + "\nX: y" * FIELDS), 431)
    peer.expect_closed()


def test_a_target_that_fills_the_head(peer):
    peer.send(b"GET /" + b"a" * HEADER)
    check(peer.read_response(), 414)
    peer.expect_closed()


@pytest.mark.parametrize("slowly", [b"G", b"GET /app HTTP/1.1\r\n", b"GET /app HTTP/1.1\r\nHost: a\r\nX: y\r\n"])
def test_a_head_that_does_not_end(peer, slowly):
    started = time.monotonic()
    peer.send(slowly)
    check(peer.read_response(timeout=3), 408)
    assert time.monotonic() - started > 0.5
    peer.expect_closed()


def test_a_head_that_trickles(peer):
    """Each byte is in time, the whole is not."""
    started = time.monotonic()
    trickle = threading.Thread(target=send_slowly, args=(peer, b"GET /app HTTP/1.1\r\nX: y", 0.05))
    trickle.start()
    check(peer.read_response(timeout=3), 408)
    assert 0.5 < time.monotonic() - started < 2.5
    trickle.join()


def send_slowly(peer, data, pause):
    for byte in data:
        try:
            peer.socket.send(bytes([byte]), socket.MSG_NOSIGNAL)
        except OSError:
            return
        time.sleep(pause)


def test_a_second_head_that_does_not_end(peer):
    assert ask(peer, "GET /app HTTP/1.1\nHost: a").status == 200
    peer.send(b"GET /app HT")
    check(peer.read_response(timeout=3), 408)
    peer.expect_closed()


@pytest.mark.parametrize("raw", [b"Content-Length: 10\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
                                 b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"])
def test_a_body_that_does_not_end(peer, stand, raw):
    count = len(stand.app.requests)
    peer.send(b"POST /app HTTP/1.1\r\nHost: a\r\n" + raw)
    check(peer.read_response(timeout=3), 408)
    peer.expect_closed()
    assert len(stand.app.requests) == count


def test_a_slow_body_that_keeps_coming(peer):
    """The bound is on the pause between two reads, not on the whole."""
    peer.send(b"POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n")
    send_slowly(peer, b"12345678", 0.15)
    assert peer.read_response().status == 200


def test_a_body_at_its_limit(peer):
    assert ask(peer, f"POST /app HTTP/1.1\nHost: a\nContent-Length: {BODY}", b"x" * BODY).status == 200
    chunked = f"{BODY:x}\r\n".encode() + b"x" * BODY + b"\r\n0\r\n\r\n"
    assert ask(peer, "POST /app HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", chunked).status == 200


def test_a_declared_body_over_its_limit(peer, stand):
    count = len(stand.app.connections)
    check(ask(peer, f"POST /app HTTP/1.1\nHost: a\nContent-Length: {BODY + 1}"), 413)
    peer.expect_closed()
    assert len(stand.app.connections) == count


def test_a_declared_body_over_its_limit_that_is_sent_all_the_same(peer):
    """The client writes it to the end before it reads: lingering keeps a reset from taking the answer."""
    peer.send(f"POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: {1 << 20}\r\n\r\n".encode())
    for _ in range(16):
        peer.send(b"x" * (1 << 15))
        time.sleep(0.01)
    check(peer.read_response(), 413)
    peer.expect_closed()


def test_a_declared_body_over_its_limit_that_waits_for_100(peer):
    check(ask(peer, f"POST /app HTTP/1.1\nHost: a\nExpect: 100-continue\nContent-Length: {BODY + 1}"), 413)
    peer.expect_closed()


@pytest.mark.parametrize("pieces", [1, 11, 100])
def test_a_chunked_body_that_grows_over_its_limit(peer, stand, pieces):
    count = len(stand.app.requests)
    size = BODY // pieces + 1
    chunk = f"{size:x}\r\n".encode() + b"x" * size + b"\r\n"
    response = ask(peer, "POST /app HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", chunk * pieces + b"0\r\n\r\n")
    check(response, 413)
    peer.expect_closed()
    assert len(stand.app.requests) == count, "cut off, it must not look whole to the backend"


def test_the_rest(peer, client, stand):
    for head, status in (("GET / HTTP/1.1\nHost : a", 400), ("POST /app HTTP/1.1\nHost: a\nExpect: x", 417),
                         ("GET https://a/app HTTP/1.1\nHost: a", 421), ("CONNECT a:1 HTTP/1.1\nHost: a:1", 501),
                         ("POST /app HTTP/1.1\nHost: a\nTransfer-Encoding: gzip", 501),
                         ("GET /app HTTP/2.0\nHost: a", 505)):
        one = client(stand.port())
        check(ask(one, head), status)
        one.expect_closed()
    # These are no reason to close.
    check(ask(peer, "GET /nowhere HTTP/1.1\nHost: a"), 404, closes=False)
    check(ask(peer, "TRACE /app HTTP/1.1\nHost: a"), 405, closes=False)
    check(ask(peer, "GET /nobody HTTP/1.1\nHost: a"), 502, closes=False)
    check(ask(peer, "GET /mute HTTP/1.1\nHost: a"), 504, closes=False)
    check(ask(peer, "GET /total HTTP/1.1\nHost: a"), 504, closes=False)
    assert ask(peer, "GET /app HTTP/1.1\nHost: a").status == 200


def test_a_rate_over_its_limit(peer):
    assert ask(peer, "GET /limited HTTP/1.1\nHost: a").status == 200
    refused = check(ask(peer, "GET /limited HTTP/1.1\nHost: a"), 429, closes=False)
    assert 50 <= int(refused.get("Retry-After")) <= 60


def test_backends_that_are_full(stand, client):
    """One request is under way, one waits, one finds the queue full."""
    under_way, waiting, refused = (client(stand.port()) for _ in range(3))
    request = b"GET /busy HTTP/1.1\r\nHost: a\r\n\r\n"
    under_way.send(request)
    time.sleep(0.1)
    waiting.send(request)
    time.sleep(0.05)
    refused.send(request)
    assert check(refused.read_response(timeout=0.2), 503, closes=False).get("Retry-After")
    assert check(waiting.read_response(timeout=2), 503, closes=False).get("Retry-After")


@pytest.mark.parametrize("head, status", [("HEAD /nowhere HTTP/1.1\nHost: a", 404), ("HEAD /nobody HTTP/1.1\nHost: a", 502)])
def test_an_error_to_head_has_no_body(peer, head, status):
    peer.send(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
    response = peer.read_response(to="HEAD")
    assert (response.status, int(response.get("Content-Length")) > 0) == (status, True)
    assert ask(peer, "GET /app HTTP/1.1\nHost: a").status == 200


def test_ids_differ(peer):
    ids = {ask(peer, "GET /nowhere HTTP/1.1\nHost: a").get("X-Request-Id") for _ in range(20)}
    assert len(ids) == 20 and all(len(one) == 32 for one in ids)


def test_a_client_that_takes_nothing(headgate, origin, client):
    """It is cut off after `body` without a byte taken, and its backend is free again."""
    gone = threading.Event()

    def endless(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        connection.socket.settimeout(20)
        try:
            while True:
                connection.socket.send(b"x" * 65536)
        except OSError:
            gone.set()

    gate = headgate(proxy_yaml(origin(endless), listener=LISTENER))
    peer = client(gate.port())
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert gone.wait(10)


def test_connections_of_one_client(headgate, origin, client):
    gate = headgate(proxy_yaml(origin(answering()), listener="limits: { connections_per_client: 2 }"))
    first, second, third = (client(gate.port()) for _ in range(3))
    assert first.get().status == second.get().status == 200
    third.wait_gone(timeout=2)
    other = client(gate.port(), source="127.0.0.2")
    assert other.get().status == 200
    first.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        again = client(gate.port())
        try:
            again.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert again.read_response().status == 200
            return
        except (AssertionError, OSError):
            time.sleep(0.05)
    raise AssertionError("a closed connection still counts")


def test_connections_of_a_listener(headgate, origin, client):
    """Beyond the bound clients wait until one leaves; nobody is refused."""
    gate = headgate(proxy_yaml(origin(answering()), listener="limits: { connections: 2 }"))
    first, second = client(gate.port()), client(gate.port())
    assert first.get().status == second.get().status == 200
    third = client(gate.port())
    third.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    third.expect_nothing(0.3)
    first.close()
    assert third.read_response(timeout=3).status == 200
