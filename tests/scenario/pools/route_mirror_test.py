"""Copies of requests to another pool."""
import time

from headgate_test import answering, metrics
from scenario_parts.backends import Gated, respond, serving
from scenario_parts.watching import wait_until


class Noting:
    """Keeps what it was asked."""

    def __init__(self, body=b"shadow"):
        self.requests = []
        self.body = body

    def __call__(self, connection):
        serving(self._answer)(connection)

    def _answer(self, connection, request):
        self.requests.append((request.method, request.target, request.body, request.get("X-Kind")))
        respond(connection, self.body)


def site(origin, app, shadow, mirror):
    return (f"workers: 1\nlisteners: {{ web: {{ bind: 127.0.0.1:0 }} }}\npools:\n"
            f'  app: {{ backends: ["{origin(app).address}"] }}\n'
            f'  shadow: {{ backends: ["{origin(shadow).address}"], retry: {{ attempts: 0 }} }}\n'
            f"routes:\n  - {{ pool: app, mirror: {mirror} }}\nadmin: {{ bind: 127.0.0.1:0 }}\n")


def mirrored(gate, outcome):
    return metrics.total(gate.metrics(), "headgate_route_mirrored_total", outcome=outcome)


def test_a_share_of_the_requests_goes_there_as_well(headgate, origin, client):
    shadow = Noting()
    gate = headgate(site(origin, answering(body=b"app"), shadow, "{ pool: shadow, share: 25% }"))
    peer = client(gate.port())
    for number in range(20):
        assert peer.get(f"/{number}?q", fields=["X-Kind: a"]).body == b"app"
    wait_until(lambda: len(shadow.requests) == 5)
    assert {request[0] for request in shadow.requests} == {"GET"}
    assert all(request[1].endswith("?q") and request[3] == "a" for request in shadow.requests)
    assert mirrored(gate, "sent") == 5


def test_the_client_does_not_wait_for_a_shadow_that_hangs(headgate, origin, client):
    shadow = Gated()
    gate = headgate(site(origin, answering(body=b"app"), shadow, "{ pool: shadow }"))
    peer = client(gate.port())
    for _ in range(300):
        assert peer.get().body == b"app"
    assert mirrored(gate, "sent") == 256 and mirrored(gate, "busy") == 44
    shadow.open()
    wait_until(lambda: shadow.waiting == 0)


def test_a_shadow_that_is_not_there_is_nobodys_failure(headgate, origin, client):
    text = site(origin, answering(body=b"app"), answering(), "{ pool: shadow }")
    gate = headgate(text.replace(text.split("shadow: { backends: [\"")[1].split("\"")[0], "127.0.0.1:1"))
    peer = client(gate.port())
    for _ in range(5):
        assert peer.get().body == b"app"


def test_bodies_are_copied_up_to_a_bound(headgate, origin, client):
    app, shadow = Noting(b"app"), Noting()
    gate = headgate(site(origin, app, shadow, "{ pool: shadow }"))
    peer = client(gate.port())
    for length in (1, 65536, 65537):
        peer.send(b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (length, length) + b"x" * length)
        assert peer.read_response().body == b"app"
        peer.send(b"POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % (length, length) +
                  b"x" * length + b"\r\n0\r\n\r\n")
        assert peer.read_response().body == b"app"
    wait_until(lambda: len(shadow.requests) == 4)
    assert [len(request[2]) for request in app.requests] == [1, 1, 65536, 65536, 65537, 65537]
    assert sorted(len(request[2]) for request in shadow.requests) == [1, 1, 65536, 65536]
    assert all(set(request[2]) == {ord("x")} for request in shadow.requests)
    assert mirrored(gate, "too_large") == 2


def test_a_body_that_does_not_end_is_not_sent_on(headgate, origin, client):
    shadow = Noting()
    gate = headgate(site(origin, answering(body=b"app"), shadow, "{ pool: shadow }"))
    peer = client(gate.port())
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
    time.sleep(0.1)
    peer.close()
    wait_until(lambda: mirrored(gate, "incomplete") == 1)
    assert shadow.requests == []
