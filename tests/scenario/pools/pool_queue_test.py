"""Requests that wait for a backend with room, and connections that have their limits."""
import threading
import time

from headgate_test import answering, curl, proxy_yaml
from scenario_parts.backends import Gated, respond, serving
from scenario_parts.watching import pool_of, wait_until

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def limited_yaml(app, requests, queue="", **options):
    yaml = proxy_yaml(app, pool=f"queue: {{ {queue} }}" if queue else "", **options)
    return yaml.replace(f'["{app.address}"]', f'[{{ address: "{app.address}", id: app, max_requests: {requests} }}]')


def test_requests_wait_for_room(headgate, origin, client):
    app = Gated()
    gate = headgate(limited_yaml(origin(app), 2))
    peers = [client(gate.port()) for _ in range(7)]
    for peer in peers:
        peer.send(REQUEST)
    wait_until(lambda: pool_of(gate)["waiting"] == 5 and app.waiting == 2)
    assert pool_of(gate)["backends"][0]["requests_in_flight"] == 2
    app.open()
    assert [peer.read_response().status for peer in peers] == [200] * 7
    assert app.most == 2
    row = pool_of(gate)
    assert (row["queued"], row["waiting"], row["requests"]) == (5, 0, 7)


def test_first_come_first_served(headgate, origin, client):
    order = []

    def answer(connection, request):
        order.append(request.target)
        time.sleep(0.05)
        respond(connection)

    gate = headgate(limited_yaml(origin(serving(answer)), 1))
    peers = []
    for number in range(5):
        peers.append(client(gate.port()))
        peers[-1].send(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
        wait_until(lambda: pool_of(gate)["requests"] >= len(peers))
    for peer in peers:
        assert peer.read_response().status == 200
    assert order == ["/0", "/1", "/2", "/3", "/4"]


def test_waits_no_longer_than_the_timeout(headgate, origin, client):
    app = Gated()
    gate = headgate(limited_yaml(origin(app), 1, "timeout: 300ms") + "access_log: { file: stdout }\n")
    first, second = client(gate.port()), client(gate.port())
    first.send(REQUEST)
    wait_until(lambda: app.waiting)
    started = time.monotonic()
    answer = second.get()
    assert answer.status == 503 and 0.25 < time.monotonic() - started < 3
    assert answer.get("Retry-After") in ("1", "2")
    assert pool_of(gate)["queue_timeouts"] == 1
    app.open()
    assert first.read_response().status == 200
    assert second.get().status == 200, "the client's connection was kept"


def test_a_full_queue_refuses_at_once(headgate, origin, client):
    app = Gated()
    gate = headgate(limited_yaml(origin(app), 1, "size: 1"))
    peers = [client(gate.port()) for _ in range(2)]
    for peer in peers:
        peer.send(REQUEST)
    wait_until(lambda: pool_of(gate)["waiting"] == 1)
    started = time.monotonic()
    assert client(gate.port()).get().status == 503
    assert time.monotonic() - started < 2
    assert pool_of(gate)["queue_overflows"] == 1
    app.open()
    assert [peer.read_response().status for peer in peers] == [200, 200]


def test_size_zero_lets_none_wait(headgate, origin, client):
    app = Gated()
    gate = headgate(limited_yaml(origin(app), 1, "size: 0"))
    first = client(gate.port())
    first.send(REQUEST)
    wait_until(lambda: app.waiting)
    assert client(gate.port()).get().status == 503
    app.open()
    assert first.read_response().status == 200


def test_who_leaves_the_queue_takes_no_place(headgate, origin, client):
    app = Gated()
    gate = headgate(limited_yaml(origin(app), 1))
    peers = [client(gate.port()) for _ in range(3)]
    for number, peer in enumerate(peers):
        peer.send(REQUEST)
        wait_until(lambda: pool_of(gate)["requests"] == number + 1)
    peers[1].close()
    wait_until(lambda: pool_of(gate)["waiting"] == 1)
    app.open()
    assert peers[0].read_response().status == 200
    assert peers[2].read_response().status == 200
    wait_until(lambda: pool_of(gate)["backends"][0]["requests_in_flight"] == 0)


def test_slots_pass_between_workers(headgate, origin):
    app = Gated()
    served = origin(app)
    gate = headgate(limited_yaml(served, 1).replace("workers: 1", "workers: 3"))
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(curl(f"http://127.0.0.1:{gate.port()}/").status))
               for _ in range(12)]
    for thread in threads:
        thread.start()
    wait_until(lambda: pool_of(gate)["waiting"] == 11)
    app.open()
    for thread in threads:
        thread.join()
    assert answers == [200] * 12 and app.most == 1


def test_connections_have_a_maximum(headgate, origin, client):
    app = Gated()
    served = origin(app)
    gate = headgate(proxy_yaml(served, pool="connections: { max: 2 }\nretry: { attempts: 0 }"))
    peers = [client(gate.port()) for _ in range(2)]
    for peer in peers:
        peer.send(REQUEST)
    wait_until(lambda: app.waiting == 2)
    assert client(gate.port()).get().status == 503
    assert pool_of(gate)["backends"][0]["connections_open"] == 2
    app.open()
    assert [peer.read_response().status for peer in peers] == [200, 200]
    assert client(gate.port()).get().status == 200
    assert len(served.connections) == 2


def test_the_connection_used_last_is_used_first(headgate, origin, client):
    app = Gated()
    served = origin(app)
    gate = headgate(proxy_yaml(served))
    peers = [client(gate.port()) for _ in range(3)]
    for peer in peers:
        peer.send(REQUEST)
    wait_until(lambda: app.waiting == 3)
    app.open()
    for peer in peers:
        peer.read_response()
    for _ in range(10):
        assert peers[0].get().status == 200
    assert sorted(len(connection.requests) for connection in served.connections) == [1, 1, 11]
    row = pool_of(gate)["backends"][0]
    assert (row["connections_opened"], row["connections_reused"], row["connections_open"]) == (3, 10, 3)


def test_idle_connections_have_their_number(headgate, origin, client):
    app = Gated()
    gate = headgate(proxy_yaml(origin(app), pool="connections: { idle: 1 }"))
    peers = [client(gate.port()) for _ in range(3)]
    for peer in peers:
        peer.send(REQUEST)
    wait_until(lambda: app.waiting == 3)
    app.open()
    for peer in peers:
        peer.read_response()
    wait_until(lambda: pool_of(gate)["backends"][0]["connections_open"] == 1)


def test_idle_connections_have_their_time(headgate, origin, client):
    served = origin(answering())
    gate = headgate(proxy_yaml(served, pool="connections: { idle_timeout: 200ms }"))
    peer = client(gate.port())
    assert peer.get().status == 200
    wait_until(lambda: pool_of(gate)["backends"][0]["connections_open"] == 0, 3)
    assert peer.get().status == 200
    assert len(served.connections) == 2


def test_a_connection_that_the_backend_closes_is_not_kept(headgate, origin, client):
    def once(connection, request):
        respond(connection)
        return False

    served = origin(serving(once))
    gate = headgate(proxy_yaml(served))
    peer = client(gate.port())
    for _ in range(5):
        assert peer.get().status == 200
        wait_until(lambda: pool_of(gate)["backends"][0]["connections_open"] == 0)
    assert pool_of(gate)["retries"] == 0
