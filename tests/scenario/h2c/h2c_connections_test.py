"""Connections to an h2c backend: shared by requests, opened when they are full, ended in good order."""
import threading
import time

import pytest

from headgate_test import proxy_yaml
from scenario_parts.http2_origin import answering_http2, http2_origin
from headgate_test.http_message import read_head
from headgate_test.metrics import total

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
PATIENCE = 10


@pytest.fixture
def serve(headgate):
    """serve(handler) starts both and returns (daemon, origin)."""
    origins = []

    def make(handler, pool="", settings=None, **options):
        made = http2_origin(handler, settings)
        origins.append(made)
        return headgate(proxy_yaml(made, pool=f"protocol: h2c\n{pool}", **options)), made

    yield make
    for made in origins:
        made.close()


class Held:
    """A handler that answers the first requests of the first connection, and keeps all others until release()."""

    def __init__(self, at_once=0):
        self.at_once = at_once
        self.counts = {}
        self._released = threading.Event()

    def __call__(self, peer):
        left = self.at_once if peer.number == 0 else 0
        while not self._released.is_set():
            try:
                peer.step(0.05)
            except TimeoutError:
                pass
            while left and peer.unseen:
                left -= 1
                peer.answer(peer.wait_request())
            self.counts[peer.number] = len(peer.unseen)
        while peer.unseen:
            peer.answer(peer.wait_request(), 200, body=b"late")
        answering_http2()(peer)

    def wait(self, count):
        wait_until(lambda: sum(self.counts.values()) >= count)
        return sorted(self.counts.values(), reverse=True)

    def release(self):
        self._released.set()


def ask(gate, client, count):
    peers = [client(gate.port()) for _ in range(count)]
    for peer in peers:
        peer.send(GET)
    return peers


