"""headgate demo: it starts with nothing else, and each line that it prints does what it says."""
import os
import re
import shlex
import signal
import socket
import subprocess
import time

import pytest

from headgate_test import daemon, processes
from headgate_test.daemon import SANITIZER, SANITIZER_OPTIONS

PORTS = (8080, 9900)


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture
def demo():
    """(process, what it printed)"""
    if not all(map(is_free, PORTS)):
        pytest.skip("something else listens on a port of the demo")
    process = processes.start([daemon.binary(), "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, **SANITIZER_OPTIONS})
    text = ""
    while "Ctrl-C" not in text:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        text += line
    yield process, text
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0 and not SANITIZER.search(errors), errors


def shell(line):
    return subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60, check=False).stdout


def things_to_try(text):
    """The curl lines by their number."""
    found = re.findall(r"^# (\d)\. .*(?:\n#(?!  ).*)*\n#\s+(curl .*)$", text, re.MULTILINE)
    return {int(number): line for number, line in found}


def test_the_configuration_that_it_prints_is_a_file(demo, tmp_path):
    _, text = demo
    yaml = text[text.index("drain_timeout:"):text.index("# ---")]
    (tmp_path / "copy.yaml").write_text(yaml)
    done = subprocess.run([daemon.binary(), "check", tmp_path / "copy.yaml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert max(map(len, text.splitlines())) <= 100


def test_the_lines_of_curl(demo):
    process, text = demo
    lines = things_to_try(text)
    assert sorted(lines) == [1, 2, 3, 4, 5, 6, 7], text

    balanced = shell(lines[1])
    assert set(re.findall(r"origin (\w+)", balanced)) == {"one", "two", "three"}

    told = shell(lines[2])
    assert "X-Forwarded-For: 127.0.0.1" in told and "X-Route: site" in told

    limited = shell(lines[4])
    assert re.findall(r"^HTTP/1\.1 (\d+)", limited, re.MULTILINE) == ["200", "200", "429"]
    assert "Retry-After: 1" in limited

    cached = shell(lines[5])
    assert re.findall(r"^Cache-Status: headgate; (hit|fwd=uri-miss)", cached, re.MULTILINE) == 2 * ["fwd=uri-miss"] + 2 * ["hit"]
    answers = re.findall(r"my answer number (\d+)", cached)
    assert len(answers) == 4 and answers[:2] == answers[2:], cached

    stayed = re.findall(r"origin (\w+)", shell(lines[6]))
    assert len(stayed) == 3 and len(set(stayed)) == 1, stayed
    assert len(set(re.findall(r"origin (\w+)", shell("curl -s '127.0.0.1:8080/shop/?[1-6]'")))) > 1

    known = shell(lines[7].partition("|")[0])
    assert '"backends"' in known and "headgate_route_requests_total" in known

    failed = shell(lines[3])
    failing = re.search(r"I answer my health check with 503|told to fail|origin (\w+)", failed)
    assert failing
    victim = re.search(r"origin (\w+)", failed)[1]
    after = failed.split("\n", 1)[1] if failed.startswith("Hello") else failed
    rest = shell("curl -s '127.0.0.1:8080/?[1-6]'")
    assert victim not in rest and len(set(re.findall(r"origin (\w+)", rest))) == 2, (after, rest)


def test_the_lines_about_operating_it(demo):
    """The socket and the token are the demo's own: nobody else's, and gone with it."""
    process, text = demo
    folder = re.search(r"HEADGATE_SOCKET=(\S+)/admin\.sock", text)[1]
    assert os.stat(folder).st_mode & 0o077 == 0
    exported, drain, backends, enable = re.findall(r"^#      (export .*|.* ctl .*)$", text, re.MULTILINE)
    assert "draining" in shell(f"{exported}; {drain}")
    assert "a try" in shell(f"{exported}; {backends}")
    assert "origin one" not in shell("curl -s '127.0.0.1:8080/?[1-6]'")
    shell(f"{exported}; {enable}")
    assert "origin one" in shell("curl -s '127.0.0.1:8080/?[1-6]'")

    with open(re.search(r"sign in with the word in (\S+)", text)[1], encoding="ascii") as token:
        word = token.read().strip()
    change = "curl -s -o /dev/null -w '%{http_code}' -X POST 127.0.0.1:9900/api/v1/pools/app/backends/two/disable"
    assert shell(change) == "401"
    assert shell(f"{change} -H 'Authorization: Bearer {word}'") == "200"

    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert not os.path.exists(folder)


def test_a_failed_origin_recovers(demo):
    _, text = demo
    victim = re.search(r"origin (\w+)", shell("curl -s 127.0.0.1:8080/fail"))[1]
    addresses = dict(re.findall(r'id: (\w+), address: "([^"]+)"', text))
    deadline = time.monotonic() + 10
    while '"down"' not in shell("curl -s 127.0.0.1:9900/status"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    shell(f"curl -s {shlex.quote(addresses[victim])}/recover")
    while '"down"' in shell("curl -s 127.0.0.1:9900/status"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_it_stops_on_ctrl_c(demo):
    process, _ = demo
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert time.monotonic() - started < 5


def test_it_is_not_upgraded(demo):
    """It has its origins inside."""
    process, _ = demo
    process.send_signal(signal.SIGUSR2)
    assert "upgrade refused: what was not started by `headgate run` cannot be upgraded" in process.stderr.readline()


def test_a_taken_port_is_said(demo):
    second = subprocess.run([daemon.binary(), "demo"], capture_output=True, text=True, timeout=20, check=False,
                            env={**os.environ, **SANITIZER_OPTIONS})
    assert second.returncode == 1
    assert "127.0.0.1:8080" in second.stderr and "in use" in second.stderr
    assert "things to try" not in second.stdout
