"""A tcp listener passes bytes on as they are: whole, both ways, with each side's end as it came."""
import contextlib
import hashlib
import random
import socket
import threading
import time

import pytest

from headgate_test import ConnectionReset
from headgate_test.metrics import total
from scenario_parts.tcp import echo
from scenario_parts.watching import wait_until

YAML = {"listener": "timeouts: { idle: 1500ms }"}


def test_the_server_may_speak_first(stage, client):
    def greet(connection):
        connection.send(b"220 ready\r\n")
        assert connection.read_until(b"\n") == b"QUIT\n"
        connection.send(b"221 bye\r\n")

    ended = stage.last_line()
    peer = client(stage.play(greet))
    assert peer.read_until(b"\n") == b"220 ready\r\n"
    peer.send(b"QUIT\n")
    assert peer.read_to_end() == b"221 bye\r\n"
    peer.close()
    line = ended()
    assert (line["protocol"], line["listener"], line["pool"]) == ("tcp", "web", "app")
    assert (line["request_bytes"], line["response_bytes"], line["client"]) == (5, 20, "127.0.0.1")
    assert line["backend_address"] == stage.origin.address and "ending" not in line and "status" not in line


@pytest.mark.parametrize("seed", range(3))
def test_bytes_stay_whole_both_ways(stage, client, seed):
    """Random pieces from 1 byte to 300 KiB with random pauses, both ways at once: copied, and through pipes."""
    print("seed", seed)

    def pour(sock, rng, digest):
        for _ in range(60):
            piece = rng.randbytes(rng.choice([1, 100, 1400, 16384, 16385, 65536, 300_000]))
            digest.update(piece)
            sock.sendall(piece)
            if rng.random() < 0.3:
                time.sleep(rng.random() / 200)
        sock.shutdown(socket.SHUT_WR)

    def drink(sock, rng, digest):
        while data := sock.recv(rng.choice([7, 1000, 16384, 262144])):
            digest.update(data)

    def both(sock, name, poured, drunk):
        writer = threading.Thread(target=pour, args=(sock, random.Random(f"{seed} {name}"), poured))
        writer.start()
        drink(sock, random.Random(f"{seed} {name} reads"), drunk)
        writer.join()

    digests = {name: hashlib.sha256() for name in ("up", "down", "up came", "down came")}
    done = threading.Event()

    def handle(connection):
        connection.socket.settimeout(60)
        both(connection.socket, "backend", digests["down"], digests["up came"])
        done.set()

    peer = client(stage.play(handle), timeout=60)
    both(peer.socket, "client", digests["up"], digests["down came"])
    assert done.wait(60)
    assert digests["up"].digest() == digests["up came"].digest()
    assert digests["down"].digest() == digests["down came"].digest()


def test_an_end_is_passed_on_and_the_other_way_goes_on(stage, client):
    def answer_at_the_end(connection):
        asked = connection.read_to_end()
        connection.send(b"you said " + asked)

    peer = client(stage.play(answer_at_the_end))
    peer.send(b"all of this")
    peer.half_close()
    assert peer.read_to_end() == b"you said all of this"


def test_the_backend_may_end_first(stage, client):
    heard = []

    def end(connection):
        connection.send(b"that was it")
        connection.half_close()
        heard.append(connection.read_to_end())

    peer = client(stage.play(end))
    assert peer.read_to_end() == b"that was it"
    peer.send(b"and a last word")
    peer.half_close()
    wait_until(lambda: heard == [b"and a last word"])


def test_a_reset_of_the_client_reaches_the_backend(stage, client):
    seen = []

    def wait(connection):
        connection.read_exactly(5)
        try:
            connection.read_to_end()
        except ConnectionReset:
            seen.append("reset")

    ended = stage.last_line()
    peer = client(stage.play(wait))
    peer.send(b"hello")
    wait_until(lambda: stage.origin.connections)
    peer.reset()
    wait_until(lambda: seen == ["reset"])
    line = ended()
    assert line["ending"] == "client_reset" and line["detail"] == "the client cut the connection"


def test_a_reset_of_the_backend_reaches_the_client(stage, client):
    ended = stage.last_line()
    peer = client(stage.play(lambda connection: (connection.read_exactly(5), connection.reset())))
    peer.send(b"hello")
    peer.expect_reset()
    assert ended()["ending"] == "backend_reset"


def test_a_connection_without_a_byte_is_closed_after_its_time(stage, client):
    ended = stage.last_line()
    peer = client(stage.play(lambda connection: connection.wait_gone()))
    began = time.monotonic()
    peer.expect_closed()
    assert time.monotonic() - began > 1.4
    assert ended()["ending"] == "idle"


def test_what_moves_one_way_keeps_it_open(stage, client):
    """Longer than the idle time in all, and never so long without a byte."""
    def drip(connection):
        for _ in range(8):
            connection.send(b".")
            time.sleep(0.3)

    peer = client(stage.play(drip))
    assert peer.read_to_end() == b"." * 8


def test_who_does_not_read_is_not_filled(stage, client):
    """Back pressure: of a flood only what kernels and one pipe hold leaves its sender."""
    sent = []

    def flood(connection):
        connection.socket.settimeout(1)
        with contextlib.suppress(OSError):  # nobody takes more; or the reset at the end of the test
            while sum(sent) < 256 << 20:
                sent.append(connection.socket.send(bytes(65536)))
            connection.wait_gone(30)

    peer = client(stage.play(flood))
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    wait_until(lambda: sent)
    time.sleep(0.5)
    before = sum(sent)
    assert before < 64 << 20, f"{before} bytes were taken of which nobody has read any"
    peer.reset()


def test_a_stream_does_not_keep_others_from_their_turn(stage, client):
    """One worker; a few streams at full speed, and messages that want to pass beside them."""
    stop = threading.Event()

    def part(connection):
        if connection.read_exactly(1) == b"m":
            echo(connection)
        else:
            with contextlib.suppress(ConnectionResetError):  # the end of a stream here
                while connection.socket.recv(1 << 20):
                    pass

    port = stage.play(part)
    block = bytes(1 << 20)

    def pour(sock):
        try:
            sock.sendall(b"s")
            while not stop.is_set():
                sock.sendall(block)
        except OSError:
            pass

    streams = [client(port, timeout=30) for _ in range(3)]
    threads = [threading.Thread(target=pour, args=(each.socket,), daemon=True) for each in streams]
    for thread in threads:
        thread.start()
    messages = client(port, timeout=30)
    messages.send(b"m")
    for number in range(50):
        messages.send(b"%3d" % number)
        assert messages.read_exactly(3) == b"%3d" % number
    stop.set()
    for each in streams:
        each.reset()
    for thread in threads:
        thread.join(10)


def test_a_thousand_connections(stage, client):
    port = stage.play(lambda connection: connection.send(connection.read_exactly(4)))
    peers = [client(port, timeout=60) for _ in range(1000)]
    for number, peer in enumerate(peers):
        peer.send(b"%4d" % number)
    for number, peer in enumerate(peers):
        assert peer.read_exactly(4) == b"%4d" % number
    for peer in peers:
        peer.close()
    wait_until(lambda: total(stage.gate.metrics(), "headgate_listener_connections_open") == 0)
