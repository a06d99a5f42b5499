"""How much headgate holds of an answer that its client is slow to take: from packets, at every moment.

Held is what it has acknowledged to the backend and its client has not yet acknowledged to it: in the process, in a pipe, or
in the kernel's buffers of its two sockets.
"""
import heapq
import re

from packet_lab.flows import Traffic
from packet_lab.packets import Segment

TARGET = re.compile(rb"^GET (\S+) ")


class _Watch:
    def __init__(self):
        self.traffic = Traffic()
        self.names = {}         # flow -> target of its request

    def note(self, packet):
        """Target of the request of this packet's connection, None while it is not known, and the answer's side."""
        if not isinstance(packet, Segment):
            return None, None
        flow = self.traffic.note(packet)
        if flow not in self.names and flow.requests:
            if match := TARGET.match(flow.requests[0][1]):
                self.names[flow] = match[1].decode()
        return self.names.get(flow), flow.acceptor


def most_held(clients, backends):
    """Target -> the most bytes that were held of its answer. One request a connection; `clients` and `backends` are the
    packets of the two sides."""
    watches = (_Watch(), _Watch())
    taken, passed_on, most = {}, {}, {}
    merged = heapq.merge(((packet.at, 1, packet) for packet in backends), ((packet.at, 0, packet) for packet in clients),
                         key=lambda entry: entry[:2])
    for _, side, packet in merged:
        target, answer = watches[side].note(packet)
        if target is None:
            continue
        (taken if side else passed_on)[target] = answer.acknowledged
        most[target] = max(most.get(target, 0), taken.get(target, 0) - passed_on.get(target, 0))
    return most
