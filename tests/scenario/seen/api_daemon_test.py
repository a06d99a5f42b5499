"""The admin API on the daemon itself: state, configuration, log level, history, connections, and who may ask."""
import re
import shutil
import signal
import socket
import threading

import pytest

from headgate_test import answering, proxy_yaml
from headgate_test.daemon import binary
from scenario_parts.api import Api, with_admin
from scenario_parts.backends import Gated
from scenario_parts.watching import wait_until

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REQUEST = b"GET /some/where?x=y HTTP/1.1\r\nHost: a.test\r\n\r\n"


@pytest.fixture
def unix(tmp_path):
    return tmp_path / "admin.sock"


@pytest.fixture
def yaml(origin, unix):
    return with_admin(proxy_yaml(origin(answering())), f"bind: 127.0.0.1:0, socket: {unix}")


def test_the_state_of_the_daemon(headgate, yaml, unix, client):
    gate, api = headgate(yaml), Api(unix)
    peer = client(gate.port())
    for _ in range(5):
        peer.get()
    wait_until(lambda: api.get("/listeners")["listeners"][0]["connections_active"] == 0)
    status = api.get("/status")
    assert status["pid"] == gate.pid and status["state"] == "serving" and status["log_level"] == "info"
    assert TIME.fullmatch(status["started_at"])
    assert status["configuration"]["file"] == str(gate.file)
    assert status["configuration"]["differs_from_file"] is False
    assert status["configuration"]["last_reload"]["accepted"] is True
    assert status["totals"]["requests"] == 5 and status["totals"]["connections_open"] == 1
    assert status["listeners"] == api.get("/listeners")["listeners"]
    listener = status["listeners"][0]
    assert listener["name"] == "web" and listener["protocol"] == "http" and listener["requests"] == 5
    assert listener["binds"] == [f"127.0.0.1:{gate.port()}"]
    route = api.get("/routes")["routes"][0]
    assert route["index"] == 0 and route["match"] == "every request" and route["origin"] == "pool app"
    assert route["responses"]["2xx"] == 5 and route["latency_ms"]["p99"] > 0


def test_head_is_like_get(headgate, yaml, unix):
    headgate(yaml)
    answer = Api(unix).ask("HEAD", "/pools")
    assert answer.status == 200 and answer.text == "" and int(answer.fields["content-length"]) > 10


