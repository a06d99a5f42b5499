"""The peers' configurations, with what scenarios and the packet lab change in them, are accepted by each peer."""
import subprocess

import pytest

import peers
from headgate_test.daemon import binary

BACKENDS = ["127.0.0.1:1", "127.0.0.2:1"]
CHANGES = {"plain": {}, "many routes": {"routes": 50}, "access log": {"access_log": True},
           "tls": {"tls": True}, "websocket": {"websocket": True}, "gzip": {"compress": "gzip"},
           "zstd": {"compress": "zstd"},
           "lab": {"host": "127.0.0.3", "connect_ms": 300, "response_ms": 500, "outlier_errors": 3, "failover": True,
                   "reloads": True, "check": peers.Check("/ok", 200, 300, 2)}}


def check_command(name, command):
    if name == "headgate":
        return [binary(), "check", command[-1]]
    return [*command, "-t" if name == "nginx" else "-c"]


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("name", ["headgate", "nginx", "haproxy"])
def test_a_configuration_is_accepted(tmp_path, monkeypatch, name, changes):
    monkeypatch.setattr(peers, "BUILT", tmp_path / "built")
    command = peers.KINDS[name](tmp_path, 10000, peers.Setup(BACKENDS, **changes), False)
    done = subprocess.run(list(map(str, check_command(name, command))), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    text = "".join(file.read_text() for file in tmp_path.iterdir() if file.is_file())
    assert "@" not in text, "a name was not filled in"
    assert changes.get("host", "127.0.0.1") + ":10000" in text
