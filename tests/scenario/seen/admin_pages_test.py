"""The admin listener: its pages, who may see them, and that they agree with what happened."""
import json
import os
import re
import stat

import pytest

from headgate_test import answering, curl, metrics, proxy_yaml
from headgate_test.client import Client
from scenario_parts.watching import backends_of, named, wait_until

HELP = re.compile(r"# HELP (\S+) \S.*")
TYPE = re.compile(r"# TYPE (\S+) (counter|gauge|histogram)")
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? '
                    r"(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|NaN)")


def parse_strictly(text):
    """The text format of Prometheus 0.0.4: {family: (type, {(name, labels): value})}."""
    assert text.endswith("\n")
    families, current, helped = {}, None, None
    for line in text.splitlines():
        if match := HELP.fullmatch(line):
            helped = match[1]
            continue
        if match := TYPE.fullmatch(line):
            current = match[1]
            assert current == helped, f"{current} has no HELP before its TYPE"
            assert current not in families, f"{current} comes twice"
            families[current] = (match[2], {})
            continue
        match = SAMPLE.fullmatch(line)
        assert match, f"not a sample: {line!r}"
        kind, samples = families[current]
        suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        assert match[1] in {current + suffix for suffix in suffixes}, f"{match[1]} within {current}"
        key = (match[1], match[2] or "")
        assert key not in samples, f"{key} comes twice"
        samples[key] = float(match[3].replace("+Inf", "inf"))
    return families


def assert_histograms_hold(families):
    """Buckets only grow, the last is +Inf and the count."""
    for family, (kind, samples) in families.items():
        if kind != "histogram":
            continue
        series = {}
        for (name, labels), value in samples.items():
            if name.endswith("_bucket"):
                bound = float(re.search(r'le="([^"]*)"', labels)[1].replace("+Inf", "inf"))
                series.setdefault(re.sub(r',?le="[^"]*"', "", labels), []).append((bound, value))
        for labels, buckets in series.items():
            assert buckets == sorted(buckets) and buckets[-1][0] == float("inf"), (family, labels)
            values = [value for _, value in buckets]
            assert values == sorted(values), (family, labels)
            assert values[-1] == samples[family + "_count", "" if labels == "{}" else labels], (family, labels)


@pytest.fixture
def gate(headgate, origin):
    return headgate(proxy_yaml(origin(answering()), route="name: site\nmatch: { host: test }"))


def url(gate, path, host="127.0.0.1"):
    return f"http://{host}:{gate.admin_port}{path}"


def test_metrics_are_prometheus_text(gate, client):
    peer = client(gate.port())
    for _ in range(7):
        peer.get()
    peer.get(host="nobody")
    answer = curl(url(gate, "/metrics"))
    assert answer.status == 200 and "Content-Type: text/plain; version=0.0.4" in answer.head
    families = parse_strictly(answer.body.decode())
    assert_histograms_hold(families)
    for counter in (name for name, (kind, _) in families.items() if kind == "counter"):
        assert counter.endswith("_total"), counter
    samples = metrics.parse(answer.body.decode())
    assert metrics.total(samples, "headgate_route_requests_total", route="site") == 7
    assert metrics.total(samples, "headgate_listener_requests_total", listener="web") == 8
    assert metrics.total(samples, "headgate_listener_requests_unrouted_total") == 1
    assert metrics.total(samples, "headgate_backend_responses_total", pool="app") == 7
    assert metrics.total(samples, "headgate_route_duration_seconds_count", route="site") == 7
    assert metrics.total(samples, "headgate_draining") == 0


def test_status_agrees_with_metrics(gate, client):
    peer = client(gate.port())
    for _ in range(5):
        peer.get()
    # An exchange is counted when its answer has gone out, which its client may know first.
    wait_until(lambda: named(gate.status()["routes"], "site")["requests"] == 5)
    status, samples = gate.status(), gate.metrics()
    row = next(iter(backends_of(gate).values()))
    assert row["requests"] == metrics.total(samples, "headgate_backend_requests_total") == 5
    assert row["connections_open"] == metrics.total(samples, "headgate_backend_connections_open") == 1
    assert named(status["listeners"], "web")["connections_open"] == 1
    assert named(status["routes"], "site")["responses"]["2xx"] == 5
    assert status["pid"] == gate.pid and status["draining"] is False
    assert status["configuration"]["file"] == str(gate.file)


def test_status_is_json(gate):
    answer = curl(url(gate, "/status"))
    assert "Content-Type: application/json" in answer.head
    assert "Cache-Control: no-store" in answer.head
    assert json.loads(answer.body)["version"]


def test_healthz_and_the_index(gate):
    assert curl(url(gate, "/healthz")).body == b"ok\n"
    index = curl(url(gate, "/")).body.decode()
    assert all(page in index for page in ("/metrics", "/status", "/healthz"))


