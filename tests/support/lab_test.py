"""The network that tests make for themselves: separate, counted right, and gone however its test ends."""
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from packet_lab.capture import EVERYTHING, Capture
from packet_lab.keeper import inhabitants, is_dead
from packet_lab.lab import CLIENT, GATE, Lab, backend_address, why_not
from headgate_test.client import Client
from headgate_test.origin import Origin, answering
from packet_lab.namespaces import Namespace

SUPPORT = pathlib.Path(__file__).resolve().parent


@pytest.fixture(autouse=True)
def possible():
    if reason := why_not():
        pytest.skip(f"no packets are counted here: {reason}")


@pytest.fixture
def lab():
    with Lab(backends=2) as made:
        yield made


def ask(address):
    peer = Client.connect(address)
    try:
        return peer.get().body
    finally:
        peer.close()


def test_a_namespace_is_only_entered_for_a_while(lab):
    def interfaces():
        return {line.split(":")[0].strip() for line in pathlib.Path("/proc/thread-self/net/dev").read_text().splitlines()[2:]}

    outside = interfaces()
    with lab.client:
        assert interfaces() == {"lo", "gate"}
        with lab.gate:
            assert interfaces() == {"lo", "clients", "backends"}
        assert interfaces() == {"lo", "gate"}
    assert interfaces() == outside and not outside & {"gate", "clients", "backends"}


def test_connections_and_their_packets(lab, tmp_path):
    with lab.gate:
        server = Origin(answering(body=b"hello"), host=GATE)
    with Capture(lab.gate, "clients", tmp_path / "clients.pcap", EVERYTHING) as capture, lab.client:
        assert ask((GATE, server.port)) == b"hello"
        with pytest.raises(ConnectionRefusedError):
            Client.connect((GATE, 1))
    server.close()
    traffic = capture.traffic()
    answered, refused = traffic.flows
    assert answered.opener.address[0] == CLIENT and answered.acceptor.address == (GATE, server.port)
    assert answered.requests[0][1].startswith(b"GET / HTTP/1.1\r\n")
    assert answered.acceptor.end > len(b"hello") and answered.acceptor.acknowledged == answered.acceptor.end
    assert (answered.opener.repeated_packets, answered.acceptor.resets) == (0, [])
    assert traffic.refused() == [refused]


def test_the_congestion_control_is_as_wanted(lab):
    with lab.gate:
        server = Origin(answering(body=b"x"), host=GATE)
    with lab.client:
        peer = Client.connect((GATE, server.port))
        assert peer.get().body == b"x"
        for space in (lab.client, lab.gate):
            assert " cubic " in space.run("ss", "-tinH", "state", "established")
        peer.close()
    server.close()


def test_loss_makes_senders_repeat(lab, tmp_path):
    body = b"x" * 3_000_000
    with lab.gate:
        server = Origin(answering(body=body), host=GATE)
    lab.lose_percent(1)
    with Capture(lab.gate, "clients", tmp_path / "clients.pcap", EVERYTHING) as capture, lab.client:
        assert ask((GATE, server.port)) == body
    server.close()
    lost = lab.dropped(lab.client, "loss")
    sent = capture.traffic().flows[0].acceptor
    # One in a hundred of some 2,070 packets: beyond these bounds is a chance of less than one in a million. Of those that
    # carry no payload (SYN-ACK, a first ACK, FIN) all three may be among them.
    assert 3 <= lost <= 80 and lost <= sent.repeated_packets + 3
    lab.lose_percent(0)
    with Capture(lab.gate, "clients", tmp_path / "whole.pcap", EVERYTHING) as capture:
        pass
    assert capture.traffic().flows == []


def test_a_black_hole_swallows_one_backend(lab):
    with lab.backends:
        servers = [Origin(answering(body=b"x"), host=backend_address(number)) for number in range(2)]
    lab.black_hole(backend_address(0))
    with lab.gate:
        with pytest.raises(TimeoutError):
            Client.connect((backend_address(0), servers[0].port), timeout=0.2)
        assert ask((backend_address(1), servers[1].port)) == b"x"
        assert lab.dropped(lab.backends, "hole") > 0
        lab.fill_hole()
        assert ask((backend_address(0), servers[0].port)) == b"x"
    for server in servers:
        server.close()


# A test that dies: it leaves a daemon in a session of its own, whose name it tells.
DYING = textwrap.dedent("""
    import os, signal, subprocess, sys, time
    from packet_lab.lab import Lab
    lab = Lab()
    with lab.gate:
        left = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    status = os.fstat(lab.gate.descriptor)
    print(left.pid, status.st_dev, status.st_ino, flush=True)
    time.sleep(1000)
""")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_test_that_dies_leaves_nothing(end):
    dying = subprocess.Popen([sys.executable, "-c", DYING], stdout=subprocess.PIPE, start_new_session=True,
                             env={**os.environ, "PYTHONPATH": str(SUPPORT)})
    left, device, inode = map(int, dying.stdout.readline().split())
    os.killpg(dying.pid, end)
    dying.wait(10)
    deadline = time.monotonic() + 20
    while not is_dead(left) or inhabitants({(device, inode)}):
        assert time.monotonic() < deadline, f"{left} still runs"
        time.sleep(0.02)


def test_the_keeper_touches_nobody_outside():
    """Given the machine's own namespace it refuses."""
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        done = subprocess.run([sys.executable, SUPPORT / "packet_lab" / "keeper.py", str(own)], pass_fds=[own],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
    finally:
        os.close(own)
    assert done.returncode == 1 and "not of a lab" in done.stderr


def test_what_cannot_be_made_is_said():
    space = Namespace()
    with pytest.raises(RuntimeError, match="ip link set none up: .*none"):
        space.run("ip", "link", "set", "none", "up")
    space.close()
