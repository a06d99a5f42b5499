"""Thousands of clients, in a process of their own so that their descriptors are not the test's.

    crowd.py idle PORT COUNT             one request each, then idle
    crowd.py slow PORT COUNT SECONDS     each sends one byte of a head a second, for so long

`idle` says "open" when all are there. Then each line on its input is a question: "alive" is answered with how many are
still open and silent, "close" closes all and ends. `slow` says how many were answered with which status, as JSON.
"""
import collections
import json
import pathlib
import selectors
import socket
import subprocess
import sys
import time

REQUEST = b"GET / HTTP/1.1\r\nHost: crowd\r\n\r\n"
SLOW_HEAD = b"GET / HTTP/1.1\r\nHost: slow\r\nX-Long: " + b"x" * 1000
BURST = 100  # connections opened between two looks at the others


def connect(port, number):
    """Sources spread over the loopback addresses, for there are only 28,000 ephemeral ports to one."""
    source = f"127.0.{2 + number // 10000}.1"
    return socket.create_connection(("127.0.0.1", port), 20, source_address=(source, 0))


def is_silent(peer):
    try:
        return peer.recv(1) and False
    except BlockingIOError:
        return True
    except OSError:
        return False


def idle(port, count):
    peers = []
    for number in range(count):
        peer = connect(port, number)
        peer.sendall(REQUEST)
        answer = peer.recv(65536)
        if not answer.startswith(b"HTTP/1.1 200"):
            sys.exit(f"client {number} was answered {answer[:200]!r}")
        peer.setblocking(False)
        peers.append(peer)
    print("open", flush=True)
    for line in sys.stdin:
        if line.strip() == "close":
            break
        print(sum(is_silent(peer) for peer in peers), flush=True)
    for peer in peers:
        peer.close()
    print("closed", flush=True)


class SlowClient:
    def __init__(self, peer):
        self.peer = peer
        self.sent = 0
        self.answer = b""
        self.ended = False

    def send_byte(self):
        try:
            self.peer.send(SLOW_HEAD[self.sent:self.sent + 1])
            self.sent += 1
        except OSError:
            self.ended = True

    def read(self):
        """False at the end."""
        try:
            got = self.peer.recv(4096)
        except BlockingIOError:
            return True
        except OSError:
            got = b""
        self.answer += got
        self.ended = not got
        return bool(got)

    @property
    def outcome(self):
        if self.answer:
            return self.answer.split(b" ")[1].decode(errors="replace")
        return "closed" if self.ended else "open"


def slow(port, count, seconds):
    clients, events = [], selectors.DefaultSelector()

    def serve(until):
        while (left := until - time.monotonic()) > 0:
            for key, _ in events.select(left):
                if not key.data.read():
                    events.unregister(key.data.peer)

    for number in range(count):
        client = SlowClient(connect(port, number))
        client.peer.setblocking(False)
        events.register(client.peer, selectors.EVENT_READ, client)
        clients.append(client)
        client.send_byte()
        if number % BURST == 0:
            serve(time.monotonic() + 0.001)
    print("open", flush=True)
    end = time.monotonic() + seconds  # from here on, since connecting takes its time on a busy machine
    while time.monotonic() < end:
        started = time.monotonic()
        for client in clients:
            if not client.ended and not client.answer:
                client.send_byte()
        serve(min(started + 1, end))
    print(json.dumps(collections.Counter(client.outcome for client in clients)), flush=True)


class Crowd:
    """The test's side of it."""

    def __init__(self, *arguments):
        command = [sys.executable, pathlib.Path(__file__), *arguments]
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, command)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self):
        line = self.process.stdout.readline().strip()
        assert line, "the crowd ended before it answered"
        return line

    def wait_open(self):
        assert self.read() == "open"

    def alive(self):
        self.process.stdin.write("alive\n")
        self.process.stdin.flush()
        return int(self.read())

    def close(self):
        self.process.stdin.write("close\n")
        self.process.stdin.flush()
        assert self.read() == "closed"
        self.process.wait(10)


if __name__ == "__main__":
    {"idle": idle, "slow": slow}[sys.argv[1]](*map(int, sys.argv[2:]))
