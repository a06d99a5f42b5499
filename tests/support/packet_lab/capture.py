"""tcpdump on one interface, from a moment to another, with every packet between them.

    with Capture(space, "clients", folder / "clients.pcap") as capture:
        ...
    traffic = capture.traffic()

A capture that lost packets proves nothing, so that is an error of its own.
"""
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import threading
import time

from headgate_test import processes
from packet_lab import packets, pcap
from packet_lab.flows import Traffic

SNAPSHOT_BYTES = 192        # headers, and enough of a request to see what it asks for
BUFFER_KIB = 32768
START_SECONDS_MAX = 20
MARK_SECONDS_MAX = 60
MARK = 0x88B5               # EtherType for local experiments (IEEE 802); nobody answers it
# Of TCP over IPv6 only without extension headers, which is what the kernel sends.
OPENINGS_AND_ENDS = "(tcp[13] & 7 != 0) or (ip6[6] == 6 and ip6[53] & 7 != 0) or icmp or icmp6"
EVERYTHING = "tcp or (ip6[6] == 6) or icmp or icmp6"


class Capture:
    """`which`: OPENINGS_AND_ENDS (SYN, FIN and RST; no load loses any of those) or EVERYTHING."""

    def __init__(self, space, interface, file, which=OPENINGS_AND_ENDS):
        self.space, self.interface, self.file = space, interface, pathlib.Path(file)
        command = ["tcpdump", "-i", interface, "-p", "-n", "-U", "--immediate-mode", "-Z", "root", "-s", SNAPSHOT_BYTES,
                   "-B", BUFFER_KIB, "-w", "-", f"{which} or ether proto {MARK:#x}"]
        self._said = []
        with space, open(self.file, "wb") as out:
            self.process = processes.start(command, stdout=out, stderr=subprocess.PIPE, text=True)
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._listening.wait(START_SECONDS_MAX) or self.process.poll() is not None:
            self.kill()
            raise RuntimeError(f"tcpdump did not start: {' '.join(self._said)}")

    def _read(self):
        for line in self.process.stderr:
            self._said.append(line.strip())
            if "listening on" in line:
                self._listening.set()
        self._listening.set()

    def wait_caught_up(self):
        """Sends a frame of its own, and waits until the file has it: then it has all that came before."""
        name = secrets.token_bytes(16)
        with self.space, socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
            sender.bind((self.interface, 0))
            sender.send(b"\xff" * 6 + b"\x02" + b"\0" * 5 + MARK.to_bytes(2, "big") + name)
        deadline, seen = time.monotonic() + MARK_SECONDS_MAX, b""
        with open(self.file, "rb") as written:
            while True:
                block = written.read(1 << 20)
                if name in seen[-len(name):] + block:
                    return
                seen = (seen[-len(name):] + block)
                if not block:
                    if time.monotonic() > deadline or self.process.poll() is not None:
                        raise RuntimeError(f"tcpdump fell behind: {' '.join(self._said)}")
                    time.sleep(0.02)

    def stop(self):
        if self.process.poll() is None:
            self.wait_caught_up()
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)
        self._reader.join(5)
        text = " ".join(self._said)
        dropped = re.search(r"(\d+) packets? dropped by kernel", text)
        if not dropped or int(dropped[1]):
            raise RuntimeError(f"the capture is not whole: {text}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._reader.join(5)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self.kill()

    def packets(self):
        """Segments and errors of ICMP."""
        for at, frame in pcap.frames(self.file.read_bytes()):
            packet = packets.parse(at, frame)
            if packet is not None:
                yield packet

    def traffic(self):
        return Traffic.of(self.packets())
