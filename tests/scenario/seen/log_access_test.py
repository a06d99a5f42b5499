"""The access log: what a line says, in each format, and where it goes."""
import datetime
import json
import re
import signal
import time

import pytest

from headgate_test import answering, curl, processes, proxy_yaml
from scenario_parts.backends import Gated, respond, serving
from headgate_test.ports import free_port
from scenario_parts.watching import wait_until

COMBINED = re.compile(r'(\S+) - - \[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "([^"]*)" (\d{3}) (\d+) "([^"]*)" "([^"]*)"')


def lines_of(path, count):
    wait_until(lambda: path.exists() and len(path.read_text().splitlines()) >= count, what=f"{count} lines in {path}")
    return path.read_text().splitlines()


def logging_yaml(*backends, tmp_path, format="json", sample="100%", **options):
    settings = f"access_log: {{ file: {tmp_path}/access.log, format: '{format}', sample: {sample} }}"
    return proxy_yaml(*backends, more=settings, **options)


def test_a_json_line_says_everything(headgate, origin, client, tmp_path):
    def slowly(connection, request):
        time.sleep(0.05)
        respond(connection, b"hello")

    app = origin(serving(slowly))
    gate = headgate(logging_yaml(app, tmp_path=tmp_path, route="name: site"))
    before = datetime.datetime.now(datetime.timezone.utc)
    peer = client(gate.port())
    peer.send(b"POST /a/b?c=d HTTP/1.1\r\nHost: example.com:80\r\nUser-Agent: test/1\r\nReferer: http://r/\r\n"
              b"Content-Length: 3\r\n\r\nabc")
    answer = peer.read_response()
    entry = json.loads(lines_of(tmp_path / "access.log", 1)[0])
    when = datetime.datetime.fromisoformat(entry.pop("time"))
    assert abs(when - before) < datetime.timedelta(seconds=5)
    phases = [entry.pop(name) for name in ("choose_us", "connect_us", "first_byte_us", "total_us")]
    assert phases == sorted(phases) and phases[2] >= 50_000 and phases[3] < 5_000_000
    request_id = entry.pop("request_id")
    assert request_id == app.requests[0].get("X-Request-Id")
    host = entry.pop("host")
    assert host.startswith("example.com")
    assert entry == {
        "client": "127.0.0.1", "listener": "web", "method": "POST", "scheme": "http", "path": "/a/b", "query": "c=d",
        "protocol": "HTTP/1.1", "status": 200, "request_bytes": 3, "response_bytes": 5, "route": "site", "pool": "app",
        "backend": app.address, "backend_address": app.address, "connection_reused": False, "retries": 0,
        "user_agent": "test/1", "referer": "http://r/"}
    assert answer.body == b"hello"


def test_a_second_request_reuses_the_connection(headgate, origin, client, tmp_path):
    gate = headgate(logging_yaml(origin(answering()), tmp_path=tmp_path))
    peer = client(gate.port())
    peer.get(), peer.get()
    entries = [json.loads(line) for line in lines_of(tmp_path / "access.log", 2)]
    assert [entry["connection_reused"] for entry in entries] == [False, True]
    assert entries[0]["request_id"] != entries[1]["request_id"]


def test_the_time_in_the_queue_is_a_phase(headgate, origin, client, tmp_path):
    app = Gated()
    served = origin(app)
    yaml = logging_yaml(served, tmp_path=tmp_path).replace(f'"{served.address}"',
                                                           f'{{ address: "{served.address}", max_requests: 1 }}')
    gate = headgate(yaml)
    peers = [client(gate.port()) for _ in range(2)]
    for peer in peers:
        peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    wait_until(lambda: gate.status()["pools"][0]["waiting"] == 1)
    time.sleep(0.3)
    app.open()
    for peer in peers:
        peer.read_response()
    entries = [json.loads(line) for line in lines_of(tmp_path / "access.log", 2)]
    waited = sorted(entry["choose_us"] for entry in entries)
    assert waited[0] < 200_000 and waited[1] >= 300_000


def endings(gate, tmp_path, count):
    return [json.loads(line).get("ending", "") for line in lines_of(tmp_path / "access.log", count)]


