"""gRPC through headgate: real calls of grpcio on both sides, and what headgate itself answers to a call."""
import concurrent.futures
import contextlib
import time

import grpc
import pytest

from headgate_test import Headgate, proxy_yaml
from headgate_test.client import Client
from headgate_test.metrics import total
from headgate_test.stream import ConnectionReset, StreamEnded
from scenario_parts.grpc_peers import BOTH, DOWN, UNARY, UP, GrpcClient, GrpcServer
from scenario_parts.http2_origin import NEVER, http2_origin

CALL = (b"POST /test.Echo/Unary HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc+proto\r\nTE: trailers\r\n"
        b"%sContent-Length: 5\r\n\r\n\0\0\0\0\0")
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"


def unary(request, context):
    if request == b"abort":
        context.abort(grpc.StatusCode.NOT_FOUND, "none of that, 100%")
    if request == b"sleep":
        time.sleep(5)
    if request == b"left":
        return b"%d" % (context.time_remaining() * 1000)
    if request == b"metadata":
        context.send_initial_metadata((("x-first", "1"),))
        context.set_trailing_metadata((("x-last", "2"), ("x-raw-bin", b"\0\xff")))
        return dict(context.invocation_metadata())["x-asked"].encode()
    return b"echo " + request


def both(requests, context):
    for request in requests:
        yield b"<" + request + b">"


METHODS = {UNARY: unary, DOWN: lambda request, context: (request for _ in range(5)),
           UP: lambda requests, context: b"+".join(requests), BOTH: both}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(client, daemon, server)"""
    with contextlib.ExitStack() as stack:
        server = GrpcServer(METHODS)
        stack.callback(server.close)
        gate = Headgate(tmp_path_factory.mktemp("headgate"), proxy_yaml(server, pool="protocol: h2c"))
        stack.callback(gate.close)
        client = GrpcClient(gate.port())
        stack.callback(client.close)
        yield client, gate, server


def test_the_four_kinds_of_calls(world):
    client = world[0]
    assert client(UNARY, b"hi") == b"echo hi"
    assert list(client(DOWN, b"x")) == [b"x"] * 5
    assert client(UP, iter([b"a", b"b", b"c"])) == b"a+b+c"
    assert list(client(BOTH, iter([b"a", b"b"]))) == [b"<a>", b"<b>"]


def test_each_message_goes_at_once(world):
    """The second request is made of the first answer."""
    sent = []

    def requests():
        yield b"0"
        for number in range(1, 4):
            while len(sent) < number:
                time.sleep(0.001)
            yield b"%d" % number

    for answer in world[0](BOTH, requests()):
        sent.append(answer)
    assert sent == [b"<0>", b"<1>", b"<2>", b"<3>"]


def test_large_messages(world):
    request = bytes(range(256)) * 12_000  # 3 MiB, under grpcio's limit
    assert world[0](UNARY, request) == b"echo " + request


def test_status_and_metadata(world):
    with pytest.raises(grpc.RpcError) as raised:
        world[0](UNARY, b"abort")
    assert (raised.value.code(), raised.value.details()) == (grpc.StatusCode.NOT_FOUND, "none of that, 100%")
    answer, call = world[0].call(UNARY).with_call(b"metadata", metadata=(("x-asked", "yes"),))
    assert answer == b"yes" and dict(call.initial_metadata())["x-first"] == "1"
    assert dict(call.trailing_metadata()) == {"x-last": "2", "x-raw-bin": b"\0\xff"}


def test_deadlines(world):
    client = world[0]
    assert 15_000 < int(client(UNARY, b"left", timeout=20)) < 21_000  # grpcio rounds what it reads
    with pytest.raises(grpc.RpcError) as raised:
        client(UNARY, b"sleep", timeout=0.3)
    assert raised.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_cancelled_call_leaves_the_connection(world):
    client, gate, _ = world
    opened = total(gate.metrics(), "headgate_backend_connections_opened_total")
    stream = client(BOTH, iter(lambda: time.sleep(0.02) or b"x", None))
    assert next(stream) == b"<x>"
    stream.cancel()
    assert client(UNARY, b"on") == b"echo on"
    assert total(gate.metrics(), "headgate_backend_connections_opened_total") == opened


def test_a_server_that_leaves_again_and_again(tmp_path):
    """Connections of 100 ms each, ended by GOAWAY: no call is lost."""
    with contextlib.ExitStack() as stack:
        server = GrpcServer(METHODS, options=(("grpc.max_connection_age_ms", 100), ("grpc.max_connection_age_grace_ms", 1000)))
        stack.callback(server.close)
        gate = Headgate(tmp_path, proxy_yaml(server, pool="protocol: h2c\nretry: { attempts: 0 }"))
        stack.callback(gate.close)
        client = GrpcClient(gate.port())
        stack.callback(client.close)
        deadline = time.monotonic() + 1.5
        calls = 0
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            while time.monotonic() < deadline:
                answers = list(threads.map(lambda number: client(UNARY, b"%d" % number), range(16)))
                assert answers == [b"echo %d" % number for number in range(16)]
                calls += 16
        assert total(gate.metrics(), "headgate_backend_connections_opened_total") > 3
        assert total(gate.metrics(), "headgate_backend_failures_total") == 0


# What headgate answers itself.

ROUTES = """
workers: 1
listeners:
  web: {{ bind: 127.0.0.1:0 }}