def test_fields_of_answers(headgate, yaml, unix):
    headgate(yaml)
    answer = Api(unix).ask("GET", "/status")
    assert answer.fields["content-type"] == "application/json"
    assert answer.fields["cache-control"] == "no-store"
    assert answer.fields["x-content-type-options"] == "nosniff"
    assert answer.fields["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert not [name for name in answer.fields if name.startswith("access-control-")]


@pytest.mark.parametrize("method, path, raw, fields, status, detail", [
    ("GET", "/nothing", None, {}, 404, "There is no /api/v1/nothing"),
    ("POST", "/status", None, {}, 405, "/api/v1/status is for GET, HEAD."),
    ("OPTIONS", "/reload", None, {}, 405, "/api/v1/reload is for POST."),
    ("POST", "/reload", "{", {}, 400, "The body is not JSON at line 1, column 2."),
    ("POST", "/reload", "[]", {}, 400, "The body is a JSON object, not array."),
    ("POST", "/reload", '{"a": 1, "a": 2}', {}, 400, 'The member "a" comes twice.'),
    ("POST", "/reload", '{"a":' * 17 + "1" + "}" * 17, {}, 400, "nested deeper than 16 levels"),
    ("POST", "/reload", '{"now": true}', {}, 400, 'there is no member "now" here'),
    ("POST", "/reload", "{}", {"Content-Type": "text/plain"}, 415, "Content-Type: application/json"),
    ("POST", "/reload", "a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "application/json"),
    ("PUT", "/log-level", "{}", {}, 400, "level is missing"),
    ("PUT", "/log-level", '{"level": "loud"}', {}, 400, "level is one of debug, info, warn, error"),
    ("PUT", "/log-level", '{"level": "info", "for": "8d"}', {}, 400, "for is a duration from 1s to 7d"),
    ("GET", "/history?seconds=0", None, {}, 400, "seconds is a whole number from 1 to 86400, not '0'"),
    ("GET", "/history?second=5", None, {}, 400, "did you mean 'seconds'?"),
    ("GET", "/history?pool=ap", None, {}, 404, "did you mean 'app'?"),
    ("GET", "/events?after=x", None, {}, 400, "after is a whole number"),
    ("GET", "/connections?limit=10001", None, {}, 400, "limit is a whole number from 1 to 10000"),
    ("GET", "/connections?client=here", None, {}, 400, "client is an IP address, not 'here'"),
])
def test_what_is_asked_wrongly_is_a_problem(headgate, yaml, unix, method, path, raw, fields, status, detail):
    headgate(yaml)
    answer = Api(unix).ask(method, path, raw=raw, fields=fields)
    assert answer.status == status and detail in answer.body["detail"], answer
    assert answer.body["status"] == status and answer.body["title"]
    assert answer.fields["content-type"] == "application/problem+json"
    assert ("allow" in answer.fields) == (status == 405)


def test_bodies_are_bounded(headgate, yaml, unix):
    headgate(yaml)
    api = Api(unix)
    most = 64 * 1024
    assert api.ask("POST", "/reload", raw="{}" + " " * (most - 2)).status == 200
    over = api.ask("POST", "/reload", raw="{}" + " " * (most - 1))
    assert over.status == 413 and over.body["detail"] == "A body has at most 65536 bytes."
    chunked = api.ask("POST", "/reload", raw=iter([b"{}", b" " * most]))
    assert chunked.status == 413


def test_a_body_that_is_announced_is_waited_for(headgate, yaml, unix):
    headgate(yaml)
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(10)
        peer.connect(str(unix))
        peer.sendall(b"PUT /api/v1/log-level HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                     b"Content-Length: 17\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert peer.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.sendall(b'{"level":"debug"}')
        answer = b""
        while part := peer.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_changing_over_tcp_needs_the_token(headgate, origin, tmp_path):
    (tmp_path / "token").touch(0o600)
    (tmp_path / "token").write_text("s3cret\n")
    gate = headgate(with_admin(proxy_yaml(origin(answering())), f"bind: 127.0.0.1:0, token_file: {tmp_path}/token"))
    assert Api(gate.admin_port).get("/log-level") == {"level": "info", "configured": "info", "until": None}
    refused = Api(gate.admin_port).ask("PUT", "/log-level", {"level": "debug"})
    assert refused.status == 401 and refused.fields["www-authenticate"].startswith("Bearer")
    assert "admin.token_file" in refused.body["detail"]
    assert Api(gate.admin_port, token="wrong").ask("PUT", "/log-level", {"level": "debug"}).status == 401
    assert Api(gate.admin_port, token="wrong").ask("POST", "/no/such").status == 401, "nothing is told before"
    assert Api(gate.admin_port, token="s3cret").ask("PUT", "/log-level", {"level": "debug"}).status == 200


def test_changing_over_tcp_without_a_token_file_is_refused(headgate, origin):
    gate = headgate(proxy_yaml(origin(answering())))
    refused = Api(gate.admin_port).ask("POST", "/reload")
    assert refused.status == 403 and "Set admin.token_file to allow this over TCP" in refused.body["detail"]


def test_a_reload_that_is_accepted(headgate, yaml, unix):
    gate, api = headgate(yaml), Api(unix)
    outcome = api.post("/reload")
    assert outcome["accepted"] is True and outcome["message"] == "reloaded" and outcome["took_ms"] >= 0
    reloads = api.get("/reloads")["reloads"]
    assert [(each["accepted"], each["message"]) for each in reloads] == [(True, "started"), (True, "reloaded")]
    assert gate.wait_log("configuration reloaded")


def test_a_reload_that_is_refused_says_everything_that_is_wrong(headgate, yaml, unix):
    gate, api = headgate(yaml), Api(unix)
    gate.write(yaml.replace("pool: app", "pool: ap").replace("workers: 1", "worker: 1"))
    answer = api.ask("POST", "/reload")
    assert answer.status == 422 and answer.fields["content-type"] == "application/problem+json"
    first, second = answer.body["problems"]
    assert first == {"file": str(gate.file), "line": 1, "column": 1, "path": "worker",
                     "message": first["message"]} and "did you mean 'workers'?" in first["message"]
    assert second["path"] == "routes[0].pool" and "did you mean 'app'?" in second["message"]
    assert answer.body["text"].splitlines()[0] == f"{gate.file}:1:1: worker: {first['message']}"
    status = api.get("/status")["configuration"]
    assert status["last_reload"]["accepted"] is False and status["differs_from_file"] is True
    gate.file.unlink()
    missing = api.ask("POST", "/reload").body["problems"]
    assert missing[0]["line"] is None and "No such file" in missing[0]["message"]


def test_a_reload_that_fails_in_taking_over_has_no_place(headgate, yaml, unix):
    gate, api = headgate(yaml), Api(unix)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        gate.write(yaml.replace("bind: 127.0.0.1:0\n", f"bind: 127.0.0.1:{port}\n"))
        answer = api.ask("POST", "/reload")
    assert answer.status == 422 and answer.body["problems"] == [] and f"127.0.0.1:{port}" in answer.body["text"]


@pytest.mark.threads
def test_each_caller_gets_the_outcome_of_what_it_wrote(headgate, yaml, unix):
    """Callers come while others' reloads run: none is told of a reading that was before its own writing."""
    gate, api = headgate(yaml), Api(unix)
    wrong = []

    def caller():
        for _ in range(5):
            answer = api.ask("POST", "/reload")
            if answer.status != 200:
                wrong.append(answer)

    callers = [threading.Thread(target=caller) for _ in range(6)]
    for each in callers:
        each.start()
    for each in callers:
        each.join(60)
    assert not wrong
    gate.write(yaml + "nonsense: 1\n")
    answers = []
    callers = [threading.Thread(target=lambda: answers.append(api.ask("POST", "/reload").status)) for _ in range(6)]
    for each in callers:
        each.start()
    for each in callers:
        each.join(60)
    assert answers == [422] * 6


def test_a_reload_that_moves_the_socket_it_came_by_is_answered(headgate, yaml, unix, tmp_path):
    gate = headgate(yaml)
    elsewhere = tmp_path / "elsewhere.sock"
    gate.write(yaml.replace(str(unix), str(elsewhere)))
    assert Api(unix).post("/reload")["accepted"] is True
    assert Api(elsewhere).get("/status")["pid"] == gate.pid
    assert not unix.exists()


def test_the_configuration_and_how_the_file_differs(headgate, yaml, unix, monkeypatch):
    monkeypatch.setenv("SECRET_LEVEL", "info")
    gate, api = headgate(yaml + 'log: { level: "${SECRET_LEVEL}" }\n'), Api(unix)
    shown = api.get("/config")
    assert shown["running"] == gate.file.read_text() == shown["on_disk"]
    assert "${SECRET_LEVEL}" in shown["running"] and shown["differs"] is False and shown["diff"] == ""
    before = gate.file.read_text()
    gate.file.write_text(before.replace("drain_timeout: 1s", "drain_timeout: 2s"))
    shown = api.get("/config")
    assert shown["differs"] is True and shown["running"] == before
    assert "\n-drain_timeout: 1s\n+drain_timeout: 2s\n" in shown["diff"]
    assert shown["diff"].startswith(f"--- {gate.file} (running)\n+++ {gate.file}\n@@ -")
    gate.file.unlink()
    shown = api.get("/config")
    assert shown["differs"] is True and shown["on_disk"] is None and "No such file" in shown["on_disk_error"]
    gate.file.write_text(before)
    assert api.get("/config")["differs"] is False


def test_the_log_level_for_a_while(headgate, yaml, unix):
    gate, api = headgate(yaml), Api(unix)
    shown = api.ask("PUT", "/log-level", {"level": "error", "for": "1s"}).body
    assert shown["level"] == "error" and shown["configured"] == "info" and TIME.fullmatch(shown["until"])
    wait_until(lambda: api.get("/log-level") == {"level": "info", "configured": "info", "until": None})
    assert api.ask("PUT", "/log-level", {"level": "debug"}).body["until"] is None
    assert gate.reload() == "reloaded"
    assert api.get("/log-level")["level"] == "info", "without a time until the next reload"
    api.ask("PUT", "/log-level", {"level": "debug", "for": "1h"})
    assert gate.reload() == "reloaded"
    assert api.get("/log-level")["level"] == "debug", "with one beyond it"
    assert [event["text"] for event in api.get("/events")["events"] if event["kind"] == "log-level"] == [
        "log level error for 1s", "log level debug", "log level debug for 1h"]


@pytest.mark.threads
def test_history_by_the_second(headgate, yaml, unix, client):
    gate, api = headgate(yaml), Api(unix)
    peer = client(gate.port())
    for _ in range(30):
        peer.get()

    def counted():
        points = api.get("/history?pool=app")["points"]
        return sum(point["requests"] for point in points) == 30 and points

    points = wait_until(counted)
    busy = max(points, key=lambda point: point["requests"])
    assert busy["latency_ms"]["p50"] > 0 and busy["received_bytes"] > 0 and busy["sent_bytes"] > 0
    assert gate.reload() == "reloaded"
    history = api.get("/history?seconds=900&pool=app")
    assert history["step_seconds"] == 1
    assert sum(point["requests"] for point in history["points"]) == 30, "a reload invents nothing"
    assert sum(point["requests"] for point in history["pools"]["app"]) == 30
    assert len(api.get("/history?seconds=1")["points"]) == 1
    assert api.get("/history?seconds=901")["step_seconds"] == 60


def test_stop(headgate, yaml, unix, client):
    gate, api = headgate(yaml), Api(unix)
    answer = api.ask("POST", "/stop")
    assert answer.status == 202 and answer.body == {"draining_seconds_max": 1}
    assert gate.process.wait(20) == 0
    gate.stop()


def test_upgrade(headgate, yaml, unix, client):
    gate, api, outcomes = headgate(yaml), Api(unix), []
    before = gate.pid
    old = gate.upgrade(ask=lambda: outcomes.append(api.post("/upgrade")))
    assert outcomes == [{"old_pid": before, "new_pid": gate.pid, "took_ms": outcomes[0]["took_ms"]}]
    assert old.wait(20) == 0
    assert api.get("/status")["pid"] == gate.pid
    assert "upgrade" in {event["kind"] for event in api.get("/events")["events"]}
    assert client(gate.port()).get().status == 200


def test_an_upgrade_that_fails_or_is_not_alone(headgate, yaml, unix, tmp_path, monkeypatch):
    installed = tmp_path / "headgate"
    shutil.copy2(binary(), installed)
    monkeypatch.setenv("HEADGATE_BIN", str(installed))
    gate, api = headgate(yaml), Api(unix)
    go_on = tmp_path / "go-on"
    script = installed.with_name("new")
    script.write_text(f"#!/bin/sh\nuntil [ -e {go_on} ]; do sleep 0.05; done\necho no thanks >&2\nexit 3\n")
    script.chmod(0o755)
    script.rename(installed)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(api.ask("POST", "/upgrade")))
    asking.start()
    wait_until(lambda: api.get("/status")["state"] == "upgrading")
    second = api.ask("POST", "/upgrade")
    assert second.status == 409 and "an upgrade is under way" in second.body["detail"]
    reload = api.ask("POST", "/reload")
    assert reload.status == 422 and reload.body["text"] == "an upgrade is under way"
    go_on.touch()
    asking.join(60)
    assert answers[0].status == 500 and "no thanks" in answers[0].body["detail"], answers
    assert api.get("/status")["pid"] == gate.pid and api.get("/status")["state"] == "serving"


def test_a_reload_while_stopping_is_refused(headgate, origin, unix, client):
    gated = Gated()
    yaml = with_admin(proxy_yaml(origin(gated)), f"socket: {unix}") + "drain_timeout: 20s\n"
    gate, api = headgate(yaml), Api(unix)
    peer = client(gate.port())
    peer.send(REQUEST)
    wait_until(lambda: gated.waiting)
    gate.process.send_signal(signal.SIGTERM)
    wait_until(lambda: api.get("/status")["state"] == "draining")
    answer = api.ask("POST", "/reload")
    assert answer.status == 422 and answer.body["text"] == "headgate is stopping"
    gated.open()
    peer.read_response()
    gate.stop()