def test_how_it_ended(headgate, origin, client, tmp_path):
    def handle(connection, request):
        if request.target == "/reset":
            return connection.reset() or False
        if request.target == "/cut":
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            return False
        if request.target == "/slow":
            time.sleep(0.5)
        if request.target == "/garbage":
            connection.send(b"what?\r\n\r\n")
            return False
        return respond(connection)

    gate = headgate(logging_yaml(origin(serving(handle)), tmp_path=tmp_path, pool="retry: { attempts: 0 }",
                                 route="timeouts: { response: 200ms }\nmatch: { host: a }"))
    wanted = []
    for target, ending in [("/reset", "backend_reset"), ("/cut", "answer_cut"), ("/slow", "backend_timeout"),
                           ("/garbage", "backend_malformed"), ("/", "")]:
        curl(f"http://127.0.0.1:{gate.port()}{target}", "-H", "Host: a")
        wanted.append(ending)
    curl(f"http://127.0.0.1:{gate.port()}/", "-H", "Host: nobody")
    peer = client(gate.port())
    peer.send(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n")
    assert peer.read_response().status == 400
    gone = client(gate.port())
    gone.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    time.sleep(0.05)
    gone.close()
    assert endings(gate, tmp_path, 8) == [*wanted, "no_route", "request_malformed", "client_gone"]
    entries = [json.loads(line) for line in lines_of(tmp_path / "access.log", 8)]
    assert [entry["status"] for entry in entries] == [502, 200, 504, 502, 200, 404, 400, 0]
    assert all("detail" in entry for entry in entries[:4]) and "detail" not in entries[4]


def test_a_refused_connection(headgate, tmp_path):
    gate = headgate(logging_yaml(f"127.0.0.1:{free_port()}", tmp_path=tmp_path))
    assert curl(f"http://127.0.0.1:{gate.port()}/").status == 502
    entry = json.loads(lines_of(tmp_path / "access.log", 1)[0])
    assert (entry["ending"], entry["retries"]) == ("connect_failed", 2)
    assert "refused" in entry["detail"].lower()


def test_combined(headgate, origin, tmp_path):
    gate = headgate(logging_yaml(origin(answering(body=b"12345")), tmp_path=tmp_path, format="combined"))
    curl(f"http://127.0.0.1:{gate.port()}/x?y=z", "-A", 'odd "agent"', "-e", "http://from/")
    line = lines_of(tmp_path / "access.log", 1)[0]
    match = COMBINED.fullmatch(line.replace('\\"', "'"))
    assert match, line
    assert match.group(1, 3, 4, 5, 6, 7) == ("127.0.0.1", "GET /x?y=z HTTP/1.1", "200", "5", "http://from/", "odd 'agent'")


def test_a_text_with_fields(headgate, origin, tmp_path):
    text = '{{\"m\":\"{method}\"}} {status} {uri} {host} {pool}/{backend} {retries} {ending} {cut}'
    app = origin(answering())
    gate = headgate(logging_yaml(app, tmp_path=tmp_path, format=text))
    curl(f"http://127.0.0.1:{gate.port()}/p?q", "-H", "Host: a.example")
    assert lines_of(tmp_path / "access.log", 1) == [f'{{{{"m":"GET"}}}} 200 /p?q a.example app/{app.address} 0 - -']


def test_a_client_cannot_forge_a_line(headgate, origin, client, tmp_path):
    gate = headgate(logging_yaml(origin(answering()), tmp_path=tmp_path, format="{client} {user_agent} {status}"))
    client(gate.port()).get(fields=["User-Agent: x\t200\xff\"{status}"])
    line = lines_of(tmp_path / "access.log", 1)[0]
    assert line.isprintable() and line.startswith("127.0.0.1 x") and line.endswith(" 200")


def test_the_file_is_reopened(headgate, origin, client, tmp_path):
    gate = headgate(logging_yaml(origin(answering()), tmp_path=tmp_path, format="{uri}"))
    peer = client(gate.port())
    for number in range(3):
        for _ in range(10):
            assert peer.get(f"/{number}").status == 200
        lines_of(tmp_path / "access.log", 10)
        (tmp_path / "access.log").rename(tmp_path / f"access.log.{number}")
        after = len(gate.lines)
        gate.process.send_signal(signal.SIGUSR1)
        gate.wait_log("logs reopened", after=after)
        # The thread that writes the lines follows in its own time.
        wait_until(lambda: not processes.has_open(gate.pid, tmp_path / f"access.log.{number}"))
    peer.get("/last")
    assert lines_of(tmp_path / "access.log", 1) == ["/last"]
    for number in range(3):
        assert (tmp_path / f"access.log.{number}").read_text() == f"/{number}\n" * 10


def test_standard_output(headgate, origin, client):
    gate = headgate(proxy_yaml(origin(answering()), more="access_log: { format: '{uri}' }"))
    client(gate.port()).get("/out")
    assert lines_of(gate.file.parent / "headgate.stdout", 1) == ["/out"]


def test_nothing_unless_asked(headgate, origin, client):
    gate = headgate(proxy_yaml(origin(answering())))
    client(gate.port()).get()
    gate.stop()
    assert (gate.file.parent / "headgate.stdout").read_text() == ""


def test_a_stop_loses_no_line(headgate, origin, client, tmp_path):
    gate = headgate(logging_yaml(origin(answering()), tmp_path=tmp_path, format="{uri}"))
    peer = client(gate.port())
    for number in range(200):
        peer.get(f"/{number}")
    peer.close()
    gate.stop()
    assert (tmp_path / "access.log").read_text().splitlines() == [f"/{number}" for number in range(200)]


def test_a_sample(headgate, client, tmp_path):
    yaml = logging_yaml("127.0.0.1:1", tmp_path=tmp_path, format="{uri}", sample="25%").replace("  - pool: app", "  - respond: {}")
    gate = headgate(yaml)
    peer = client(gate.port())
    for _ in range(800):
        peer.get()
    peer.close()
    gate.stop()
    # 200, and 12 is one standard deviation
    assert 120 < len((tmp_path / "access.log").read_text().splitlines()) < 280


def test_settings_change_by_reload(headgate, client, tmp_path):
    yaml = ("workers: 1\nlisteners: { web: { bind: 127.0.0.1:0 } }\nroutes: [{ respond: {} }]\n"
            "admin: { bind: 127.0.0.1:0 }\n")
    gate = headgate(yaml)
    peer = client(gate.port())
    peer.get("/unlogged")
    time.sleep(0.3)  # an answer is noted after it was sent: that must be over before there is a log
    assert gate.reload(yaml + f"access_log: {{ file: {tmp_path}/a.log, format: 'a {{uri}}' }}\n") == "reloaded"
    peer.get("/1")
    assert lines_of(tmp_path / "a.log", 1) == ["a /1"]
    assert gate.reload(yaml + f"access_log: {{ file: {tmp_path}/b.log, format: 'b {{uri}}' }}\n") == "reloaded"
    peer.get("/2")
    assert lines_of(tmp_path / "b.log", 1) == ["b /2"]
    assert gate.reload(yaml) == "reloaded"
    peer.get("/3")
    time.sleep(0.2)
    assert (tmp_path / "a.log").read_text() + (tmp_path / "b.log").read_text() == "a /1\nb /2\n"
    assert gate.status()["access_log"]["written"] == 2


@pytest.mark.parametrize("file", ["/dev/full"])
def test_what_cannot_be_written_is_counted(headgate, client, file):
    gate = headgate("workers: 1\nlisteners: { web: { bind: 127.0.0.1:0 } }\nroutes: [{ respond: {} }]\n"
                    f"admin: {{ bind: 127.0.0.1:0 }}\naccess_log: {{ file: {file} }}\n")
    peer = client(gate.port())
    for _ in range(5):
        assert peer.get().status == 200
    wait_until(lambda: gate.status()["access_log"]["lost_by_writing"] == 5)
    gate.wait_log("No space left on device")
    dropped = {labels: value for (name, labels), value in gate.metrics().items() if name == "headgate_access_log_dropped_total"}
    assert sum(dropped.values()) == 5
