"""What an h2c backend may do wrong, or say at the wrong time: nothing is lost that need not be, nothing malformed is
handed on, and one stream's trouble is not another's."""
import struct
import threading
import time

import pytest

from headgate_test import proxy_yaml
from scenario_parts.http2_origin import NEVER, answering_http2, http2_origin
from headgate_test.http_message import read_head
from headgate_test.metrics import total
from headgate_test.stream import ConnectionReset, StreamEnded

PROTOCOL_ERROR, INTERNAL_ERROR, REFUSED_STREAM, ENHANCE_YOUR_CALM = 1, 2, 7, 11
HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 1, 3, 4, 6, 7, 8, 9
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
NO_RETRY = "retry: { attempts: 0 }"


@pytest.fixture
def serve(headgate):
    origins = []

    def make(handler, pool="", route="", **options):
        made = http2_origin(handler)
        origins.append(made)
        return headgate(proxy_yaml(made, pool=f"protocol: h2c\n{pool}", route=route, **options)), made

    yield make
    for made in origins:
        made.close()


def in_turn(*handlers):
    return lambda peer: handlers[min(peer.number, len(handlers) - 1)](peer)


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


# Requests that the backend did not look at.

def leaves_before(peer):
    """GOAWAY that names no request as seen, after the whole request came."""
    request = peer.wait_request(whole=True)
    peer.raw(frame(GOAWAY, 0, 0, struct.pack(">II", request.stream - 2 if request.stream > 1 else 0, 0)))
    peer.wait_gone()


def refuses(peer):
    request = peer.wait_request(whole=True)
    peer.reset(request, REFUSED_STREAM)
    answering_http2(body=b"again\n")(peer)


@pytest.mark.parametrize("unseen", [leaves_before, refuses], ids=["goaway", "refused"])
@pytest.mark.parametrize("request_text", [GET, POST % 5 + b"hello", POST % 65_536 + b"x" * 65_536],
                         ids=["get", "post", "a post of what is kept"])
def test_what_was_not_looked_at_is_sent_again(serve, client, unseen, request_text):
    """Whatever its method, even without retries: nobody has seen it."""
    bodies = []

    def answer(peer):
        request = peer.wait_request(whole=True)
        bodies.append(request.body)
        peer.answer(request, 200, body=b"again\n")
        peer.wait_gone()

    gate, app = serve(in_turn(unseen, answer), NO_RETRY)
    peer = client(gate.port())
    peer.send(request_text)
    assert peer.read_response().body == b"again\n"
    if unseen is leaves_before:
        assert bodies == [request_text.partition(b"\r\n\r\n")[2]] and len(app.connections) == 2
    assert total(gate.metrics(), "headgate_backend_failures_total") == 0
    assert total(gate.metrics(), "headgate_pool_retries_total") == 1


def test_a_body_beyond_what_is_kept_is_not_sent_again(serve, client):
    gate, app = serve(refuses, NO_RETRY)
    peer = client(gate.port())
    peer.send(POST % 65_537 + b"x" * 65_537)
    assert peer.read_response().status == 503
    assert len(app.connections) == 1


def test_who_refuses_for_ever(serve, client):
    """Once for nothing, and then as often as `attempts` says."""
    refused = []

    def refuse_all(peer):
        try:
            while True:
                refused.append(peer.wait_request(NEVER))
                peer.reset(refused[-1], REFUSED_STREAM)
        except (StreamEnded, ConnectionReset):
            pass

    gate, app = serve(refuse_all, "retry: { attempts: 2 }")
    assert client(gate.port()).get().status == 503
    assert len(refused) == 4 and len(app.connections) == 1


def test_goaway_lets_run_what_runs(serve, client):
    """Streams up to the last one are answered on the old connection; a new request opens another."""
    answered = threading.Event()

    def leave(peer):
        request = peer.wait_request()
        peer.raw(frame(GOAWAY, 0, 0, struct.pack(">II", request.stream, 0)))
        while not answered.is_set():
            try:
                peer.step(0.05)
            except TimeoutError:
                pass
        peer.answer(request, 200, body=b"old")
        peer.wait_gone()

    gate, app = serve(in_turn(leave, answering_http2(body=b"new")))
    first, second = client(gate.port()), client(gate.port())
    first.send(GET)
    app.wait_connections(1)
    while second.get().body != b"new":  # the GOAWAY may be under way still: then it is sent again
        pass
    answered.set()
    assert first.read_response().body == b"old"
    assert len(app.connections) == 2


# Requests that it may have seen.

def cuts(peer):
    peer.wait_request(whole=True)
    peer.stream.close()


