"""A scripted DNS server on UDP: answers A and AAAA questions from a table that the test changes."""
import ipaddress
import socket
import struct
import threading

A, AAAA = 1, 28
NXDOMAIN, SERVFAIL = 3, 2


def _question(packet):
    """(name, type, end of the question)."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii"))
        at += 1 + packet[at]
    kind = struct.unpack("!H", packet[at + 1:at + 3])[0]
    return ".".join(labels).lower(), kind, at + 5


class NameServer:
    """`table` is name -> list of addresses; `mode` is "answer", "fail" (SERVFAIL) or "silent"."""

    def __init__(self, table):
        self.table = dict(table)
        self.mode = "answer"
        self.questions = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._closing = False
        self._thread.start()

    def _serve(self):
        while True:
            packet, peer = self._socket.recvfrom(4096)
            if self._closing:
                return
            self.questions += 1
            if self.mode != "silent":
                self._socket.sendto(self._answer(packet), peer)

    def _answer(self, packet):
        name, kind, end = _question(packet)
        addresses = [ipaddress.ip_address(each) for each in self.table.get(name, ())]
        code = NXDOMAIN if name not in self.table else 0
        if self.mode == "fail":
            addresses, code = [], SERVFAIL
        matching = [each for each in addresses if each.version == (4 if kind == A else 6 if kind == AAAA else 0)]
        head = packet[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(matching), 0, 0)
        records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(each.packed)) + each.packed
                           for each in matching)
        return head + packet[12:end] + records

    def close(self):
        self._closing = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            host, port = self.address.split(":")
            waker.sendto(b"", (host, int(port)))
        self._thread.join(5)
        self._socket.close()
