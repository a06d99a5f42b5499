"""How much is held, out of packets made by hand."""
from held import most_held
from packet_lab.packets import ACK, SYN, IcmpError, Segment

CLIENT, GATE, INSIDE, BACKEND = ("192.0.2.1", 40000), ("192.0.2.2", 80), ("198.51.100.1", 50000), ("198.51.100.11", 80)


def segment(at, source, target, sequence, acknowledged, payload=b"", flags=ACK, length=None):
    return Segment(at, source, target, sequence, acknowledged, flags, 1000, len(payload) if length is None else length,
                   payload)


def connection(opener, acceptor, at):
    """Up to the request: sequence numbers are 1000 and 2000 for the SYNs."""
    return [segment(at, opener, acceptor, 1000, 0, flags=SYN), segment(at + 1, acceptor, opener, 2000, 1001, flags=SYN | ACK),
            segment(at + 2, opener, acceptor, 1001, 2001, b"GET /7 HTTP/1.1\r\n")]


def answered(acceptor, opener, at, end, acknowledged_at, acknowledged):
    return [segment(at, acceptor, opener, 2001, 1018, length=end),
            segment(acknowledged_at, opener, acceptor, 1018, 2001 + acknowledged)]


def test_the_most_at_any_moment():
    # 900 bytes come in at 20, of which 400 are passed on at 30 and the rest at 40; 300 more at 50, passed on at 60.
    backends = connection(INSIDE, BACKEND, 10) + answered(BACKEND, INSIDE, 19, 900, 20, 900)
    backends += [segment(49, BACKEND, INSIDE, 2901, 1018, length=300), segment(50, INSIDE, BACKEND, 1018, 2001 + 1200)]
    clients = connection(CLIENT, GATE, 0) + answered(GATE, CLIENT, 25, 900, 30, 400)
    clients += [segment(40, CLIENT, GATE, 1018, 2001 + 900), segment(55, GATE, CLIENT, 2901, 1018, length=300),
                segment(60, CLIENT, GATE, 1018, 2001 + 1200)]
    assert most_held(clients, backends) == {"/7": 900}
    # Had the client acknowledged nothing until the end, all of it would have been held.
    assert most_held(clients[:4] + clients[6:], backends) == {"/7": 1200}


def test_what_asks_for_nothing_is_left_out():
    assert most_held([IcmpError(0, "192.0.2.2", "192.0.2.1", 3, 3)], connection(INSIDE, BACKEND, 0)[:2]) == {}
