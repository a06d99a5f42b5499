"""Clients that stop reading, or read slowly, from endless answers: what headgate takes from the backend beyond what they
have taken is within the kernel's buffers and its own documented one, at every moment."""
import threading
import time

import pytest

from headgate_test import processes
from headgate_test.client import Client
from headgate_test.origin import Origin
from held import most_held
from packet_lab.capture import EVERYTHING
from packet_lab.lab import GATE, backend_address
from site_in_lab import WEB, gate_yaml

CLIENTS = 24          # every other one stops reading, the others read slowly
BLOCK = bytes(range(256)) * 256
# The gate's socket buffers: small enough that what is held beside them would be seen.
RECEIVE_MAX, SEND_MAX = 128 << 10, 192 << 10
CLIENT_RECEIVE_MAX = 64 << 10
# docs/behaviour.md: memory for one body on its way, and for the three heads of an exchange.
BUFFER_MAX, PIPE_MAX = 64 << 10, 256 << 10
HEADS_MAX = 3 * 4096
HEAD_DIFFERENCE = 4096  # between the heads on the two sides
OTHER_BYTES = 4 << 20  # frames, sockets, pages of the program touched for the first time; what a sanitizer adds
SLOW_ROUNDS, SLOW_PAUSE_SECONDS, SLOW_BYTES = 60, 0.02, 8192
RESUMED_BYTES = 4 << 20
FRAMINGS = {"length": f"Content-Length: {1 << 40}", "chunked": "Transfer-Encoding: chunked"}


class Endless:
    """A backend that sends until nobody takes more; `sent` counts what its kernel took."""

    def __init__(self, framing):
        self.head = f"HTTP/1.1 200 OK\r\n{FRAMINGS[framing]}\r\n\r\n".encode()
        self.block = BLOCK if framing == "length" else f"{len(BLOCK):x}\r\n".encode() + BLOCK + b"\r\n"
        self.sent = {}
        self.end = threading.Event()

    def __call__(self, connection):
        connection.read_request()
        connection.send(self.head)
        left = b""
        while not self.end.is_set():
            connection.socket.settimeout(0.2)
            left = left or self.block
            try:
                count = connection.socket.send(left)
            except TimeoutError:
                continue
            except OSError:
                return
            left = left[count:]
            self.sent[connection.number] = self.sent.get(connection.number, 0) + count

    def wait_stalled(self, timeout=30):
        """Until nothing was taken for half a second."""
        deadline, last = time.monotonic() + timeout, None
        since = time.monotonic()
        while time.monotonic() - since < 0.5 or len(self.sent) < CLIENTS:
            total = sum(self.sent.values())
            if total != last:
                last, since = total, time.monotonic()
            assert time.monotonic() < deadline, f"still taking after {total} bytes"
            time.sleep(0.02)
        return last


@pytest.mark.parametrize("framing", FRAMINGS)
def test_slow_clients(site, framing):
    lab = site.lab
    lab.gate.set("net.ipv4.tcp_rmem", f"4096 65536 {RECEIVE_MAX}")
    lab.gate.set("net.ipv4.tcp_wmem", f"4096 65536 {SEND_MAX}")
    lab.client.set("net.ipv4.tcp_rmem", f"4096 32768 {CLIENT_RECEIVE_MAX}")
    endless = Endless(framing)
    with lab.backends:
        backend = Origin(endless, host=backend_address(0))
    gate = site.start(gate_yaml([backend.address]))
    clients, upstream = site.capture("clients", EVERYTHING), site.capture("backends", EVERYTHING)
    before = processes.rss_bytes(gate.pid)
    peers = []
    try:
        with lab.client:
            for number in range(CLIENTS):
                peers.append(Client.connect((GATE, WEB)))
                peers[-1].send(f"GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        endless.wait_stalled()
        read_slowly(peers[1::2])
        grown = processes.rss_bytes(gate.pid) - before
        lent = site.figure("headgate_worker_buffers_lent_bytes")
        clients.stop()
        upstream.stop()
        # Who had stopped goes on where it was.
        peers[0].read_until(b"\r\n\r\n")
        assert len(peers[0].read_exactly(RESUMED_BYTES, timeout=60)) == RESUMED_BYTES
    finally:
        endless.end.set()
        for peer in peers:
            peer.close()
        backend.close()
    held = most_held(clients.packets(), upstream.packets())
    bound = RECEIVE_MAX + SEND_MAX + PIPE_MAX + HEAD_DIFFERENCE
    print(f"\n{framing}: {CLIENTS} slow clients: held at most {max(held.values()) >> 10} KiB of one answer (bound "
          f"{bound >> 10}), {min(held.values()) >> 10} KiB at least; the process grew by {grown >> 10} KiB, "
          f"{int(lent) >> 10} KiB of buffers lent")
    assert len(held) == CLIENTS
    # Else they had not been slow: more than the kernel of the client takes is on the way.
    assert min(held.values()) > BUFFER_MAX
    assert max(held.values()) <= bound
    assert lent <= CLIENTS * (BUFFER_MAX + HEADS_MAX)
    assert grown <= CLIENTS * (BUFFER_MAX + HEADS_MAX) + OTHER_BYTES


def read_slowly(peers):
    for _ in range(SLOW_ROUNDS):
        for peer in peers:
            assert peer.socket.recv(SLOW_BYTES)
        time.sleep(SLOW_PAUSE_SECONDS)
