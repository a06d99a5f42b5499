"""A frame's meaning: Ethernet, IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), errors of ICMP (RFC 792, 4443).

    packet = packets.parse(at, frame)     # a Segment, an IcmpError, or None for whatever else is on the wire

What is cut short by the snapshot length is read as far as headers go; a frame without its headers raises Malformed.
"""
import ipaddress
import struct
from typing import NamedTuple

from packet_lab.pcap import Malformed

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
IPV4, IPV6, VLAN = 0x0800, 0x86DD, (0x8100, 0x88A8)
TCP, ICMP, ICMPV6 = 6, 1, 58
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION = 0, 43, 44, 60
EXTENSIONS_MAX = 8
VLANS_MAX = 2
UNREACHABLE_AND_LIKE = {ICMP: {3, 4, 5, 11, 12}, ICMPV6: {1, 2, 3, 4}}


class Segment(NamedTuple):
    at: int            # nanoseconds since 1970
    source: tuple      # (address as text, port)
    target: tuple
    sequence: int
    acknowledged: int  # meaningless without ACK
    flags: int
    window: int        # as sent, not scaled
    length: int        # bytes of payload on the wire
    payload: bytes     # what was captured of them


class IcmpError(NamedTuple):
    at: int
    source: str
    target: str
    kind: int
    code: int


_names = {}


def _address(raw):
    """Texts of addresses, made once each: there are few in a lab and many packets."""
    name = _names.get(raw)
    if name is None:
        if len(_names) > 65536:
            _names.clear()
        name = _names[raw] = str(ipaddress.ip_address(raw))
    return name


def _need(frame, end, what):
    if len(frame) < end:
        raise Malformed(f"a frame of {len(frame)} bytes ends within its {what}")


def parse(at, frame):
    _need(frame, 14, "Ethernet header")
    kind, start = frame[12] << 8 | frame[13], 14
    for _ in range(VLANS_MAX):
        if kind in VLAN:
            _need(frame, start + 4, "VLAN tag")
            kind, start = frame[start + 2] << 8 | frame[start + 3], start + 4
    if kind == IPV4:
        return _ipv4(at, frame, start)
    if kind == IPV6:
        return _ipv6(at, frame, start)
    return None


def _ipv4(at, frame, start):
    _need(frame, start + 20, "IPv4 header")
    header = (frame[start] & 15) * 4
    total, offset = struct.unpack_from(">H2xH", frame, start + 2)
    if frame[start] >> 4 != 4 or header < 20 or total < header:
        raise Malformed("an IPv4 header that contradicts itself")
    if offset & 0x1FFF:
        return None  # a later fragment, without TCP's header
    source, target = frame[start + 12:start + 16], frame[start + 16:start + 20]
    return _above(at, frame, frame[start + 9], start + header, total - header, source, target)


def _ipv6(at, frame, start):
    _need(frame, start + 40, "IPv6 header")
    if frame[start] >> 4 != 6:
        raise Malformed("an IPv6 header that contradicts itself")
    left, protocol = struct.unpack_from(">HB", frame, start + 4)
    source, target = frame[start + 8:start + 24], frame[start + 24:start + 40]
    start += 40
    for _ in range(EXTENSIONS_MAX):
        if protocol not in (HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION):
            return _above(at, frame, protocol, start, left, source, target)
        _need(frame, start + 8, "IPv6 extension")
        length = 8 if protocol == FRAGMENT else 8 + frame[start + 1] * 8
        if protocol == FRAGMENT and struct.unpack_from(">H", frame, start + 2)[0] & 0xFFF8:
            return None
        if length > left:
            raise Malformed("an IPv6 extension longer than its packet")
        protocol, start, left = frame[start], start + length, left - length
    raise Malformed(f"more than {EXTENSIONS_MAX} IPv6 extensions")


def _above(at, frame, protocol, start, left, source, target):
    if protocol == TCP:
        return _tcp(at, frame, start, left, source, target)
    if protocol in UNREACHABLE_AND_LIKE and left >= 2:
        _need(frame, start + 2, "ICMP header")
        if frame[start] in UNREACHABLE_AND_LIKE[protocol]:
            return IcmpError(at, _address(source), _address(target), frame[start], frame[start + 1])
    return None


def _tcp(at, frame, start, left, source, target):
    _need(frame, start + 20, "TCP header")
    port, other, sequence, acknowledged, offset, flags, window = struct.unpack_from(">HHIIBBH", frame, start)
    header = (offset >> 4) * 4
    if header < 20 or header > left:
        raise Malformed("a TCP header that contradicts itself")
    # By the IP header's length: a short frame is padded, and the snapshot may have cut the payload.
    length = left - header
    payload = frame[start + header:start + left] if length else b""
    return Segment(at, (_address(source), port), (_address(target), other), sequence, acknowledged, flags, window,
                   length, payload)
