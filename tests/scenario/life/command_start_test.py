"""headgate run: what it refuses to start with, and how it says so."""
import os
import pathlib
import socket
import subprocess

import pytest

from headgate_test.client import Client
from headgate_test.daemon import SANITIZER_OPTIONS, binary
from headgate_test.ports import free_port

MINIMAL = "workers: 1\nlisteners:\n  web: {{ bind: 127.0.0.1:{port} }}\nroutes:\n  - respond: {{ body: ok }}\n"


def run(folder, yaml, *, wait=15):
    file = pathlib.Path(folder) / "start.yaml"
    file.write_text(yaml)
    return subprocess.run([binary(), "run", file], capture_output=True, text=True, timeout=wait, check=False,
                          env={**os.environ, **SANITIZER_OPTIONS})


def assert_ended(done, status):
    assert done.returncode == status, done.stderr
    assert "Sanitizer" not in done.stderr, done.stderr


def test_a_bad_file_ends_with_2_and_every_mistake(tmp_path):
    done = run(tmp_path, "workers: many\nlisteners: { web: { bind: here, timeouts: { hedaer: 1s } } }\n"
                         "routes: [{ pool: nope }]\n")
    assert_ended(done, 2)
    for what in ("start.yaml:1:10: workers:", "listeners.web.bind:", "did you mean 'header'", "no pool named 'nope'"):
        assert what in done.stderr, done.stderr


def test_a_file_that_is_not_there(tmp_path):
    done = subprocess.run([binary(), "run", tmp_path / "none.yaml"], capture_output=True, text=True, timeout=15, check=False)
    assert_ended(done, 2)
    assert "none.yaml" in done.stderr


def test_a_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, MINIMAL.format(port=port))
    assert_ended(done, 1)
    assert f"listener web: listen on 127.0.0.1:{port}: Address already in use" in done.stderr


@pytest.mark.parametrize("workers", [1, 4])
def test_a_second_headgate_on_the_same_port(headgate, client, tmp_path, workers):
    """SO_REUSEPORT would let the kernel share the port between two daemons, each with its own configuration."""
    port = free_port()
    yaml = MINIMAL.format(port=port).replace("workers: 1", f"workers: {workers}")
    headgate(yaml)
    done = run(tmp_path, yaml)
    assert_ended(done, 1)
    assert f"127.0.0.1:{port}" in done.stderr and "in use" in done.stderr
    for _ in range(8):
        assert client(port).get().body == b"ok"


def test_a_second_headgate_on_the_same_path(headgate, tmp_path):
    path = tmp_path / "gate.sock"
    yaml = MINIMAL.replace("127.0.0.1:{port}", "'unix:{port}'").format(port=path)
    headgate(yaml)
    done = run(tmp_path, yaml)
    assert_ended(done, 1)
    assert str(path) in done.stderr
    peer = Client.connect(str(path))
    assert peer.get().body == b"ok"
    peer.close()


def test_the_path_of_a_killed_headgate_is_taken_over(headgate, tmp_path, client):
    path = tmp_path / "gate.sock"
    yaml = MINIMAL.replace("127.0.0.1:{port}", "'unix:{port}'").format(port=path)
    first = headgate(yaml)
    first.kill()
    assert path.exists()
    headgate(yaml)
    assert client(str(path)).get().body == b"ok"


def test_an_admin_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, MINIMAL.format(port=free_port()) + f"admin: {{ bind: 127.0.0.1:{port} }}\n")
    assert_ended(done, 1)
    assert f"admin: listen on 127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize("key", ["access_log", "log"])
def test_a_log_that_cannot_be_written(tmp_path, key):
    (tmp_path / "a.log").mkdir()
    done = run(tmp_path, MINIMAL.format(port=free_port()) + f"{key}: {{ file: a.log }}\n")
    assert_ended(done, 1)
    assert f"{key}.file" in done.stderr and "a.log" in done.stderr


def test_no_descriptors_to_start_with(tmp_path):
    file = tmp_path / "start.yaml"
    file.write_text(MINIMAL.format(port=free_port()))
    done = subprocess.run(["prlimit", "--nofile=12:12", binary(), "run", file], capture_output=True, text=True, timeout=15,
                          check=False)
    assert done.returncode != 0
    assert "descriptor" in done.stderr or "open files" in done.stderr, done.stderr


def test_the_log_begins_with_what_it_listens_on(headgate):
    gate = headgate(MINIMAL.format(port=0) + "admin: { bind: 127.0.0.1:0 }\n")
    assert gate.wait_log(r"info listening on 127\.0\.0\.1:\d+ \(listener web\)")
    assert gate.wait_log(r"info admin on 127\.0\.0\.1:\d+")
    assert gate.wait_log(r"info ready: 1 worker, pid \d+")[0].endswith(str(gate.pid))
    assert all(line[:4].isdigit() and line[23] == "Z" for line in gate.lines), gate.log
