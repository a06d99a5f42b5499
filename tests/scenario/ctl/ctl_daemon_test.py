"""headgate ctl about the daemon as a whole: status, configuration, connections, log, events, stop."""
import json
import os
import re
import signal
import subprocess

import pytest

from headgate_test import answering, daemon
from headgate_test.client import Client
from scenario_parts.backends import Gated
from scenario_parts.ctl import named_pool
from scenario_parts.watching import wait_until


def test_status(two):
    Client.connect(two.daemon.port()).get()
    text = two.says("status")
    assert text.startswith("headgate ") and f"pid {two.daemon.pid}\n" in text
    for what in (str(two.daemon.file), "1 request, ", "all 2 are up", "LISTENER", "web", "log level      info"):
        assert what in text, text
    assert two.json("status")["pid"] == two.daemon.pid


def test_reload(two):
    assert two.says("reload").startswith("Reloaded in ")
    two.daemon.write(two.yaml.replace("- pool: app", "- pool: ap").replace("app-2,", "app-1,"))
    refused = two.ctl("reload")
    assert refused.returncode == 2 and refused.stdout == ""
    checked = subprocess.run([daemon.binary(), "check", two.daemon.file], capture_output=True, text=True, timeout=20,
                             check=False, env={**os.environ, **daemon.SANITIZER_OPTIONS})
    lines = refused.stderr.splitlines()
    assert "no pool named 'ap' (did you mean 'app'?)" in refused.stderr
    assert lines[:-1] == checked.stderr.splitlines() and lines[-1] == "The file was refused; what ran goes on."
    assert two.json("status")["configuration"]["last_reload"]["accepted"] is False
    assert "last reload    refused" in two.says("status")
    as_json = two.ctl("reload", "--json")
    assert as_json.returncode == 2 and len(json.loads(as_json.stdout)["problems"]) == 2


def test_config_and_its_difference(two):
    written = two.daemon.file.read_text()
    assert two.says("config") == written
    same = two.ctl("config", "--diff")
    assert (same.returncode, same.stdout, same.stderr) == (0, "", "")
    two.daemon.file.write_text(written + "workers_count: 3\n")
    differs = two.ctl("config", "--diff")
    assert differs.returncode == 1 and "\n+workers_count: 3\n" in differs.stdout
    assert "headgate ctl config --diff" in two.says("status")
    assert two.ctl("config", "--diff", "--json").returncode == 1
    two.daemon.file.unlink()
    gone = two.ctl("config", "--diff")
    assert gone.returncode == 2 and str(two.daemon.file) in gone.stderr
    assert two.says("config") == written, "what runs is known without the file"


def test_connections(gate, origin):
    slow = Gated()
    gate = gate(named_pool(origin(slow)))
    assert gate.says("connections") == "No connections are open.\n"
    peers = [Client.connect(gate.daemon.port()) for _ in range(3)]
    peers[0].send(b"GET /page HTTP/1.1\r\nHost: www.test\r\n\r\n")
    wait_until(lambda: slow.waiting == 1 and gate.json("connections")["total"] == 3)
    lines = gate.says("connections").splitlines()
    assert lines[0].startswith("CLIENT") and len(lines) == 4
    busy = [line for line in lines if "GET www.test/page" in line]
    assert len(busy) == 1 and "app-1" in busy[0] and "web" in busy[0], lines
    assert gate.says("connections", "--limit", "2").endswith("\n\n2 of 3 connections; --limit N shows more.\n")
    assert gate.says("connections", "--client", "192.0.2.1") == "No connections are open.\n"
    assert len(gate.says("connections", "--client", "127.0.0.1", "--listener", "web").splitlines()) == 4
    slow.open()
    assert peers[0].read_response().status == 200
    for peer in peers:
        peer.close()


def test_log_level(two):
    assert two.says("log-level") == "info\n"
    assert two.says("log-level", "debug") == "The log level is debug until the next reload.\n"
    assert two.says("log-level") == "debug\n"
    assert two.says("log-level", "error", "--for", "10m") == (
        "The log level is error for 10m, and then again what the configuration says.\n")
    assert two.json("log-level")["until"]