pools:
  silent: {{ backends: ["{silent}"], protocol: h2c, retry: {{ attempts: 0 }} }}
  nobody: {{ backends: ["127.0.0.1:1"], protocol: h2c, retry: {{ attempts: 0 }} }}
  full:
    backends: [{{ address: "{silent}", max_requests: 1, id: full }}]
    protocol: h2c
    queue: {{ timeout: 5s }}
  drained: {{ backends: [{{ address: "{silent}", drain: true, id: drained }}], protocol: h2c }}
routes:
  - {{ match: {{ path: /limited }}, respond: {{ status: 200 }}, rate_limit: {{ by: client, rate: 1/m, burst: 1 }} }}
  - {{ match: {{ path: /silent }}, pool: silent, timeouts: {{ response: 200ms }} }}
  - {{ match: {{ path: /patient }}, pool: silent }}
  - {{ match: {{ path: /nobody }}, pool: nobody }}
  - {{ match: {{ path: /full }}, pool: full }}
  - {{ match: {{ path: /drained }}, pool: drained }}
admin: {{ bind: 127.0.0.1:0 }}
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """ask(path, fields) -> the answer to a call, which comes over HTTP/1.1 so that all of it can be seen."""
    seen = []

    def silent(peer):
        with contextlib.suppress(StreamEnded, ConnectionReset):
            while True:
                seen.append(peer.wait_request(NEVER))

    origin = http2_origin(silent)
    gate = Headgate(tmp_path_factory.mktemp("own"), ROUTES.format(silent=origin.address))

    def ask(path, fields=b"", content_type=b"application/grpc+proto"):
        peer = Client.connect(gate.port())
        text = CALL.replace(b"/test.Echo/Unary", path).replace(b"application/grpc+proto", content_type)
        peer.send(text % fields)
        return peer

    ask.seen = seen
    yield ask
    gate.close()
    origin.close()


@pytest.mark.parametrize("path, status", [(b"/none", 12), (b"/silent", 14), (b"/nobody", 14), (b"/drained", 14)])
def test_errors_of_its_own(own, path, status):
    """404, 504, 502, 503: a Trailers-Only answer with what they mean to a call."""
    answer = own(path).read_response()
    assert (answer.status, answer.get("Content-Type"), answer.body) == (200, "application/grpc", b"")
    assert answer.get("grpc-status") == str(status) and answer.get("grpc-message")


def test_a_rate_limit_of_its_own(own):
    answers = [own(b"/limited").read_response() for _ in range(2)]
    assert answers[1].get("grpc-status") == "14" and answers[1].get("Retry-After")


def test_who_does_not_call_is_answered_as_ever(own):
    answer = own(b"/none", content_type=b"text/plain").read_response()
    assert answer.status == 404 and answer.get("grpc-status") is None


@pytest.mark.parametrize("path", [b"/patient", b"/full"])
def test_the_callers_deadline(own, path):
    """At the backend and in the queue alike; it is DEADLINE_EXCEEDED, where the route's own would be UNAVAILABLE."""
    before = len(own.seen)
    holder = own(path) if path == b"/full" else None
    deadline = time.monotonic() + 10
    while holder and len(own.seen) == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    started = time.monotonic()
    answer = own(path, b"grpc-timeout: 300m\r\n").read_response()
    assert (answer.status, answer.get("grpc-status")) == (200, "4")
    assert time.monotonic() - started >= 0.3


def test_the_backend_is_told_what_is_left(own):
    before = len(own.seen)
    own(b"/patient", b"grpc-timeout: 400m\r\n").read_response()
    left = own.seen[before].get("grpc-timeout")
    assert left[-1] in "nu" and 0 < int(left[:-1]) * {"n": 1, "u": 1000}[left[-1]] <= 400_000_000


def test_a_timeout_that_cannot_be_read_is_the_backends_matter(own):
    before = len(own.seen)
    peer = own(b"/silent", b"grpc-timeout: soon\r\n")
    assert peer.read_response().get("grpc-status") == "14"
    assert own.seen[before].get("grpc-timeout") == "soon"


# Checks.

def health(answers):
    def check(request, context):
        service = request[2:].decode()
        if service not in answers:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such service")
        return answers[service]

    return check


@pytest.mark.parametrize("key, up, why", [
    ("grpc: {}", 1, "grpc SERVING"), ("grpc: { service: shop.Orders }", 1, "grpc SERVING"),
    ("grpc: { service: sad }", 0, "grpc NOT_SERVING"), ("grpc: { service: gone }", 0, "grpc-status 5 (NOT_FOUND)"),
    ("http: { path: /grpc.health.v1.Health/Check }", None, "HTTP "),
])
def test_checks(tmp_path, key, up, why):
    server = GrpcServer(METHODS, health=health({"": SERVING, "shop.Orders": SERVING, "sad": NOT_SERVING}))
    with contextlib.closing(server):
        gate = Headgate(tmp_path, proxy_yaml(server, pool=f"protocol: h2c\nhealth: {{ {key}, interval: 50ms }}"))
        with contextlib.closing(gate):
            deadline = time.monotonic() + 10
            while why not in str(gate.status()):
                assert time.monotonic() < deadline, gate.status()
                time.sleep(0.02)
            if up is not None:
                assert total(gate.metrics(), "headgate_backend_up") == up


def test_a_check_of_a_server_without_health(tmp_path):
    with contextlib.closing(GrpcServer(METHODS)) as server:
        gate = Headgate(tmp_path, proxy_yaml(server, pool="protocol: h2c\nhealth: { grpc: {}, interval: 50ms }"))
        with contextlib.closing(gate):
            gate.wait_log("is down: the backend has no grpc.health.v1.Health")
