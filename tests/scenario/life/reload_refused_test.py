"""A configuration that is refused changes nothing, and says why."""
import os
import socket

import pytest

from headgate_test import answering, proxy_yaml
from headgate_test.ports import free_port


def assert_refused(gate, client, yaml, *reasons):
    """Refused with these words in log and status, and everything goes on as before."""
    before = gate.status()
    descriptors = before["process"]["open_descriptors"]
    after = len(gate.lines)
    assert gate.reload(yaml) == "refused"
    said = "\n".join(gate.lines[after:])
    status = gate.status()
    last = status["configuration"]["last_reload"]
    assert last["accepted"] is False
    for reason in reasons:
        assert reason in said or gate.wait_log(reason, after=after)
        assert reason in last["message"]
    assert status["configuration"]["refused"] == before["configuration"]["refused"] + 1
    assert status["listeners"][0]["bind"] == before["listeners"][0]["bind"]
    assert status["process"]["open_descriptors"] <= descriptors + 2
    assert client(gate.port()).get().body == b"running"


@pytest.fixture
def gate(headgate, origin):
    running = headgate(proxy_yaml(origin(answering(body=b"running"))))
    return running


def test_every_mistake_is_said(gate, client):
    assert_refused(gate, client, "workers: 0\nlisteners: { web: { bnd: 1 } }\nroutes: [{ pool: nope }]\n",
                   "workers", "did you mean 'bind'", "no pool named 'nope'")


def test_not_even_yaml(gate, client):
    assert_refused(gate, client, "listeners: [\n", "headgate.yaml")


def test_no_file(gate, client):
    gate.file.unlink()
    assert gate.reload() == "refused"
    assert client(gate.port()).get().body == b"running"


def test_a_port_in_use(gate, client):
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    free = free_port()
    yaml = gate.file.read_text().replace("pools:", f"  free: {{ bind: 127.0.0.1:{free} }}\n"
                                                   f"  more: {{ bind: 127.0.0.1:{port} }}\npools:")
    assert_refused(gate, client, yaml, f"listener more: listen on 127.0.0.1:{port}: Address already in use")
    with socket.socket() as probe:  # what was opened before the mistake was found is closed again
        assert probe.connect_ex(("127.0.0.1", free)) != 0
    taken.close()
    assert gate.reload(yaml) == "reloaded"
    assert client(free).get().body == client(port).get().body == b"running"


def test_an_admin_port_in_use(gate, client):
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    yaml = gate.file.read_text().replace("admin: { bind: 127.0.0.1:0 }", f"admin: {{ bind: 127.0.0.1:{port} }}")
    assert_refused(gate, client, yaml, f"admin: listen on 127.0.0.1:{port}")
    taken.close()


def test_an_address_that_is_not_ours(gate, client):
    yaml = gate.file.read_text().replace("pools:", "  far: { bind: 203.0.113.7:80 }\npools:")
    assert_refused(gate, client, yaml, "listener far: listen on 203.0.113.7:80")


@pytest.mark.parametrize("key", ["access_log: { file: %s }", "log: { file: %s }"])
def test_a_log_that_cannot_be_written(gate, client, tmp_path, key):
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "a.log").mkdir()  # a folder of that name: not even root can write to it
    yaml = gate.file.read_text() + key % (folder / "a.log") + "\n"
    assert_refused(gate, client, yaml, key.split(":")[0])


def test_a_folder_that_is_gone(gate, client, tmp_path):
    root = tmp_path / "www"
    yaml = gate.file.read_text().replace("routes:\n", f"routes:\n  - match: {{ path: /f/ }}\n    static: {{ root: {root} }}\n")
    assert_refused(gate, client, yaml, "static.root")
    os.mkdir(root)
    assert gate.reload(yaml) == "reloaded"


def test_workers_wait_for_a_restart(gate, client):
    yaml = gate.file.read_text().replace("workers: 1", "workers: 3")
    assert gate.reload(yaml) == "reloaded"
    gate.wait_log("workers: 3 takes effect at the next start; 1 go on")
    assert len(gate.status()["workers"]) == 1
    assert client(gate.port()).get().body == b"running"


def test_a_good_file_after_bad_ones(gate, client):
    good = gate.file.read_text()
    for _ in range(5):
        assert gate.reload("listeners: {}\n") == "refused"
    assert gate.reload(good.replace("  - pool: app", "  - respond: { body: new }")) == "reloaded"
    assert client(gate.port()).get().body == b"new"
    status = gate.status()["configuration"]
    assert (status["accepted"], status["refused"]) == (2, 5)
