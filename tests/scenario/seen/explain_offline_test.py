"""headgate explain: what would happen to a request, from the file alone."""
import json

import pytest

from headgate_test.command import headgate_says

YAML = """workers: 2
listeners:
  web: { bind: 127.0.0.1:8080, trusted_proxies: [10.0.0.0/8], limits: { body: 1KiB, headers: 5 } }
  inner: { bind: 127.0.0.1:9000 }
pools:
  app:
    backends:
      - { address: "10.0.1.11:80", id: one, weight: 2 }
      - { address: "10.0.1.12:80", id: two }
      - { address: "10.0.1.13:80", id: three, drain: true }
      - { address: "10.0.1.14:80", id: spare, backup: true }
      - { address: "10.0.1.15:80", id: none, weight: 0 }
  drained: { backends: [{ address: "10.0.2.1:80", drain: true }] }
  named: { backends: [{ resolve: "app.internal:80" }] }
routes:
  - { name: old, match: { host: old.example.com }, redirect: { to: "https://www.example.com{uri}" } }
  - { name: ping, match: { path: /ping }, respond: { body: pong } }
  - { name: out, match: { path: /out/ }, pool: drained }
  - { name: dns, match: { path: /dns/ }, pool: named }
  - { name: lan, match: { listener: inner, path: /lan }, respond: {} }
  - { name: files, match: { path: /files/ }, static: { root: FOLDER } }
  - name: app
    match: { host: www.example.com }
    pool: app
    rate_limit: { by: client, rate: 100/s, burst: 7 }
    headers:
      request: { set: { Host: inner.example }, remove: [X-Debug], add: { X-Route: "{route}" } }
      response: { set: { X-Backend: "{backend}" }, remove: [Server] }
"""


