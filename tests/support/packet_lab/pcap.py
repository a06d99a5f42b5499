"""Reads the classic pcap format, as tcpdump -w writes it, in both byte orders and with micro- or nanoseconds.

    for at, frame in pcap.frames(path.read_bytes()): ...

See draft-ietf-opsawg-pcap. Only Ethernet. A file that ends within a record raises Malformed: it was not written whole.
"""
import struct

FILE_BYTES_MAX = 1 << 30
FRAME_BYTES_MAX = 262144  # tcpdump's own greatest snapshot length
ETHERNET = 1
FILE_HEAD, RECORD_HEAD = 24, 16
# The first four bytes, as they lie in the file: (byte order, ticks of a second).
MAGIC = {b"\xd4\xc3\xb2\xa1": ("<", 10**6), b"\xa1\xb2\xc3\xd4": (">", 10**6),
         b"\x4d\x3c\xb2\xa1": ("<", 10**9), b"\xa1\xb2\x3c\x4d": (">", 10**9)}


class Malformed(ValueError):
    """Not what tcpdump writes, or not all of it."""


def frames(data):
    """(time in nanoseconds since 1970, bytes captured of the frame), in the order of the file."""
    if len(data) > FILE_BYTES_MAX:
        raise Malformed(f"{len(data)} bytes of capture; {FILE_BYTES_MAX} at most")
    if len(data) < FILE_HEAD or data[:4] not in MAGIC:
        raise Malformed("no pcap file")
    order, ticks = MAGIC[data[:4]]
    _, _, _, _, _, link = struct.unpack_from(order + "HHiIII", data, 4)
    # The upper bits tell of checksums at the end of frames, which tcpdump does not write.
    if link != ETHERNET:
        raise Malformed(f"link type {link}, not Ethernet")
    return _records(data, struct.Struct(order + "IIII"), 10**9 // ticks)


def _records(data, head, nanoseconds):
    at, end = FILE_HEAD, len(data)
    while at < end:
        if end - at < RECORD_HEAD:
            raise Malformed("the file ends within a record's head")
        seconds, fraction, captured, _ = head.unpack_from(data, at)
        at += RECORD_HEAD
        if captured > FRAME_BYTES_MAX:
            raise Malformed(f"a frame of {captured} bytes; {FRAME_BYTES_MAX} at most")
        if end - at < captured:
            raise Malformed("the file ends within a frame")
        yield seconds * 10**9 + fraction * nanoseconds, data[at:at + captured]
        at += captured
