"""Connections as the packets tell of them: who opened, who closed, who reset, what was sent twice.

    traffic = Traffic.of(segments)
    traffic.refused()                  # a RST for a SYN
    [flow for flow in traffic.flows if flow.acceptor.resets]

The capture should begin before the connections do: of one that was there before, `began` is False and the side that is
seen first counts as its opener.
"""
import dataclasses

from packet_lab.packets import ACK, FIN, RST, SYN, IcmpError

SEQUENCES = 1 << 32


def _distance(sequence, base):
    """From base to sequence, less than 2 GiB in either direction (RFC 9293, 3.4)."""
    return (sequence - base + (SEQUENCES >> 1)) % SEQUENCES - (SEQUENCES >> 1)


@dataclasses.dataclass(slots=True)
class Side:
    """One side's sending. Offsets count bytes of payload from the first one, whatever the sequence numbers are."""
    address: tuple
    base: int = None              # sequence number of the first byte of payload
    end: int = 0                  # offset behind the last byte sent
    acknowledged: int = 0         # of this side's bytes, by the other
    packets: int = 0              # with payload
    repeated_packets: int = 0     # with payload that was sent before
    repeated_bytes: int = 0
    syns: int = 0                 # SYN or SYN-ACK, repeated ones too
    fin_at: int = None
    resets: list = dataclasses.field(default_factory=list)  # times
    last_new_at: int = None       # when it last sent what it had not sent before

    def note_payload(self, segment):
        if self.base is None:
            self.base = segment.sequence
        start = self.end + _distance(segment.sequence, (self.base + self.end) % SEQUENCES)
        before = min(self.end, start + segment.length) - start
        self.packets += 1
        if before > 0:
            self.repeated_packets += 1
            self.repeated_bytes += before
        if start + segment.length > self.end:
            self.end = start + segment.length
            self.last_new_at = segment.at
            return True
        return False

    def note_acknowledged(self, number):
        if self.base is not None:
            offset = self.acknowledged + _distance(number, (self.base + self.acknowledged) % SEQUENCES)
            # A FIN counts as one more.
            self.acknowledged = max(self.acknowledged, min(offset, self.end))


class Flow:
    """One connection. `opener` sent the SYN, `acceptor` answers it."""

    def __init__(self, opener, acceptor, began):
        self.opener, self.acceptor, self.began = Side(opener), Side(acceptor), began
        self.syn_at = self.established_at = None
        self.requests = []  # (time, first bytes) of each new segment of the opener

    def side(self, address):
        return self.opener if address == self.opener.address else self.acceptor

    @property
    def is_refused(self):
        return self.began and not self.acceptor.syns and bool(self.acceptor.resets)

    @property
    def is_unanswered(self):
        return self.began and not self.acceptor.syns and not self.acceptor.resets

    @property
    def closed_first(self):
        """The side that sent its FIN or RST first; None while neither did."""
        ends = [(min([at for at in (side.fin_at, *side.resets[:1]) if at is not None]), which)
                for which, side in enumerate((self.opener, self.acceptor)) if side.fin_at is not None or side.resets]
        return (self.opener, self.acceptor)[min(ends)[1]] if ends else None

    def note(self, segment):
        sender = self.side(segment.source)
        other = self.acceptor if sender is self.opener else self.opener
        if segment.flags & SYN:
            sender.syns += 1
            sender.base = (segment.sequence + 1) % SEQUENCES
            if sender is self.acceptor and self.established_at is None:
                self.established_at = segment.at
        if segment.flags & RST:
            sender.resets.append(segment.at)
            return
        if segment.flags & ACK:
            other.note_acknowledged(segment.acknowledged)
        if segment.length:
            if sender.note_payload(segment) and sender is self.opener:
                self.requests.append((segment.at, segment.payload))
        if segment.flags & FIN and sender.fin_at is None:
            sender.fin_at = segment.at


class Traffic:
    """The flows of a capture, in the order in which they were first seen, and the errors of ICMP."""

    def __init__(self):
        self.flows = []
        self.icmp_errors = []
        self._open = {}

    @classmethod
    def of(cls, packets):
        traffic = cls()
        for packet in packets:
            traffic.note(packet)
        return traffic

    def note(self, packet):
        """Returns the flow of a segment."""
        if isinstance(packet, IcmpError):
            self.icmp_errors.append(packet)
        elif packet is not None:
            flow = self._flow_of(packet)
            flow.note(packet)
            return flow
        return None

    def _flow_of(self, segment):
        key = frozenset((segment.source, segment.target))
        flow = self._open.get(key)
        opens = segment.flags & (SYN | ACK) == SYN
        if flow is not None and not (opens and not self._is_same(flow, segment)):
            return flow
        flow = self._open[key] = Flow(segment.source, segment.target, began=opens)
        flow.syn_at = segment.at if opens else None
        self.flows.append(flow)
        return flow

    @staticmethod
    def _is_same(flow, segment):
        """Whether a SYN is one of this flow sent again; otherwise the ports are used anew."""
        return (flow.began and flow.opener.address == segment.source
                and flow.opener.base == (segment.sequence + 1) % SEQUENCES)

    def to(self, *addresses):
        """The flows whose acceptor has one of these addresses: ("192.0.2.2", 80), or a text for every port."""
        return [flow for flow in self.flows if flow.acceptor.address in addresses or flow.acceptor.address[0] in addresses]

    def refused(self):
        return [flow for flow in self.flows if flow.is_refused]

    def unanswered(self):
        return [flow for flow in self.flows if flow.is_unanswered]