def test_events(two):
    two.says("drain", "app-1", "--why", "deploy")
    lines = two.says("events").splitlines()
    assert any("app-1" in line and "deploy" in line for line in lines), lines
    assert all(line[4] == "-" and line[19] == "Z" for line in lines)
    assert two.json("events")["events"][-1]["number"] >= len(lines)


def test_following_events_over_a_restart(two):
    two.says("drain", "app-1")
    follower = two.start("events", "--follow")
    seen = follower.stdout.readline()
    while "app-1" not in seen:
        seen = follower.stdout.readline()
    two.says("enable", "app-1")
    assert "app-1" in follower.stdout.readline()
    two.daemon.stop()
    assert follower.stderr.readline().endswith("; reconnecting\n")
    two.restart()
    two.says("disable", "app-2")
    seen = follower.stdout.readline()
    while "app-2" not in seen:
        seen = follower.stdout.readline()
    follower.send_signal(signal.SIGTERM)
    assert follower.wait(20) == -signal.SIGTERM


def test_following_events_as_json(two):
    follower = two.start("events", "-f", "--json")
    two.says("drain", "app-1")
    row = json.loads(follower.stdout.readline())
    while row.get("backend") != "app-1":
        row = json.loads(follower.stdout.readline())
    follower.terminate()
    follower.wait(20)


def test_stop(gate, origin):
    gate = gate(named_pool(origin(answering())))
    assert gate.says("stop") == "headgate stops: no new connections; those that are open have at most 1 s.\n"
    assert gate.daemon.process.wait(20) == 0
    gate.daemon.stop()  # it has, and well


def test_status_of_a_daemon_that_stops(gate, origin, client):
    slow = Gated()
    gate = gate(named_pool(origin(slow), more="drain_timeout: 60s"))
    peer = client(gate.daemon.port())
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    wait_until(lambda: slow.waiting == 1)
    gate.says("stop")
    wait_until(lambda: gate.json("status")["state"] == "draining")
    assert ", draining for " in gate.says("status").splitlines()[0]
    slow.open()
    assert peer.read_response().status == 200
    gate.daemon.stop()


def test_upgrade(two):
    two.says("drain", "app-1", "--why", "deploy")
    said = []
    old = two.daemon.upgrade(ask=lambda: said.append(two.says("upgrade")))
    assert re.fullmatch(rf"Process {two.daemon.pid} serves, after \d+ ms; process {old.pid} ends when its connections have\.\n",
                        said[0]), said
    assert two.json("status")["pid"] == two.daemon.pid
    assert two.backend("app-1")["state"] == "draining", "what an operator wished outlives it"
    assert "deploy" in two.says("pools")


def test_an_upgrade_that_fails(two):
    two.daemon.write("nonsense: true\n")
    failed = two.ctl("upgrade")
    assert failed.returncode == 1 and failed.stdout == ""
    assert failed.stderr.startswith("headgate ctl: ") and "nonsense" in failed.stderr
    assert two.json("status")["pid"] == two.daemon.pid


def test_over_tcp_with_a_token(gate, origin, tmp_path):
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text("s3cret\n")
    yaml = named_pool(origin(answering())).replace("127.0.0.1:0 }\n", "127.0.0.1:0, token_file: %s }\n" % token)
    gate = gate(yaml)
    url = f"http://127.0.0.1:{gate.daemon.admin_port}"
    reading = gate.ctl("pools", "--url", url)
    assert reading.returncode == 0 and "app" in reading.stdout
    refused = gate.ctl("drain", "app-1", "--url", url)
    assert refused.returncode == 1 and "token" in refused.stderr
    assert gate.ctl("drain", "app-1", "--url", url, "--token-file", token).returncode == 0
    assert gate.ctl("status", "--url", url.replace("127.0.0.1", "localhost")).returncode == 0


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_pipes_get_no_colors_and_every_column(two, locale):
    for word in ("status", "pools", "backends", "events", "connections", "config"):
        done = two.ctl(word, environment={"LANG": locale, "LC_ALL": locale})
        assert done.returncode == 0 and "\x1b" not in done.stdout, done
    assert "WHY" in two.says("backends").splitlines()[0]
