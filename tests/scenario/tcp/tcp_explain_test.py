"""What is said of tcp listeners before and while they run: check, explain, the API, ctl."""
import json

import pytest

from headgate_test.command import headgate_says
from scenario_parts.api import Api
from scenario_parts.tcp import echo, tcp_yaml
from scenario_parts.watching import wait_until

YAML = """workers: 2
listeners:
  web: { bind: 127.0.0.1:8080 }
  by-name:
    bind: 127.0.0.1:8443
    protocol: tcp
    sni: { shop.example.com: shop, "*.example.net": tenants }
    alpn: { acme-tls/1: acme }
  raw: { bind: 127.0.0.1:5432, protocol: tcp, pool: shop, proxy_protocol: true, trusted_proxies: [10.0.0.0/8] }
pools:
  shop: { backends: [10.0.1.11:443], proxy_protocol: v2 }
  tenants: { backends: [10.0.1.21:443, 10.0.1.22:443] }
  acme: { backends: [{ address: "10.0.1.31:443", drain: true }] }
routes:
  - { respond: {} }
"""


@pytest.fixture
def ask(tmp_path):
    file = tmp_path / "headgate.yaml"
    file.write_text(YAML)

    def explained(url, *options, status=0):
        done = headgate_says("explain", file, url, "--json", *options)
        assert done.returncode == status, (done.stdout, done.stderr)
        if status:
            return done.stderr
        text = headgate_says("explain", file, url, *options).stdout
        assert max(map(len, text.splitlines())) <= 80, text
        return json.loads(done.stdout), text

    return explained


@pytest.mark.parametrize("url, options, pool, by, says", [
    ("tcp://shop.example.com:8443", [], "shop", "sni", "sni has this name"),
    ("tcp://127.0.0.1:8443", ["--sni", "SHOP.example.com"], "shop", "sni", "sni has this name"),
    ("tcp://by-name", ["--sni", "a.b.example.net"], "tenants", "sni", "the longest that covers this name"),
    ("tcp://by-name", ["--sni", "shop.example.com", "--alpn", "acme-tls/1"], "acme", "alpn", "offers acme-tls/1"),
    ("tcp://by-name", ["--sni", "example.net"], "", "nothing", "the listener has no default"),
    ("tcp://by-name", [], "", "nothing", "a client without a name"),
    ("tcp://raw", ["--from", "10.1.2.3"], "shop", "default", "all connections go there"),
    ("tcp://raw", ["--from", "192.0.2.1"], "", "default", "no trusted proxy"),
])
def test_where_a_connection_goes(ask, url, options, pool, by, says):
    found, text = ask(url, *options)
    part = found["connection"]
    assert (part["pool"], part["by"]) == (pool, by)
    assert says in " ".join(text.split())
    assert found["route"] is None and found["client"] is None
    assert (found["pool"] or {}).get("name", "") == pool
    if not pool:
        assert found["answer"]["why"].startswith("closed: ")


def test_what_else_is_said(ask):
    found, text = ask("tcp://shop.example.com:8443")
    assert found["pool"]["takes"] == ["10.0.1.11:443"] and found["connection"]["proxy_header"] == "v2"
    assert found["answer"]["why"] == "bytes both ways, as they are"
    assert "the backend gets a v2 header first" in text
    assert "closed: no backend" in ask("tcp://by-name", "--alpn", "acme-tls/1")[0]["answer"]["why"]


@pytest.mark.parametrize("url, options, why", [
    ("tcp://web", [], "listener web is of protocol http: ask with an http:// URL"),
    ("tcp://127.0.0.1:8080", [], "listener web is of protocol http"),
    ("http://127.0.0.1:5432/", [], "listener raw is of protocol tcp and has no requests: ask for tcp://raw"),
    ("http://a/", ["--listener", "raw"], "ask for tcp://raw"),
    ("tcp://nothing", [], "no listener named 'nothing'"),
    ("tcp://a:b", [], "'b' is no port"),
    ("tcp://", [], "write tcp://HOST:PORT"),
    ("http://a/", ["--sni", "a"], "--sni and --alpn are for tcp:// URLs"),
])
def test_questions_that_are_none(ask, url, options, why):
    assert why in ask(url, *options, status=2)


def test_requests_are_explained_beside_tcp_listeners(ask):
    found, _ = ask("http://www.example.com/")
    assert found["listener"]["name"] == "web" and found["connection"] is None


def test_check_says_where_connections_go(tmp_path):
    (tmp_path / "headgate.yaml").write_text(YAML)
    done = headgate_says("check", tmp_path / "headgate.yaml")
    assert done.returncode == 0
    says = " ".join(done.stdout.split())
    assert ("by-name tcp 127.0.0.1:8443 alpn acme-tls/1 -> pool acme; sni shop.example.com -> pool shop; "
            "sni *.example.net -> pool tenants; otherwise closed") in says
    assert "raw tcp 127.0.0.1:5432 proxy_protocol trusts 10.0.0.0/8 -> pool shop" in says
    assert "proxy_protocol v2;" in says
    assert max(map(len, done.stdout.splitlines()[1:])) <= 80


def test_seen_while_it_runs(headgate, origin, client, tmp_path):
    """A connection in the list, the listener among listeners, a forecast of the daemon, and the same by ctl."""
    socket = tmp_path / "admin.sock"
    backend = origin(echo)
    gate = headgate(tcp_yaml(backend).replace("admin: {", f"admin: {{ socket: {socket}, "))
    api = Api(socket)
    peer = client(gate.port())
    peer.send(b"hello")
    assert peer.read_exactly(5) == b"hello"
    rows = wait_until(lambda: api.get("/connections")["connections"])
    assert [(row["phase"], row["backend"], row["listener"], row["client"], row["received_bytes"], row["sent_bytes"])
            for row in rows] == [("tunnel", backend.address, "web", "127.0.0.1", 5, 5)]
    listener = api.get("/listeners")["listeners"][0]
    assert (listener["protocol"], listener["connections_open"], listener["connections_active"]) == ("tcp", 1, 1)
    found = api.ask("POST", "/explain", {"url": "tcp://web"}).body
    assert found["live"] and found["pool"]["takes"] == [backend.address]
    assert found["pool"]["backends"][0]["requests_in_flight"] == 1
    for words in (["connections"], ["explain", "tcp://web"], ["status"], ["top", "--once"]):
        done = headgate_says("ctl", "--socket", socket, *words)
        assert done.returncode == 0, (words, done.stderr)
    assert "bytes both ways" in headgate_says("ctl", "--socket", socket, "explain", "tcp://web").stdout
    peer.close()
    samples = wait_until(lambda: (found := gate.metrics()) and found[
        "headgate_listener_connections_ended_total", frozenset({("listener", "web"), ("ending", "well")})] == 1 and found)
    assert samples["headgate_listener_received_bytes_total", frozenset({("listener", "web")})] == 5
