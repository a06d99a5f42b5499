"""Connections out of segments: openings, ends, resets, and what was sent twice."""
import pytest

from packet_lab.flows import Traffic
from packet_lab.packets import ACK, FIN, RST, SYN, IcmpError, Segment

CLIENT, SERVER = ("192.0.2.1", 40000), ("192.0.2.2", 80)
WRAPS = 0xFFFFFFFE  # sequence numbers begin anew after two bytes


class Wire:
    """Segments between one client and one server, a nanosecond apart."""

    def __init__(self, of_client=1000, of_server=5000):
        self.segments = []
        self.base = {CLIENT: of_client, SERVER: of_server}

    def send(self, source, flags=ACK, payload=b"", offset=0, acknowledged=0):
        """`offset` and `acknowledged` count from the first byte of payload; a SYN's own number is one before that."""
        target = SERVER if source == CLIENT else CLIENT
        sequence = self.base[source] + (0 if flags & SYN else 1 + offset)
        self.segments.append(Segment(len(self.segments), source, target, sequence % 2**32,
                                     (self.base[target] + 1 + acknowledged) % 2**32, flags, 1000, len(payload), payload))
        return self

    def open(self):
        return self.send(CLIENT, SYN).send(SERVER, SYN | ACK).send(CLIENT)

    def traffic(self):
        return Traffic.of(self.segments)

    def flow(self):
        flows = self.traffic().flows
        assert len(flows) == 1
        return flows[0]


@pytest.mark.parametrize("base", [1000, WRAPS])
def test_a_whole_connection(base):
    wire = Wire(base, base).open().send(CLIENT, payload=b"GET /").send(SERVER, payload=b"200 OK", acknowledged=5)
    wire.send(CLIENT, FIN | ACK, offset=5, acknowledged=6).send(SERVER, FIN | ACK, offset=6, acknowledged=6)
    wire.send(CLIENT, offset=6, acknowledged=7)
    flow = wire.flow()
    assert (flow.began, flow.is_refused, flow.is_unanswered) == (True, False, False)
    assert (flow.syn_at, flow.established_at) == (0, 1)
    assert flow.requests == [(3, b"GET /")]
    assert [(side.end, side.acknowledged, side.packets, side.repeated_packets, side.fin_at, side.resets)
            for side in (flow.opener, flow.acceptor)] == [(5, 5, 1, 0, 5, []), (6, 6, 1, 0, 6, [])]
    assert flow.closed_first is flow.opener


@pytest.mark.parametrize("base", [1000, WRAPS])
def test_what_is_sent_again(base):
    wire = Wire(base).open().send(CLIENT, payload=b"abcde").send(CLIENT, payload=b"abcde")
    wire.send(CLIENT, payload=b"defg", offset=3).send(CLIENT, payload=b"h", offset=7)
    sent = wire.flow().opener
    assert (sent.packets, sent.repeated_packets, sent.repeated_bytes, sent.end, sent.last_new_at) == (4, 2, 7, 8, 6)
    assert [payload for _, payload in wire.flow().requests] == [b"abcde", b"defg", b"h"]


def test_neither_an_ack_nor_a_probe_is_sent_again():
    wire = Wire().open().send(CLIENT, payload=b"abc").send(CLIENT, offset=2).send(CLIENT, offset=3)
    assert wire.flow().opener.repeated_packets == 0


def test_acknowledgements_do_not_go_back():
    wire = Wire().open().send(CLIENT, payload=b"abcde").send(SERVER, acknowledged=5).send(SERVER, acknowledged=2)
    assert wire.flow().opener.acknowledged == 5


def test_refused_and_unanswered():
    refused = Wire().send(CLIENT, SYN).send(SERVER, RST | ACK)
    assert (refused.flow().is_refused, len(refused.traffic().refused())) == (True, 1)
    lost = Wire().send(CLIENT, SYN).send(CLIENT, SYN)
    assert (lost.flow().is_unanswered, lost.flow().opener.syns, len(lost.traffic().unanswered())) == (True, 2, 1)
    late = Wire().send(CLIENT, SYN).send(CLIENT, SYN).send(SERVER, SYN | ACK)
    assert not late.flow().is_unanswered and not late.flow().is_refused


def test_a_reset_of_what_stood_is_no_refusal():
    flow = Wire().open().send(SERVER, RST).flow()
    assert (flow.acceptor.resets, flow.is_refused, flow.closed_first) == ([3], False, flow.acceptor)


def test_ports_that_are_used_anew_are_another_connection():
    wire = Wire(1000).open().send(CLIENT, FIN | ACK)
    wire.base[CLIENT] = 900000
    wire.open().send(SERVER, RST)
    first, second = wire.traffic().flows
    assert (first.acceptor.resets, len(second.acceptor.resets), second.syn_at) == ([], 1, 4)


def test_a_connection_that_was_there_before():
    flow = Wire().send(CLIENT, payload=b"abc", offset=100).send(SERVER, RST).flow()
    assert (flow.began, flow.is_refused, flow.is_unanswered) == (False, False, False)
    assert (flow.opener.end, flow.acceptor.resets) == (3, [1])


def test_flows_by_their_acceptor_and_errors_of_icmp():
    error = IcmpError(0, "192.0.2.2", "192.0.2.1", 3, 3)
    traffic = Traffic.of([*Wire().open().segments, error, None])
    assert len(traffic.to(SERVER)) == len(traffic.to("192.0.2.2")) == 1
    assert traffic.to(CLIENT) == traffic.to(("192.0.2.2", 81)) == []
    assert traffic.icmp_errors == [error]
