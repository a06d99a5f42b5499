"""Clients and a backend that do anything at any moment. Whatever happens, nothing is left over: no exchange, no backend slot,
no buffer, no connection, no descriptor."""
import random
import threading
import time

import pytest

from headgate_test import ConnectionReset, Headgate, Origin, StreamEnded, processes, proxy_yaml
from headgate_test import metrics as prometheus
from headgate_test.client import Client

EXCHANGES = 400
CLIENTS = 8
GONE = (StreamEnded, ConnectionReset, OSError, TimeoutError)
HEADS = [
    b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /%d HTTP/1.0\r\n\r\n", b"HEAD /%d HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
    b"POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n",
    b"PUT /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    b"GET /%d HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nearly",
    b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300000,
    b"POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1000\r\n" + b"y" * 4096 + b"\r\nbad\r\n",
    b"BAD /%d\r\n\r\n",
]
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"z" * 300000,
    b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhellono",
    b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",
]


def send_somehow(sock, raw, dice):
    """In pieces, with pauses, whole or not; returns whether it is whole."""
    end = len(raw) if dice.random() < 0.7 else dice.randrange(len(raw) + 1)
    at = 0
    while at < end:
        step = dice.choice([1, 7, 100, 4096, 1 << 20])
        sock.sendall(raw[at:min(at + step, end)])
        at += step
        if dice.random() < 0.1:
            time.sleep(dice.random() * 0.01)
    return end == len(raw)


def leave_somehow(stream, dice):
    how = dice.randrange(4)
    if how == 0:
        stream.reset()
    elif how == 1:
        stream.close()
    elif how == 2:
        stream.half_close()
        stream.wait_gone(timeout=1)
    else:
        stream.wait_gone(timeout=dice.random() * 0.3)
        stream.close()


class Backend:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.behaves = False
        self.origin = Origin(self.handle)

    def handle(self, connection):
        dice = random.Random(self.dice.random())
        try:
            while True:
                if self.behaves or dice.random() < 0.9:
                    head = connection.read_until(b"\r\n\r\n", timeout=3)
                    if head.startswith(b"GET /well "):
                        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell")
                        continue
                    if b"Content-Length" in head and dice.random() < 0.7:
                        connection.read_exactly(int(head.split(b"Content-Length: ")[1].split(b"\r")[0]), timeout=1)
                connection.socket.settimeout(1)
                if not send_somehow(connection.socket, dice.choice(ANSWERS), dice) or dice.random() < 0.4:
                    leave_somehow(connection, dice)
                    return
        except GONE:
            pass


def misbehave(port, dice):
    client = Client.connect(port)
    try:
        client.socket.settimeout(1)
        whole = send_somehow(client.socket, dice.choice(HEADS).replace(b"%d", b"%d" % dice.randrange(1000)), dice)
        if whole and dice.random() < 0.5:
            client.read_response(timeout=dice.random())
        leave_somehow(client, dice)
    except GONE:
        pass
    except (ValueError, IndexError, AssertionError):
        pass  # an upgrade's bytes are no message
    finally:
        client.close()


def figure(gate, name):
    return prometheus.total(gate.metrics(), name)


@pytest.mark.parametrize("_run", range(2))
def test_nothing_is_left_over(tmp_path, _run):
    seed = random.SystemRandom().randrange(1 << 32)
    backend = Backend(seed)
    yaml = proxy_yaml(backend.origin, listener="timeouts: { header: 500ms, body: 500ms, idle: 500ms }",
                      pool="connections: { idle_timeout: 300ms }\nretry: { attempts: 2, on: [connect, reset, 502, 503] }",
                      route="timeouts: { response: 500ms }")
    gate = Headgate(tmp_path, yaml)
    try:
        before = processes.descriptors(gate.pid)
        dice = random.Random(seed)
        lots = [random.Random(dice.random()) for _ in range(CLIENTS)]
        threads = [threading.Thread(target=lambda own=own: [misbehave(gate.port(), own) for _ in range(EXCHANGES // CLIENTS)])
                   for own in lots]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        deadline = time.monotonic() + 10
        names = ("headgate_backend_requests_in_flight", "headgate_listener_connections_open", "headgate_pool_waiting",
                 "headgate_backend_connections_open", "headgate_worker_buffers_lent_bytes")
        left = {}
        while time.monotonic() < deadline:
            left = {name: value for name in names if (value := figure(gate, name))}
            if not left and processes.descriptors(gate.pid) <= before + 40:  # spare pipes may stay
                break
            time.sleep(0.1)
        assert not left, f"seed {seed}"
        assert processes.descriptors(gate.pid) <= before + 40, f"seed {seed}"
        backend.behaves = True
        well = Client.connect(gate.port())
        assert well.get("/well").body == b"well", f"seed {seed}"
        well.close()
    finally:
        gate.close()
        backend.origin.failures.clear()
        backend.origin.close()