@pytest.fixture
def ask(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("hello")
    (tmp_path / "files" / ".secret").write_text("no")
    # The folder of the route is the file system's root of its paths: /files/a.txt is FOLDER/files/a.txt.
    (tmp_path / "headgate.yaml").write_text(YAML.replace("FOLDER", str(tmp_path)))

    def explained(url, *options, status=0):
        done = headgate_says("explain", tmp_path / "headgate.yaml", url, "--json", *options)
        assert done.returncode == status, (done.stdout, done.stderr)
        text = headgate_says("explain", tmp_path / "headgate.yaml", url, *options)
        assert text.returncode == status
        assert max(map(len, text.stdout.splitlines()), default=0) <= 80, text.stdout
        assert "\x1b" not in text.stdout
        return json.loads(done.stdout) if status == 0 else done.stderr

    return explained


def changes(fields):
    return {(each["change"], each["name"]): each for each in fields}


def test_a_pool_behind_a_route_with_rules(ask):
    found = ask("http://www.example.com:8080/cart?x=1", "--header", "X-Debug: 1", "--header", "Accept: */*")
    assert found["listener"]["name"] == "web" and found["listener"]["others"] == []
    assert found["request"]["accepted"] and found["request"]["path"] == "/cart"
    assert (found["route"]["name"], found["route"]["index"]) == ("app", 6)
    assert [each["name"] for each in found["route"]["earlier"]] == ["old", "ping", "out", "dns", "lan", "files"]
    assert found["route"]["earlier"][0]["condition"] == "host"
    assert found["rate_limit"]["left"] == 7 and found["rate_limit"]["key"] == "127.0.0.1"
    fields = changes(found["fields"])
    assert fields["changed", "Host"]["after"] == ["inner.example"]
    assert fields["changed", "Host"]["by"] == "headers.request.set"
    assert fields["removed", "X-Debug"]["by"] == "headers.request.remove"
    assert fields["added", "X-Route"]["after"] == ["app"]
    assert fields["added", "X-Forwarded-For"]["after"] == ["127.0.0.1"]
    assert ("kept", "Accept") in fields
    answer = changes(found["answer"]["fields"])
    assert answer["set", "X-Backend"]["after"] == ["{backend}"] and ("removed", "Server") in answer
    assert found["timeouts"]["connect_ms"] == 2000


def test_backends_of_a_pool(ask):
    pool = ask("http://www.example.com:8080/")["pool"]
    backends = {each["id"]: each for each in pool["backends"]}
    assert [each for each in backends if backends[each]["candidate"]] == ["one", "two"]
    assert backends["one"]["state"] == "not checked" and backends["one"]["share_percent"] == pytest.approx(200 / 3)
    assert backends["three"]["state"] == "draining" and "no new requests" in backends["three"]["why_not"]
    assert "backup" in backends["spare"]["why_not"] and "weight is 0" in backends["none"]["why_not"]
    assert pool["candidates"] == 2 and len(pool["workers"]) == 2
    assert all(len(worker["takes"]) == 1 for worker in pool["workers"])


def test_a_host_with_a_typing_mistake(ask):
    found = ask("http://www.exmaple.com:8080/")
    assert not found["route"]["found"] and found["answer"]["status"] == 404
    assert "did you mean 'www.example.com'?" in found["route"]["suggestion"]


def test_a_pool_that_is_drained(ask):
    found = ask("http://x:8080/out/")
    assert (found["answer"]["status"], found["answer"]["by"]) == (503, "headgate")
    assert found["pool"]["why"] == "no healthy backend (0 of 1 up)"


def test_a_pool_whose_names_only_the_daemon_knows(ask):
    found = ask("http://x:8080/dns/")
    assert found["answer"]["status"] == 0 and found["pool"]["unresolved"] == ["app.internal:80"]


def test_origins_that_headgate_answers_for(ask):
    found = ask("http://old.example.com:8080/a?b")
    assert found["answer"]["status"] == 308
    assert changes(found["answer"]["fields"])["added", "Location"]["after"] == ["https://www.example.com/a?b"]
    found = ask("http://x:8080/ping")
    assert (found["answer"]["status"], found["answer"]["body_bytes"]) == (200, 4)
    found = ask("http://x:8080/files/a.txt")
    assert (found["answer"]["status"], found["answer"]["body_bytes"]) == (200, 5)
    assert found["origin"]["file"].endswith("/files/a.txt")
    found = ask("http://x:8080/files/b.txt")
    assert found["answer"]["status"] == 404 and "no such file" in found["answer"]["why"]
    found = ask("http://x:8080/files/.secret")
    assert found["answer"]["status"] == 404 and "begins with a dot" in found["answer"]["why"]
    assert ask("http://x:8080/files/a.txt", "--method", "POST")["answer"]["status"] == 405


def test_the_listener(ask):
    assert ask("http://x:9000/lan")["listener"]["name"] == "inner"
    assert ask("http://x:9000/lan")["route"]["name"] == "lan"
    assert not ask("http://x:8080/lan")["route"]["found"]
    assert ask("http://x:8080/lan", "--listener", "inner")["route"]["name"] == "lan"
    elsewhere = ask("http://x/ping")
    assert elsewhere["listener"]["others"] == ["inner"] and "port 80" in elsewhere["listener"]["why"]
    assert "does not speak TLS" in ask("https://x:8080/ping")["listener"]["why"]
    assert "did you mean 'inner'?" in ask("http://x/", "--listener", "iner", status=2)


def test_what_the_parser_refuses(ask):
    for url, options, status, reason in (
            ("http://x:8080/a b", [], 400, "malformed request line"),
            ("http://x:8080/%zz", [], 400, "bad request target"),
            ("http://x:8080/../..", [], 400, "bad request target"),
            ("http://x:8080/", ["--header", "Host: y", "--header", "Host: z"], 400, "more than one Host"),
            ("http://x:8080/", ["--header", "A b: c"], 400, ""),
            ("http://x:8080/", ["--method", "CONNECT"], 501, "CONNECT is not offered"),
            ("http://x:8080/", ["--header", "Content-Length: 1025"], 413, "larger than this listener takes"),
            ("http://x:8080/", [f"--header=X-{i}: 1" for i in range(5)], 431, "")):
        found = ask(url, *options)
        assert not found["request"]["accepted"], url
        assert (found["answer"]["status"], found["route"]) == (status, None), url
        assert reason in found["request"]["reason"], url
    assert ask("http://x:8080/ping", "--method", "TRACE")["answer"]["status"] == 405


def test_who_the_client_is(ask):
    forwarded = ["--header", "X-Forwarded-For: 192.0.2.1, 192.0.2.2, 10.0.0.9"]
    believed = ask("http://x:8080/ping", "--from", "10.0.0.1", *forwarded)["client"]
    assert (believed["address"], believed["peer_is_trusted"]) == ("192.0.2.2", True)
    assert "is believed" in believed["why"]
    other = ask("http://x:8080/ping", "--from", "203.0.113.1", *forwarded)["client"]
    assert other["address"] == "203.0.113.1" and "not believed" in other["why"] and "10.0.0.0/8" in other["why"]
    assert "trusts nobody" in ask("http://x:9000/ping", *forwarded)["client"]["why"]
    bad = ask("http://x:8080/ping", "--from", "10.0.0.1", "--header", "X-Forwarded-For: unknown")["client"]
    assert bad["address"] == "10.0.0.1" and "no address" in bad["why"]
    secure = ask("http://x:8080/ping", "--from", "10.0.0.1", "--header", "X-Forwarded-Proto: https")["client"]
    assert secure["secure"] and not ask("http://x:9000/ping", "--header", "X-Forwarded-Proto: https")["client"]["secure"]


@pytest.mark.parametrize("url, options, why", [
    ("http:///x", [], "no host"),
    ("ftp://x/", [], "only http://, https:// and tcp://"),
    ("http://u:p@x/", [], "Authorization"),
    ("http://x:99999/", [], "no port"),
    ("http://x/", ["--from", "x"], "no IP address"),
    ("http://x/", ["--header", "nothing"], "Name: value"),
    ("http://x/", ["--header", "A: b\nC: d"], "line end"),
    ("http://x/", ["--method", "GET / HTTP/1.1\r\nX: y"], "line end")])
def test_questions_that_are_none(ask, url, options, why):
    assert why in ask(url, *options, status=2)


def test_ten_thousand_routes_stay_readable(tmp_path):
    routes = "".join(f"  - {{ match: {{ host: h{i}.example, path: /p/ }}, respond: {{}} }}\n" for i in range(10_000))
    (tmp_path / "many.yaml").write_text(f"listeners: {{ web: {{ bind: 127.0.0.1:80 }} }}\nroutes:\n{routes}")
    done = headgate_says("explain", tmp_path / "many.yaml", "http://h9999.example/p/x")
    assert done.returncode == 0 and len(done.stdout.splitlines()) < 30, done.stdout
    assert "the 10000th of 10000" in done.stdout and "and 9994 more" in done.stdout
    found = json.loads(headgate_says("explain", tmp_path / "many.yaml", "http://none.example/", "--json").stdout)
    assert found["route"]["earlier_count"] == 10_000 and len(found["route"]["earlier"]) == 1000
