"""The reader of captures, against bytes made by hand."""
import struct

import pytest

from packet_bytes import pcap
from packet_lab.pcap import FRAME_BYTES_MAX, Malformed, frames

MICRO, NANO = 0xA1B2C3D4, 0xA1B23C4D


@pytest.mark.parametrize("order", "<>")
def test_frames_in_both_byte_orders(order):
    data = pcap((1, 2, b"first"), (3, 4, b""), order=order)
    assert list(frames(data)) == [(1_000_002_000, b"first"), (3_000_004_000, b"")]


@pytest.mark.parametrize("order", "<>")
def test_nanoseconds(order):
    assert list(frames(pcap((1, 2, b"x"), magic=NANO, order=order))) == [(1_000_000_002, b"x")]


def test_a_file_without_frames():
    assert list(frames(pcap())) == []


@pytest.mark.parametrize("data, why", [(b"", "no pcap"), (pcap()[:23], "no pcap"), (b"\x0a\x0d\x0d\x0a" + bytes(40), "no pcap"),
                                       (pcap(link=113), "link type 113")])
def test_other_files_are_refused(data, why):
    with pytest.raises(Malformed, match=why):
        frames(data)


def test_every_cut_is_seen():
    """A file cut anywhere but between records is not whole, and what stands before the cut is read all the same."""
    whole = pcap((1, 0, b"first"), (2, 0, b"second"))
    ends = (24, 24 + 16 + 5, len(whole))
    for end in range(24, len(whole)):
        came = []
        if end in ends:
            assert len(list(frames(whole[:end]))) == ends.index(end)
            continue
        with pytest.raises(Malformed, match="ends within"):
            for frame in frames(whole[:end]):
                came.append(frame)
        assert len(came) == (end > ends[1])


def test_the_bound_of_a_frame():
    def of(captured):
        return pcap() + struct.pack("<IIII", 0, 0, captured, captured) + bytes(captured)

    assert len(next(frames(of(FRAME_BYTES_MAX)))[1]) == FRAME_BYTES_MAX
    with pytest.raises(Malformed, match="at most"):
        list(frames(of(FRAME_BYTES_MAX + 1)))
