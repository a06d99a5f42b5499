"""A scripted DNS server on UDP: answers A and AAAA questions from a table that the test changes. And a real one."""
import ipaddress
import pathlib
import socket
import struct
import subprocess
import threading

from headgate_test import processes
from headgate_test.ports import free_port
from scenario_parts.watching import wait_until

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


SERVICE = "_http._tcp.app.internal"


class Dnsmasq:
    """A real dnsmasq that answers for app.internal alone, with a TTL of one second. `serve` replaces what it knows: it is
    started anew for that, by UDP and TCP on `address`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.process = None

    def serve(self, records, hosts):
        """`records` are (priority, weight, port, host) of the service, or None for "there is none"; `hosts` name -> address."""
        lines = ["no-resolv", "no-hosts", "local=/internal/", "local-ttl=1", "bind-interfaces", "listen-address=127.0.0.1",
                 f"port={self.port}", "user=", "pid-file="]
        lines += [f"host-record={host},{address}" for host, address in hosts.items()]
        lines += [f"srv-host={SERVICE},{host},{port},{priority},{weight}" for priority, weight, port, host in records or ()]
        if records is None:
            lines.append(f"srv-host={SERVICE}")
        file = self.folder / "dnsmasq.conf"
        file.write_text("\n".join(lines) + "\n")
        self.stop()
        with open(self.folder / "dnsmasq.log", "ab") as log:
            self.process = processes.start(["/usr/sbin/dnsmasq", "--keep-in-foreground", f"--conf-file={file}"],
                                           stdout=log, stderr=subprocess.STDOUT)
        wait_until(self._listens, what="dnsmasq listens")

    def _listens(self):
        assert self.process.poll() is None, (self.folder / "dnsmasq.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None
