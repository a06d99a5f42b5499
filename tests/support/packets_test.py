"""Frames' meaning, against bytes made by hand."""
import random

import pytest

from packet_bytes import ETHERNET, ipv4, ipv6, tcp
from packet_lab.packets import ACK, EXTENSIONS_MAX, PSH, SYN, IcmpError, Segment, parse
from packet_lab.pcap import Malformed

A, B = "192.0.2.1", "192.0.2.2"
A6, B6 = "2001:db8::1", "2001:db8::2"
REQUEST = tcp(40000, 80, 7, 9, PSH | ACK, b"GET /")
PARSED = {"at": 5, "sequence": 7, "acknowledged": 9, "flags": PSH | ACK, "window": 1000, "length": 5, "payload": b"GET /"}


@pytest.mark.parametrize("frame, source, target", [
    (ipv4(A, B, REQUEST), A, B),
    (ipv4(A, B, REQUEST, options=b"\x01" * 8), A, B),
    (ipv4(A, B, REQUEST) + b"padding!", A, B),
    (ipv6(A6, B6, REQUEST), A6, B6),
    (ipv6(A6, B6, b"\x06\0" + bytes(6) + REQUEST, protocol=0), A6, B6),
    (ipv6(A6, B6, b"\x3c\0" + bytes(6) + b"\x06\1" + bytes(14) + REQUEST, protocol=43), A6, B6),
    (ipv6(A6, B6, b"\x06\0\0\1" + bytes(4) + REQUEST, protocol=44), A6, B6),  # a first fragment
])
def test_a_segment(frame, source, target):
    assert parse(5, frame) == Segment(source=(source, 40000), target=(target, 80), **PARSED)


def test_options_of_tcp_are_no_payload():
    segment = parse(0, ipv4(A, B, tcp(1, 2, flags=SYN, options=b"\x02\x04\x05\xb4")))
    assert (segment.flags, segment.length, segment.payload) == (SYN, 0, b"")


def test_a_tag_of_a_vlan():
    frame = ipv4(A, B, REQUEST)
    assert parse(5, frame[:12] + b"\x81\0\0\x07" + frame[12:]).payload == b"GET /"


def test_what_the_snapshot_cut_keeps_its_length():
    segment = parse(0, ipv4(A, B, tcp(1, 2, payload=b"x" * 1000))[:14 + 20 + 20 + 10])
    assert (segment.length, segment.payload) == (1000, b"x" * 10)


@pytest.mark.parametrize("frame", [
    ETHERNET + b"\x08\x06" + bytes(28),          # ARP
    ETHERNET + b"\x88\xb5" + bytes(16),          # the mark of a capture
    ipv4(A, B, bytes(8), protocol=17),
    ipv4(A, B, REQUEST, fragment=1),             # a later fragment
    ipv6(A6, B6, b"\x06\0\0\x08" + bytes(4) + REQUEST, protocol=44),
    ipv4(A, B, b"\x08\0" + bytes(6), protocol=1),   # an echo request
    ipv6(A6, B6, b"\x87\0" + bytes(22), protocol=58),  # a neighbour solicitation
])
def test_what_is_none_of_ours(frame):
    assert parse(0, frame) is None


def test_errors_of_icmp():
    assert parse(1, ipv4(B, A, b"\x03\x03" + bytes(30), protocol=1)) == IcmpError(1, B, A, 3, 3)
    assert parse(1, ipv6(B6, A6, b"\x01\x04" + bytes(30), protocol=58)) == IcmpError(1, B6, A6, 1, 4)


@pytest.mark.parametrize("frame", [
    ipv4(A, B, REQUEST, length=19), ipv4(A, B, REQUEST, length=20 + 19),
    ipv4(A, B, REQUEST[:12] + b"\x40" + REQUEST[13:]),    # a TCP header of 16 bytes
    ipv4(A, B, REQUEST[:12] + b"\xf0" + REQUEST[13:]),    # one longer than its packet
    ipv6(A6, B6, b"\x06\xff" + bytes(6) + REQUEST, protocol=0),
    ipv6(A6, B6, (b"\0\0" + bytes(6)) * (EXTENSIONS_MAX + 1) + REQUEST, protocol=0),
    ETHERNET + b"\x08\0" + b"\x65" + bytes(40), ETHERNET + b"\x86\xdd" + b"\x45" + bytes(60),
])
def test_contradictions_are_malformed(frame):
    with pytest.raises(Malformed):
        parse(0, frame)


def test_as_many_extensions_as_there_may_be():
    last = b"\x06\0" + bytes(6)
    frame = ipv6(A6, B6, (b"\0\0" + bytes(6)) * (EXTENSIONS_MAX - 2) + last + REQUEST, protocol=0)
    assert parse(0, frame).payload == b"GET /"


@pytest.mark.parametrize("frame", [ipv4(A, B, REQUEST), ipv6(A6, B6, b"\x06\0" + bytes(6) + REQUEST, protocol=0)])
def test_every_cut_within_headers_is_malformed(frame):
    headers = len(frame) - len(b"GET /")
    for end in range(headers):
        with pytest.raises(Malformed):
            parse(0, frame[:end])
    assert parse(0, frame[:headers]).length == 5


def test_chance_breaks_nothing_else():
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(3000):
        frame = bytearray(ipv4(A, B, REQUEST) if chance.random() < 0.5 else ipv6(A6, B6, REQUEST))
        for _ in range(chance.randint(1, 6)):
            frame[chance.randrange(len(frame))] = chance.randrange(256)
        try:
            parse(0, bytes(frame[:chance.randint(0, len(frame))]))
        except Malformed:
            pass