def resets(peer):
    request = peer.wait_request(whole=True)
    peer.reset(request, INTERNAL_ERROR)
    answering_http2()(peer)


@pytest.mark.parametrize("fails", [cuts, resets])
@pytest.mark.parametrize("request_text, retries, status", [
    (GET, "retry: { attempts: 1 }", 200), (GET, NO_RETRY, 502), (POST % 1 + b"x", "retry: { attempts: 1 }", 502)])
def test_what_may_have_been_seen(serve, client, fails, request_text, retries, status):
    gate, _ = serve(in_turn(fails, answering_http2()), retries)
    peer = client(gate.port())
    peer.send(request_text)
    assert peer.read_response().status == status
    assert total(gate.metrics(), "headgate_backend_failures_total") >= 1


def test_a_connection_that_was_closed_while_idle(serve, client):
    """That says nothing against the backend, and costs no retry."""
    def answer_once(peer):
        peer.answer(peer.wait_request(), 200)
        peer.wait_request()
        peer.stream.close()

    gate, app = serve(in_turn(answer_once, answering_http2()), NO_RETRY)
    peer = client(gate.port())
    assert peer.get().status == 200 and peer.get().status == 200
    assert len(app.connections) == 2 and total(gate.metrics(), "headgate_backend_failures_total") == 0


def test_nobody_listens(headgate, client):
    gate = headgate(proxy_yaml("127.0.0.1:1", pool="protocol: h2c"))
    assert client(gate.port()).get().status == 502
    assert total(gate.metrics(), "headgate_backend_connect_failures_total") >= 1


def test_no_answer_in_time(serve, client):
    def silent(peer):
        peer.wait_gone()

    gate, _ = serve(silent, NO_RETRY, route="timeouts: { response: 200ms }")
    assert client(gate.port()).get().status == 504


def test_a_body_that_stops(serve, client):
    """The client sees that the answer is not whole."""
    def stop(peer):
        request = peer.wait_request()
        peer.head(request, 200, [("content-length", "10")])
        peer.send(request, b"12345")
        peer.wait_gone()

    gate, _ = serve(stop, NO_RETRY, route="timeouts: { response: 200ms }")
    peer = client(gate.port())
    peer.send(GET)
    assert read_head(peer).status == 200
    with pytest.raises((StreamEnded, ConnectionReset)):
        peer.read_exactly(10)


def test_a_body_that_is_cut(serve, client):
    """One stream is reset in the middle, and the other of the same connection is not harmed."""
    def cut(peer):
        first, second = peer.wait_request(), peer.wait_request()
        peer.head(first, 200)
        peer.send(first, b"12345")
        peer.head(second, 200)
        peer.reset(first, INTERNAL_ERROR)
        peer.send(second, b"whole", ends=True)
        peer.wait_gone()

    gate, app = serve(cut, NO_RETRY)
    peers = [client(gate.port()), client(gate.port())]
    bodies = []
    for peer in peers:
        peer.send(GET)
    for peer in peers:
        try:
            bodies.append(peer.read_response().body)
        except (StreamEnded, ConnectionReset):
            bodies.append(None)
    assert sorted(bodies, key=str) == [None, b"whole"] and len(app.connections) == 1


def test_a_connection_that_is_dead(serve, client):
    """A request without an answer has the connection asked by PING whether it lives; after 5 s it is given up."""
    deaf = threading.Event()

    def handle(peer):
        if peer.number == 0:
            assert deaf.wait(30)
        else:
            answering_http2()(peer)

    gate, app = serve(handle, NO_RETRY, route="timeouts: { response: 200ms }")
    peer = client(gate.port())
    assert peer.get().status == 504 and len(app.connections) == 1
    started = time.monotonic()
    while (status := peer.get().status) == 504:  # each of them waits for its own time
        assert time.monotonic() < started + 20
    assert status in (200, 502) and time.monotonic() > started + 4
    assert peer.get().status == 200 and len(app.connections) == 2
    deaf.set()


# What is malformed.

OK = (":status", "200")
MALFORMED = {
    "no status": [("a", "1")],
    "status of letters": [(":status", "abc")],
    "status 99": [(":status", "99")],
    "status 101": [(":status", "101")],
    "two statuses": [OK, OK],
    "a pseudo-field of requests": [OK, (":path", "/")],
    "a pseudo-field after a field": [("a", "1"), OK],
    "upper case": [OK, ("Upper", "1")],
    "connection": [OK, ("connection", "close")],
    "transfer-encoding": [OK, ("transfer-encoding", "chunked")],
    "upgrade": [OK, ("upgrade", "h2c")],
    "a line feed in a value": [OK, ("a", "1\nb: 2")],
    "a carriage return in a value": [OK, ("a", "1\r\nb: 2")],
    "a zero in a value": [OK, ("a", "1\x00")],
    "a space in a name": [OK, ("a b", "1")],
    "an empty name": [OK, ("", "1")],
    "two lengths": [OK, ("content-length", "1"), ("content-length", "2")],
    "a length of letters": [OK, ("content-length", "x")],
    "a negative length": [OK, ("content-length", "-1")],
}


