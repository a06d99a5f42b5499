"""Who gets how many requests."""
import collections
import time

import pytest

from headgate_test import answering
from scenario_parts.backends import Gated, entries, named_origins, pool_yaml, respond, serving, shares
from scenario_parts.watching import pool_of, wait_state


def test_weights_are_exact_in_turn(headgate, origin, client):
    origins = named_origins(origin, "one", "three", "six")
    gate = headgate(pool_yaml(entries(origins, three=", weight: 3", six=", weight: 6")))
    assert shares(client(gate.port()), 50) == {"one": 5, "three": 15, "six": 30}


def test_weight_zero_gets_nothing(headgate, origin, client):
    origins = named_origins(origin, "old", "new")
    gate = headgate(pool_yaml(entries(origins, old=", weight: 0")))
    assert shares(client(gate.port()), 20) == {"new": 20}
    assert origins["old"].connections == []


def test_turns_are_interleaved(headgate, origin, client):
    origins = named_origins(origin, "a", "b", "c")
    gate = headgate(pool_yaml(entries(origins)))
    peer = client(gate.port())
    order = [peer.get().body.decode() for _ in range(9)]
    assert all(set(order[i:i + 3]) == {"a", "b", "c"} for i in range(0, 9, 3)), order


def test_least_requests_avoids_who_is_busy(headgate, origin, client):
    slow = Gated(b"slow")
    origins = {"slow": origin(slow), "fast": origin(answering(body=b"fast"))}
    gate = headgate(pool_yaml(entries(origins), pool="balance: least_requests"))
    stuck = []
    while not slow.waiting:  # whose turn comes first is not promised
        stuck.append(client(gate.port()))
        stuck[-1].send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.1)
    assert len(stuck) <= 2
    assert shares(client(gate.port()), 10) == {"fast": 10}
    slow.open()


@pytest.mark.parametrize("balance", ["random_two", "least_requests", "round_robin"])
def test_every_backend_gets_its_part(headgate, origin, client, balance):
    origins = named_origins(origin, "a", "b", "c")
    gate = headgate(pool_yaml(entries(origins), pool=f"balance: {balance}"))
    # With a fair coin for three, fewer than 10 of 90 come up once in some ten billion runs.
    got = shares(client(gate.port()), 90)
    assert set(got) == {"a", "b", "c"} and min(got.values()) >= 10, got


def test_random_two_prefers_the_less_busy(headgate, origin, client):
    slow = Gated(b"slow")
    origins = {"slow": origin(slow), "fast": origin(answering(body=b"fast"))}
    gate = headgate(pool_yaml(entries(origins), pool="balance: random_two"))
    while not slow.waiting:
        client(gate.port()).send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.05)
    assert shares(client(gate.port()), 20) == {"fast": 20}
    slow.open()


def test_backups_only_when_no_other_is_fit(headgate, origin, client):
    well = [True]

    def primary(connection, request):
        respond(connection, b"primary", 200 if well[0] or request.target != "/healthz" else 500)

    origins = {"primary": origin(serving(primary)), "spare": origin(answering(body=b"spare"))}
    gate = headgate(pool_yaml(entries(origins, spare=", backup: true"),
                              pool="health: { http: { path: /healthz }, interval: 50ms, fall: 2, rise: 2 }"))
    peer = client(gate.port())
    assert shares(peer, 5) == {"primary": 5}
    well[0] = False
    wait_state(gate, "primary", "down")
    assert shares(peer, 5) == {"spare": 5}
    well[0] = True
    wait_state(gate, "primary", "up")
    assert shares(peer, 5) == {"primary": 5}


def test_two_workers_share_by_weight(headgate, origin, client):
    origins = named_origins(origin, "one", "three")
    yaml = pool_yaml(entries(origins, three=", weight: 3")).replace("workers: 1", "workers: 2")
    gate = headgate(yaml)
    total = collections.Counter()
    for _ in range(20):
        total += shares(client(gate.port()), 4)
    # Each worker is exact over four in a row; two workers may each be in the middle of theirs.
    assert abs(total["one"] - 20) <= 2, total
    assert pool_of(gate)["requests"] == 80
