"""headgate ctl about backends: what they are, and an operator's wishes."""
import re

from headgate_test import answering
from headgate_test.client import Client
from scenario_parts.backends import Gated
from scenario_parts.ctl import named_pool
from scenario_parts.watching import wait_until


def bodies(gate, count=20):
    peer = Client.connect(gate.daemon.port())
    found = {peer.get().body for _ in range(count)}
    peer.close()
    return found


def test_pools_and_backends(two):
    pools = two.says("pools").splitlines()
    assert pools[0].split() == ["POOL", "BALANCE", "UP", "RUNNING", "WAITING", "REQUESTS", "RETRIES", "FAILURES"]
    assert pools[1].split()[:5] == ["app", "round_robin", "2", "of", "2"]
    rows = two.says("backends").splitlines()
    assert [row.split()[0] for row in rows] == ["BACKEND", "app/app-1", "app/app-2"]
    assert two.says("backends", "app").splitlines()[1:] == rows[1:]
    assert [row["state"] for row in two.json("backends")["backends"]] == ["up", "up"]
    assert two.says("backends", "ap", status=1) == "headgate ctl: no pool named 'ap' (did you mean 'app'?)\n"


def test_a_drain_and_back(two):
    assert bodies(two) == {b"one\n", b"two\n"}
    said = two.says("drain", "app/app-1", "--why", "deploy")
    assert said == "app/app-1: draining, no new requests; nothing runs on it\n"
    assert bodies(two) == {b"two\n"}
    row = two.backend("app-1")
    assert row["state"] == "draining" and "deploy" in row["why"]
    assert re.search(r"app/app-1 is draining for \d+ s: .*deploy", two.says("pools"))
    assert two.says("enable", "app-1") == "app/app-1: enabled, with all of its weight; it is up\n"
    assert bodies(two) == {b"one\n", b"two\n"}


def test_a_drain_over_time(two):
    said = two.says("drain", "app-1", "--over", "60s")
    assert said == "app/app-1: weight goes from 100 to 0 % within 60 s, then draining; nothing runs on it\n"
    wish = two.backend("app-1")["operator"]
    assert wish["target_percent"] == 0 and wish["until"]
    assert "weight goes from" in two.says("enable", "app-1", "--over", "2m")


def test_disable_and_weight(two):
    assert two.says("disable", "app-2").startswith("app/app-2: disabled, out at once; ")
    assert bodies(two) == {b"one\n"}
    assert two.backend("app-2")["state"] == "disabled"
    two.says("enable", "app-2")
    assert two.says("weight", "app-2", "50%") == "app/app-2: has 50 % of its weight; it is up\n"
    assert two.backend("app-2")["weight_percent"] == 50


def test_waiting_for_a_drain(gate, origin, client):
    slow = Gated()
    gate = gate(named_pool(origin(slow)))
    peer = client(gate.daemon.port())
    peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    wait_until(lambda: slow.waiting == 1)
    late = gate.ctl("drain", "app-1", "--wait", "1s")
    assert late.returncode == 1
    assert late.stdout == "app/app-1: draining, no new requests; 1 request runs on it\n"
    assert re.fullmatch(r"headgate ctl: app/app-1: after \d+ s 1 request still runs on it; it stays as it is\n", late.stderr)
    waiting = gate.start("drain", "app-1", "--wait")
    assert "1 request runs on it" in waiting.stdout.readline()
    slow.open()
    out, errors = waiting.communicate(timeout=30)
    assert re.fullmatch(r"app/app-1: nothing runs on it any more, after \d+ s\n", out), errors
    assert waiting.returncode == 0 and errors == ""
    assert peer.read_response().status == 200


def test_a_wait_that_somebody_else_ends(gate, origin, client):
    slow = Gated()
    gate = gate(named_pool(origin(slow)))
    client(gate.daemon.port()).send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    wait_until(lambda: slow.waiting == 1)
    waiting = gate.start("drain", "app-1", "--wait")
    waiting.stdout.readline()
    gate.says("enable", "app-1")
    out, errors = waiting.communicate(timeout=30)
    assert waiting.returncode == 1 and errors == "headgate ctl: app/app-1 was enabled again meanwhile\n", out
    slow.open()


def test_which_backend_is_meant(gate, origin):
    app = origin(answering())
    yaml = named_pool(app).replace("routes:", f'  other:\n    backends: [{{ id: app-1, address: "{app.address}" }}]\nroutes:')
    gate = gate(yaml)
    assert gate.says("drain", "app-1", status=1) == (
        "headgate ctl: 'app-1' is in 2 pools: write one of app/app-1, other/app-1\n")
    assert gate.says("drain", "other/app-1").startswith("other/app-1: draining")
    assert "(did you mean 'app-1'?)" in gate.says("drain", "app/app-2", status=1)
    assert "no pool named 'ap' (did you mean 'app'?)" in gate.says("drain", "ap/app-1", status=1)
    assert gate.says("drain", "ap-1", status=1).startswith("headgate ctl: no backend 'ap-1' (did you mean 'app-1'?)")


def test_json_is_the_daemons(two):
    assert two.json("pools")["pools"][0]["name"] == "app"
    assert two.json("drain", "app-1")["state"] == "draining"
    refused = two.ctl("drain", "app/none", "--json")
    assert refused.returncode == 1 and '"status":404' in refused.stdout.replace(" ", "")
    assert refused.stderr.startswith("headgate ctl: ")
