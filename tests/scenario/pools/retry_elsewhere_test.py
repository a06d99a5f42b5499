"""What is sent again after a failure, where, and how often."""
import json

import pytest

from headgate_test import answering, in_turn, proxy_yaml
from scenario_parts.backends import respond
from headgate_test.ports import free_port
from headgate_test.stream import ConnectionReset, StreamEnded
from scenario_parts.watching import pool_of, wait_until

POST = b"POST /order HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
BODILESS_POST = b"POST /order HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"


def reading_then(end):
    """Reads a request and ends the connection in this way, answering nothing."""
    def handle(connection):
        try:
            connection.read_request()
        except (StreamEnded, ConnectionReset):
            return
        end(connection)

    return handle


def resetting():
    return reading_then(lambda connection: connection.reset())


def log_lines(gate, count):
    """The access log's entries, once there are so many."""
    path = gate.file.parent / "headgate.stdout"
    wait_until(lambda: len(path.read_text().splitlines()) >= count, what="lines of the access log")
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("request_bytes", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", POST, BODILESS_POST])
def test_who_refuses_is_passed_over(headgate, origin, client, request_bytes):
    app = origin(answering())
    gate = headgate(proxy_yaml(f"127.0.0.1:{free_port()}", app, more="access_log: { file: stdout }"))
    peer = client(gate.port())
    for _ in range(4):
        peer.send(request_bytes)
        assert peer.read_response().status == 200
    assert [request.body for request in app.requests] == [request_bytes.partition(b"\r\n\r\n")[2]] * 4
    assert pool_of(gate)["retries"] == 2
    entries = log_lines(gate, 4)
    assert sorted(entry["retries"] for entry in entries) == [0, 0, 1, 1]
    assert all(entry["backend_address"] == app.address and "ending" not in entry for entry in entries)


def test_who_refuses_costs_no_budget(headgate, origin, client):
    """Nobody had the request, so asking another adds no load: one dead backend of two loses nothing."""
    gate = headgate(proxy_yaml(f"127.0.0.1:{free_port()}", origin(answering()), pool="retry: { budget: 0% }"))
    peer = client(gate.port())
    assert [peer.get().status for _ in range(60)] == [200] * 60
    row = pool_of(gate)
    assert (row["retries"], row["retries_refused"]) == (30, 0)


@pytest.mark.parametrize("end", ["reset", "close"])
@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS"])
def test_idempotent_requests_are_sent_again(headgate, origin, client, method, end):
    bad = origin(reading_then(lambda connection: getattr(connection, end)()))
    good = origin(answering())
    gate = headgate(proxy_yaml(bad, good))
    for _ in range(2):
        peer = client(gate.port())
        peer.send(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert peer.read_response(to=method.decode()).status == 200
    assert len(bad.requests) == 1 and len(good.requests) == 2


@pytest.mark.parametrize("end", ["reset", "close"])
@pytest.mark.parametrize("request_bytes", [POST, BODILESS_POST])
def test_a_post_is_sent_once(headgate, origin, client, request_bytes, end):
    bad = origin(reading_then(lambda connection: getattr(connection, end)()))
    good = origin(answering())
    gate = headgate(proxy_yaml(bad, good))
    statuses = []
    for _ in range(2):
        peer = client(gate.port())
        peer.send(request_bytes)
        statuses.append(peer.read_response().status)
    assert sorted(statuses) == [200, 502]
    assert len(bad.requests) == 1 and len(good.requests) == 1
    assert pool_of(gate)["retries"] == 0


def closing_as_it_is_used():
    """Keeps the connection after one answer, and closes it when the next request comes."""
    def handle(connection):
        try:
            connection.read_request(timeout=60)
            respond(connection)
            connection.read_request(timeout=60)
        except (StreamEnded, ConnectionReset):
            return

    return handle


def test_an_idle_connection_closed_just_as_it_is_used(headgate, origin, client):
    app = origin(in_turn(closing_as_it_is_used(), answering(body=b"again")))
    gate = headgate(proxy_yaml(app, more="access_log: { file: stdout }"))
    peer = client(gate.port())
    assert peer.get().body == b"ok\n"
    assert peer.get().body == b"again"
    assert [entry["retries"] for entry in log_lines(gate, 2)] == [0, 1]
    assert pool_of(gate)["backends"][0]["failures"] == 0, "it says nothing against the backend"


def test_a_post_on_a_stale_connection_is_not_sent_twice(headgate, origin, client):
    app = origin(in_turn(closing_as_it_is_used(), answering()))
    gate = headgate(proxy_yaml(app))
    peer = client(gate.port())
    assert peer.get().status == 200
    peer.send(POST)
    assert peer.read_response().status == 502
    assert len([request for request in app.requests if request.method == "POST"]) == 1


def test_every_idle_connection_is_stale(headgate, origin, client):
    """One stale connection after the other must not use up the tries: the second goes out on a fresh one."""
    dying = closing_as_it_is_used()
    app = origin(in_turn(dying, dying, dying, dying, answering(body=b"fresh")))
    gate = headgate(proxy_yaml(app, pool="retry: { attempts: 1 }"))
    peers = [client(gate.port()) for _ in range(4)]
    for peer in peers:
        peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    for peer in peers:
        assert peer.read_response().status == 200
    kept = pool_of(gate)["backends"][0]["connections_open"]
    assert kept >= 1
    assert peers[0].get().status == 200


@pytest.mark.parametrize("status", [502, 503, 504])
def test_statuses_that_are_tried_again(headgate, origin, client, status):
    bad = origin(answering(status=status))
    good = origin(answering(body=b"good"))
    gate = headgate(proxy_yaml(bad, good, pool=f"retry: {{ on: [{status}], budget: 100% }}"))
    peer = client(gate.port())
    assert [peer.get().body for _ in range(6)] == [b"good"] * 6
    assert len(bad.requests) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_statuses_pass_through_unless_named(headgate, origin, client, status):
    bad = origin(answering(status=status, body=b"sorry"))
    gate = headgate(proxy_yaml(bad, origin(answering())))
    answers = sorted(client(gate.port()).get().status for _ in range(2))
    assert answers == [200, status]
    assert len(bad.requests) == 1


def test_the_last_answer_is_handed_on_when_all_fail(headgate, origin, client):
    first, second = (origin(answering(status=503, body=b"busy")) for _ in range(2))
    gate = headgate(proxy_yaml(first, second, pool="retry: { attempts: 3, on: [503], budget: 100% }"))
    answer = client(gate.port()).get()
    assert (answer.status, answer.body) == (503, b"busy")
    assert len(first.requests) + len(second.requests) == 4


def test_no_attempts_after_the_first(headgate, origin, client):
    bad, good = origin(resetting()), origin(answering())
    gate = headgate(proxy_yaml(bad, good, pool="retry: { attempts: 0 }"))
    statuses = sorted(client(gate.port()).get().status for _ in range(4))
    assert statuses == [200, 200, 502, 502]


def test_only_what_is_named_is_tried_again(headgate, origin, client):
    bad, good = origin(resetting()), origin(answering())
    gate = headgate(proxy_yaml(bad, good, pool="retry: { on: connect }"))
    statuses = sorted(client(gate.port()).get().status for _ in range(4))
    assert statuses == [200, 200, 502, 502]


def test_the_budget_bounds_retries(headgate, origin, client):
    bad = origin(resetting())
    gate = headgate(proxy_yaml(bad, pool="retry: { attempts: 10, budget: 10% }"))
    for _ in range(40):
        assert client(gate.port()).get().status == 502
    row = pool_of(gate)
    uptime = gate.status()["uptime_seconds"] + 2
    assert row["retries"] <= 40 * 0.1 + 3 * uptime
    assert row["retries_refused"] > 0
    assert len(bad.requests) == 40 + row["retries"]


def test_answers_are_never_mixed_with_a_second_try(headgate, origin, client):
    """A byte of an answer has come: nothing is sent again, even where the method would allow it."""
    def half(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Le")

    bad, good = origin(half), origin(answering())
    gate = headgate(proxy_yaml(bad, good))
    statuses = sorted(client(gate.port()).get().status for _ in range(2))
    assert statuses == [200, 502]
    assert len(good.requests) == 1


def test_a_large_upload_is_not_sent_again(headgate, origin, client):
    def half_read(connection):
        connection.read_until(b"\r\n\r\n")
        connection.reset()

    bad, good = origin(half_read), origin(answering())
    gate = headgate(proxy_yaml(bad, good))
    statuses = []
    for _ in range(2):
        peer = client(gate.port())
        peer.send(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        try:
            peer.send(b"x" * 1_000_000)
        except OSError:
            pass  # the answer came before the body had gone
        statuses.append(peer.read_response().status)
    assert sorted(statuses) == [200, 502]