@pytest.fixture(scope="module")
def malformed_stage(tmp_path_factory):
    """Answers with the fields that the path names, on one connection for all."""
    from headgate_test import Headgate

    def handle(peer):
        try:
            while True:
                request = peer.wait_request(NEVER)
                fields = MALFORMED[request.get(":path")[1:].replace("_", " ")]
                block = peer.h2.encoder.encode(fields, huffman=False)
                peer.raw(frame(HEADERS, 5, request.stream, block))
        except (StreamEnded, ConnectionReset):
            pass

    made = http2_origin(handle)
    gate = Headgate(tmp_path_factory.mktemp("malformed"), proxy_yaml(made, pool=f"protocol: h2c\n{NO_RETRY}"))
    yield gate
    gate.close()
    made.close()


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_heads_are_not_handed_on(malformed_stage, client, name):
    answer = client(malformed_stage.port()).get("/" + name.replace(" ", "_"))
    assert answer.status == 502 and answer.get("b") is None


@pytest.mark.parametrize("length, body", [("5", b"1234"), ("5", b"123456")])
def test_a_length_that_is_not_the_bodys(serve, client, length, body):
    """Told before the head goes on it is a 502; afterwards the answer is cut."""
    def lie(peer):
        request = peer.wait_request()
        peer.head(request, 200, [("content-length", length)])
        peer.raw(frame(0, 1, request.stream, body))
        peer.wait_gone()

    gate, _ = serve(lie, NO_RETRY)
    peer = client(gate.port())
    peer.send(GET)
    try:
        answer = peer.read_response()
        assert answer.status == 502
    except (StreamEnded, ConnectionReset):
        pass
    assert total(gate.metrics(), "headgate_backend_failures_total") == 1


@pytest.mark.parametrize("fields, status", [(100, 200), (101, 502)])
def test_fields_of_a_head_are_bounded(serve, client, fields, status):
    def many(peer):
        peer.answer(peer.wait_request(), 200, [(f"x-{number}", "1") for number in range(fields)])
        peer.wait_gone()

    gate, _ = serve(many, NO_RETRY)
    assert client(gate.port()).get().status == status


# What makes work for nothing, and what is no HTTP/2: the connection ends, the requests on it are answered.

def flood(*frames):
    def handle(peer):
        request = peer.wait_request()
        try:
            for each in frames:
                peer.stream.send(each(request.stream))
            peer.wait_gone()
        except (StreamEnded, ConnectionReset, OSError):
            pass
        codes.append(peer.goaway.error_code if peer.goaway else None)

    codes = []
    return handle, codes


def head_without_end(stream):
    return frame(HEADERS, 1, stream, b"\x88") + b"".join(frame(CONTINUATION, 0, stream, b"") for _ in range(1000))


@pytest.mark.parametrize("sends, code", [
    (lambda stream: frame(PING, 0, 0, bytes(8)) * 10_000, ENHANCE_YOUR_CALM),
    (lambda stream: frame(SETTINGS, 0, 0) * 10_000, ENHANCE_YOUR_CALM),
    (lambda stream: frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)) * 100_000, ENHANCE_YOUR_CALM),
    (head_without_end, ENHANCE_YOUR_CALM),
    (lambda stream: frame(HEADERS, 4, stream, b"\x88") + frame(0, 0, stream) * 10_000, ENHANCE_YOUR_CALM),
    (lambda stream: b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", None),
    (lambda stream: frame(0, 0, 0, b"x"), PROTOCOL_ERROR),
], ids=["pings", "settings", "window updates", "continuations", "empty data", "HTTP/1.1", "data on no stream"])
def test_floods_and_nonsense_end_the_connection(serve, client, sends, code):
    handle, codes = flood(sends)
    gate, app = serve(in_turn(handle, answering_http2()), NO_RETRY)
    peer = client(gate.port())
    peer.send(GET)
    try:
        assert peer.read_response().status in (200, 502)  # 200: the head had come
    except (StreamEnded, ConnectionReset):
        pass
    assert client(gate.port()).get().status == 200
    assert len(app.connections) == 2
    if code is not None and codes:
        assert codes[0] == code