@pytest.mark.parametrize("path, arguments, status", [
    ("/nothing", [], 404), ("/status", ["-X", "POST"], 405), ("/status", ["-d", "x=y"], 405), ("/status", ["-I"], 200),
    ("/metrics?x=y", [], 200), ("/../etc/passwd", ["--path-as-is"], 400)])
def test_other_requests(gate, path, arguments, status):
    assert curl(url(gate, path), *arguments).status == status


@pytest.mark.parametrize("host, status", [
    ("127.0.0.1", 200), ("localhost", 200), ("LOCALHOST:9900", 200), ("[::1]:80", 200), ("192.0.2.1", 200),
    ("evil.example.com", 421), ("localhost.evil.example.com", 421), ("127.0.0.1.evil.example.com", 421)])
def test_a_page_of_a_foreign_name_is_refused(gate, host, status):
    """A browser led to 127.0.0.1 by somebody's DNS still says the name it believes in."""
    assert curl(url(gate, "/status"), "-H", f"Host: {host}").status == status
    assert curl(url(gate, "/healthz"), "-H", f"Host: {host}").status == 200


def with_token(origin, tmp_path, admin):
    (tmp_path / "token").touch(0o600)
    (tmp_path / "token").write_text("s3cret\n")
    return proxy_yaml(origin(answering())).replace("admin: { bind: 127.0.0.1:0 }",
                                                   f"admin: {{ {admin}, token_file: {tmp_path}/token }}")


def test_a_token_that_is_always_asked_for(headgate, origin, tmp_path):
    gate = headgate(with_token(origin, tmp_path, "bind: 127.0.0.1:0, read_without_token: never"))
    for page in ("/status", "/metrics", "/", "/api/v1/status"):
        refused = curl(url(gate, page))
        assert refused.status == 401 and "WWW-Authenticate: Bearer" in refused.head
        assert curl(url(gate, page), "-H", "Authorization: Bearer s3cret").status == 200
        for wrong in ("Bearer s3cre", "Bearer s3crett", "Bearer ", "Basic s3cret", "Bearer S3CRET"):
            assert curl(url(gate, page), "-H", f"Authorization: {wrong}").status == 401
    assert curl(url(gate, "/healthz")).status == 200
    assert "s3cret" not in gate.log


def test_reading_on_loopback_needs_no_token(headgate, origin, tmp_path):
    gate = headgate(with_token(origin, tmp_path, "bind: 127.0.0.1:0"))
    for page in ("/status", "/metrics", "/", "/api/v1/status"):
        assert curl(url(gate, page)).status == 200
        assert curl(url(gate, page), "-H", "Authorization: Bearer wrong").status == 401, "who sends one wants to know"
        assert curl(url(gate, page), "-H", "Host: evil.example.com").status == 401
        assert curl(url(gate, page), "-H", "Host: a.name", "-H", "Authorization: Bearer s3cret").status == 200


def test_from_elsewhere_the_token_is_asked_for(headgate, origin, tmp_path):
    """A socket that is bound to every address takes no word of where the client says it is."""
    gate = headgate(with_token(origin, tmp_path, 'bind: "0.0.0.0:0"'))
    for page in ("/status", "/metrics", "/api/v1/status"):
        assert curl(url(gate, page)).status == 401
        assert curl(url(gate, page), "-H", "Authorization: Bearer s3cret").status == 200
    assert curl(url(gate, "/healthz")).status == 200


def test_a_unix_socket(headgate, origin, tmp_path):
    path = tmp_path / "admin.sock"
    (tmp_path / "token").touch(0o600)
    (tmp_path / "token").write_text("s3cret\n")
    admin = f"admin: {{ bind: 127.0.0.1:0, socket: {path}, token_file: {tmp_path}/token }}"
    gate = headgate(proxy_yaml(origin(answering())).replace("admin: { bind: 127.0.0.1:0 }", admin))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
    assert curl("--unix-socket", path, "http://headgate/status").status == 200, "who may open it needs no token"
    gate.stop()
    assert not path.exists()


def test_many_scrapers_at_once(gate):
    peers = []
    for _ in range(40):
        peers.append(Client.connect(gate.admin_port))
        peers[-1].send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for peer in peers:
        assert peer.read_response().status == 200
        peer.close()
    assert gate.status()["listeners"][0]["connections"] == 0, "admin is not traffic"


def test_a_thousand_backends(headgate, tmp_path):
    backends = ", ".join(f'"127.0.{number // 250}.{1 + number % 250}:9"' for number in range(1000))
    gate = headgate(proxy_yaml("x:1").replace('"x:1"', backends))
    families = parse_strictly(gate.admin("/metrics"))
    assert len(families["headgate_backend_up"][1]) == 1000
    assert len(backends_of(gate)) == 1000
