"""The counts and times that tests assert, out of packets made by hand."""
from types import SimpleNamespace

import pytest

from deaths import Dying, bound_by_checks_ms
from packet_lab.flows import Traffic
from packet_lab.lab import CLIENT, GATE, GATE_INSIDE, backend_address
from packet_lab.packets import ACK, FIN, RST, SYN, IcmpError, Segment
from peers import Check
from verdicts import count

WEB, BACKEND = (GATE, 80), (backend_address(0), 8080)
MS = 10**6


def segment(at, source, target, flags=ACK, sequence=0, payload=b""):
    return Segment(at, source, target, sequence, 0, flags, 1000, len(payload), payload)


def client(number):
    return (CLIENT, 40000 + number)


def inside(number):
    return (GATE_INSIDE, 50000 + number)


def opened(opener, acceptor, at=0):
    return [segment(at, opener, acceptor, SYN), segment(at, acceptor, opener, SYN | ACK), segment(at, opener, acceptor)]


def test_a_clean_run():
    counts = count(Traffic.of(opened(client(0), WEB)), Traffic.of(opened(inside(0), BACKEND)), until=100)
    assert counts.are_clean() and (counts.connections, counts.to_backends) == (1, 1)


@pytest.mark.parametrize("what, clients, backends", [
    ("refused", [segment(0, client(0), WEB, SYN), segment(1, WEB, client(0), RST | ACK)], []),
    ("unanswered", [segment(0, client(0), WEB, SYN), segment(1, client(0), WEB, SYN)], []),
    ("reset_clients", opened(client(0), WEB) + [segment(5, WEB, client(0), RST)], []),
    ("reset_clients", opened(client(0), WEB) + [segment(5, WEB, client(0), RST), segment(6, client(0), WEB, FIN | ACK)], []),
    ("reset_backends", [], opened(inside(0), BACKEND) + [segment(99, inside(0), BACKEND, RST)]),
    ("icmp_errors", [IcmpError(0, GATE, CLIENT, 3, 3)], []),
])
def test_each_is_seen_alone(what, clients, backends):
    counts = count(Traffic.of(clients), Traffic.of(backends), until=100)
    assert not counts.are_clean()
    assert {key: getattr(counts, key) for key in ("refused", "unanswered", "reset_clients", "reset_backends", "icmp_errors")
            if getattr(counts, key)} == {what: 1}


@pytest.mark.parametrize("clients, backends", [
    (opened(client(0), WEB) + [segment(5, client(0), WEB, RST)], []),          # the client's own
    (opened(client(0), WEB) + [segment(5, client(0), WEB, FIN | ACK), segment(6, WEB, client(0), RST)], []),  # it had left
    ([], opened(inside(0), BACKEND) + [segment(5, BACKEND, inside(0), RST)]),  # the backend's own
    ([], opened(inside(0), BACKEND) + [segment(100, inside(0), BACKEND, RST)]),  # after the clients had left
    ([IcmpError(0, CLIENT, GATE, 3, 3)], []),
])
def test_what_is_not_headgates(clients, backends):
    assert count(Traffic.of(clients), Traffic.of(backends), until=100).are_clean()


def test_requests_after_a_death():
    death = Dying("killed", None, SimpleNamespace(host=BACKEND[0], port=BACKEND[1]))
    death.at = 10 * MS
    get, check, other = b"GET / HTTP/1.1\r\n", b"GET /ok HTTP/1.1\r\n", (backend_address(1), 8080)
    traffic = Traffic.of(
        [segment(at * MS, inside(0), BACKEND, sequence=sequence, payload=payload)
         for at, sequence, payload in ((5, 0, get), (12, 16, get), (14, 32, get), (15, 32, get), (30, 48, check))]
        + [segment(40 * MS, inside(1), other, payload=get)])
    given = death.given(traffic)
    # What is sent again at 15 was given at 14, and the check at 30 is no request.
    assert (given.before, given.after, given.last_ms, given.others_last_ms) == (1, 2, 4.0, 30.0)


@pytest.mark.parametrize("check, bound", [(Check("/", 2000, 1000, 3), 7600), (Check("/", 100, 1000, 1), 1110),
                                          (Check("/", 100, 1000, 3), 3110)])
def test_the_bound_of_checks(check, bound):
    assert round(bound_by_checks_ms(check)) == bound
