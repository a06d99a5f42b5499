"""Captures made by hand, byte by byte, for the tests of what reads them."""
import ipaddress
import struct

ETHERNET = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"


def pcap(*frames, magic=0xA1B2C3D4, order="<", link=1):
    """`frames`: (seconds, fraction, bytes)."""
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    for seconds, fraction, frame in frames:
        data += struct.pack(order + "IIII", seconds, fraction, len(frame), len(frame)) + frame
    return data


def tcp(source, target, sequence=0, acknowledged=0, flags=0, payload=b"", options=b""):
    head = struct.pack(">HHIIBBHHH", source, target, sequence, acknowledged, (5 + len(options) // 4) << 4, flags, 1000, 0, 0)
    return head + options + payload


def ipv4(source, target, payload, protocol=6, options=b"", fragment=0, length=None):
    length = 20 + len(options) + len(payload) if length is None else length
    head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0, length, 1, fragment, 64, protocol, 0)
    return (ETHERNET + b"\x08\0" + head + ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
            + options + payload)


def ipv6(source, target, payload, protocol=6, length=None):
    head = struct.pack(">IHBB", 6 << 28, len(payload) if length is None else length, protocol, 64)
    return ETHERNET + b"\x86\xdd" + head + ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed + payload