def wait_until(holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "did not come about in time"
        time.sleep(0.02)


def figure(gate, name):
    return total(gate.metrics(), f"headgate_backend_{name}")


def test_requests_share_a_connection(serve, client):
    """Thirty at once, before the first connection even stands, and one after the other."""
    held = Held()
    gate, app = serve(held)
    peers = ask(gate, client, 30)
    assert held.wait(30) == [30]
    assert (figure(gate, "requests_in_flight"), figure(gate, "connections_open")) == (30, 1)
    held.release()
    assert [peer.read_response().body for peer in peers] == [b"late"] * 30
    assert peers[0].get().status == 200
    assert len(app.connections) == 1
    assert (figure(gate, "requests_total"), figure(gate, "requests_in_flight")) == (31, 0)
    assert (figure(gate, "connections_opened_total"), figure(gate, "connections_reused_total")) == (1, 30)


@pytest.mark.parametrize("asked, shares", [(3, [3]), (4, [3, 1])])
def test_no_more_streams_than_the_backend_allows(serve, client, asked, shares):
    """SETTINGS_MAX_CONCURRENT_STREAMS, known from the first answer on; one more opens another connection."""
    held = Held(at_once=1)
    gate, _ = serve(held, settings={3: 3})
    client(gate.port()).get()
    peers = ask(gate, client, asked)
    assert held.wait(asked) == shares
    held.release()
    assert all(peer.read_response().status == 200 for peer in peers)


@pytest.mark.parametrize("limit, statuses", [(2, [200] * 4), (1, [200, 200, 200, 503])])
def test_connections_max(serve, client, limit, statuses):
    """Beyond it there is no room for a fourth stream: 503, as for a pool of HTTP/1 backends."""
    held = Held(at_once=1)
    gate, _ = serve(held, f"connections: {{ max: {limit} }}\nretry: {{ attempts: 0 }}", {3: 3})
    client(gate.port()).get()
    peers = ask(gate, client, 4)
    held.wait(statuses.count(200))
    if 503 in statuses:
        wait_until(lambda: total(gate.metrics(), "headgate_route_responses_total", **{"class": "5xx"}) == 1)
    held.release()
    assert sorted(peer.read_response().status for peer in peers) == statuses


def test_max_requests_counts_streams(serve, client):
    held = Held()
    gate, app = serve(held)
    yaml = gate.file.read_text().replace(f'["{app.address}"]', f'[{{ address: "{app.address}", max_requests: 2 }}]')
    assert gate.reload(yaml) == "reloaded"
    peers = ask(gate, client, 3)
    held.wait(2)
    wait_until(lambda: total(gate.metrics(), "headgate_pool_waiting") == 1)
    held.release()
    assert all(peer.read_response().status == 200 for peer in peers)


@pytest.mark.parametrize("keys", ["idle: 0", "idle_timeout: 100ms"])
def test_idle_connections_are_closed(serve, client, keys):
    """GOAWAY, and then the end; the next request opens another."""
    gone = threading.Event()

    def handle(peer):
        peer.answer(peer.wait_request())
        peer.wait_gone()
        assert peer.goaway is not None and peer.goaway.error_code == 0
        gone.set()

    gate, app = serve(handle, f"connections: {{ {keys} }}")
    peer = client(gate.port())
    assert peer.get().status == 200 and gone.wait(PATIENCE)
    assert peer.get().status == 200 and len(app.connections) == 2


@pytest.mark.parametrize("how", ["disable", "leave"])
def test_who_leaves_ends_its_streams_first(serve, client, how):
    """A disabled backend, or one that the pool does not have any more: what runs runs to its end, then it is closed."""
    held = Held()
    gate, app = serve(held)
    other = http2_origin(answering_http2())
    try:
        peers = ask(gate, client, 2)
        held.wait(2)
        if how == "leave":
            assert gate.reload(gate.file.read_text().replace(app.address, other.address)) == "reloaded"
        else:
            yaml = gate.file.read_text().replace(f'["{app.address}"]',
                                                 f'["{other.address}", {{ address: "{app.address}", drain: true }}]')
            assert gate.reload(yaml) == "reloaded"
        assert client(gate.port()).get().status == 200
        assert len(app.connections) == 1
        held.release()
        assert [peer.read_response().body for peer in peers] == [b"late"] * 2
        if how == "leave":
            wait_until(lambda: app.connections[0].socket.fileno() == -1)
    finally:
        other.close()


def test_a_client_that_leaves_cancels_its_stream_alone(serve, client):
    cancelled = threading.Event()

    def handle(peer):
        first, second = peer.wait_request(), peer.wait_request()
        while first.reset is None and second.reset is None:
            peer.step()
        kept = second if second.reset is None else first
        assert {first.reset, second.reset} == {None, 8}
        cancelled.set()
        peer.answer(kept, 200, body=b"kept")
        answering_http2()(peer)

    gate, app = serve(handle)
    peers = ask(gate, client, 2)
    wait_until(lambda: figure(gate, "requests_in_flight") == 2)
    peers[0].close()
    assert cancelled.wait(PATIENCE)
    assert peers[1].read_response().body == b"kept"
    assert peers[1].get().status == 200 and len(app.connections) == 1


def test_a_client_that_leaves_in_the_middle_of_an_answer(serve, client):
    """The stream is reset, what had come for it is not counted against the others' window, and the connection goes on."""
    def handle(peer):
        request = peer.wait_request()
        peer.head(request, 200)
        peer.send(request, b"x" * 60_000)
        peer.wait(lambda: request.reset is not None)
        assert request.reset == 8
        answering_http2(body=b"y" * 200_000)(peer)

    gate, app = serve(handle)
    leaver = client(gate.port())
    leaver.send(GET)
    read_head(leaver)
    leaver.close()
    assert client(gate.port()).get().body == b"y" * 200_000
    assert len(app.connections) == 1


def test_no_more_streams_than_headgate_allows(serve, client):
    """128, whatever the backend would take; the next one opens another connection."""
    held = Held(at_once=1)
    gate, _ = serve(held, settings={3: 1000})
    client(gate.port()).get()
    peers = ask(gate, client, 128)
    assert held.wait(128) == [128]
    peers += ask(gate, client, 1)
    assert held.wait(129) == [128, 1]
    held.release()
    assert all(peer.read_response().status == 200 for peer in peers)


def test_a_quiet_connection_is_asked_whether_it_lives(serve, client):
    """With the next request, once nothing has come from the backend for 10 s."""
    asked = []  # of each request: the connection, and how many pings had come on it

    def handle(peer):
        while True:
            request = peer.wait_request(timeout=30)
            asked.append((peer.number, peer.pings))
            peer.answer(request, 200, body=b"ok")

    gate, _ = serve(handle)
    asking = client(gate.port())
    assert asking.get().status == asking.get().status == 200
    time.sleep(10.2)
    assert asking.get().status == 200
    assert asked == [(0, 0), (0, 0), (0, 1)]


def test_a_refused_stream_is_remembered_for_a_second(serve, client):
    """While it is, the connection gets no more at once than it took; here there may be no other."""
    seen = []

    def handle(peer):
        while True:
            request = peer.wait_request(timeout=30)
            seen.append(request.get(":path"))
            if seen[-1] == "/refused":
                peer.h2.reset_stream(request.stream, error_code=7)
                peer.flush()
            elif seen[-1] != "/held":
                peer.answer(request, 200, body=b"ok")

    gate, _ = serve(handle, pool="connections: { max: 1 }\n")

    def get(path):
        asking = client(gate.port())
        asking.send(GET.replace(b"/", path.encode(), 1))
        return asking

    get("/held")
    wait_until(lambda: seen == ["/held"])
    refused = get("/refused").read_response().status
    before = time.monotonic()
    at_once = get("/second").read_response().status
    if time.monotonic() - before < 0.5:  # a machine that stood still has nothing to say of it
        assert (refused, at_once) == (503, 503) and "/second" not in seen, seen
    time.sleep(1.1)
    assert get("/third").read_response().status == 200
    assert seen[-1] == "/third"
