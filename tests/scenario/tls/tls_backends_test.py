"""TLS to backends: who is believed, what is shown, what is said when it fails; nginx and openssl s_server as backends."""
import json
import socket
import subprocess

import pytest

from headgate_test import Headgate, curl, processes
from headgate_test.metrics import total
from headgate_test.nginx import Nginx
from headgate_test.ports import free_port
from scenario_parts.certificates import issue
from scenario_parts.watching import backends_of, states_of, wait_state, wait_until

SAYS = ('location / { client_max_body_size 0; add_header X-Seen "$ssl_server_name|$ssl_session_reused|'
        '$ssl_client_verify|$server_protocol|$http_host"; %s } location /healthz { return 200 healthy; }')


def tls_server(port, cert, more="return 200 hello;", options=""):
    """A further server block of nginx: closes the one before."""
    return (f"}} server {{ listen 127.0.0.1:{port} ssl {options}; ssl_certificate {cert}.pem; "
            f"ssl_certificate_key {cert}.key; ssl_session_cache shared:s{port}:1m; {SAYS % more}\n")


class Lab:
    """One nginx with a TLS server for each certificate, one daemon with a pool for each way to trust it."""

    def __init__(self, folder):
        self.folder = folder
        ca, other = issue(common_name="backends' CA", is_ca=True), issue(common_name="another CA", is_ca=True)
        shown = {"good": issue("app.internal", "127.0.0.1", by=ca), "named": issue("app.internal", "b.internal", by=ca),
                 "expired": issue("app.internal", "127.0.0.1", by=ca, days=(-9, -2)),
                 "self": issue("app.internal", "127.0.0.1"), "gate": issue("gate.internal", by=ca)}
        for name, issued in shown.items():
            issued.write(folder, name)
        (folder / "ca.pem").write_bytes(ca.cert_pem)
        (folder / "other.pem").write_bytes(other.cert_pem)
        self.ports = {name: free_port() for name in ("good", "named", "expired", "self", "clients", "h2")}
        servers = "".join(tls_server(self.ports[name], folder / name) for name in ("good", "named", "expired", "self"))
        servers += tls_server(self.ports["clients"], folder / "good",
                              f"return 200 hello; }} ssl_client_certificate {folder}/ca.pem; ssl_verify_client on; "
                              "location /unused { return 204;")
        servers += tls_server(self.ports["h2"], folder / "good", options="http2")
        self.nginx = Nginx(folder / "nginx", servers)
        self.daemon = Headgate(folder, self.yaml(), environment={"SSL_CERT_FILE": str(folder / "ca.pem")})
        self.port = self.daemon.port()

    def yaml(self):
        believes = "ca: ca.pem"
        pools = {  # pool: its backends, its tls, what else
            "good": (["good"], f"{believes}, sni: app.internal", ""),
            "address": (["good"], believes, ""),
            "system": (["good"], "sni: app.internal", ""),
            "idle": (["good"], f"{believes}, sni: app.internal", "connections: { idle: 0 }"),
            "address-lacks": (["named"], believes, ""),
            "other-name": (["good"], f"{believes}, sni: shop.internal", ""),
            "expired": (["expired"], believes, ""),
            "self-signed": (["self"], believes, ""),
            "unknown-ca": (["good"], "ca: other.pem", ""),
            "unverified": (["expired"], "verify: false", ""),
            "shows": (["clients"], f"{believes}, cert: gate.pem, key: gate.key", ""),
            "shows-nothing": (["clients"], believes, ""),
            "h2": (["h2"], f"{believes}, sni: app.internal", "protocol: h2"),
            "no-h2": (["good"], believes, "protocol: h2"),
            "plain": ([self.nginx.port], believes, ""),
            "first-is-bad": (["expired", "good"], believes, "balance: round_robin"),
        }
        text = "workers: 2\nlisteners:\n  web: { bind: 127.0.0.1:0 }\npools:\n"
        for name, (backends, tls, more) in pools.items():
            addresses = ", ".join(f'"127.0.0.1:{self.ports.get(backend, backend)}"' for backend in backends)
            text += f"  {name}:\n    backends: [{addresses}]\n    tls: {{ {tls} }}\n" + (f"    {more}\n" if more else "")
        text += "routes:\n" + "".join(f"  - {{ match: {{ path: /{name}/ }}, pool: {name} }}\n" for name in pools)
        return text + "admin: { bind: 127.0.0.1:0 }\naccess_log: { file: access.log }\n"

    def get(self, pool, *options, path=""):
        return curl(*options, f"http://127.0.0.1:{self.port}/{pool}/{path}")

    def seen(self, pool, *options):
        """What nginx saw of a request: the name asked for, whether a session was resumed, the client's certificate."""
        answer = self.get(pool, *options)
        assert answer.status == 200, (answer, self.details(pool))
        return next(line for line in answer.head.splitlines() if line.lower().startswith("x-seen: "))[8:].split("|")

    def details(self, pool):
        path = self.folder / "access.log"
        entries = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [entry for entry in entries if entry["path"].startswith(f"/{pool}/")]

    def close(self):
        try:
            self.daemon.close()
        finally:
            self.nginx.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    made = Lab(tmp_path_factory.mktemp("tls-backends"))
    yield made
    made.close()


@pytest.mark.parametrize("pool, name", [("good", "app.internal"), ("address", ""), ("system", "app.internal")])
def test_a_backend_that_proves_who_it_is_is_asked(lab, pool, name):
    """By its name, by its address, and where no CA is named by what the system believes."""
    assert lab.seen(pool)[0] == name


@pytest.mark.parametrize("pool, sentence", [
    ("address-lacks", "the peer's certificate is for other names: app.internal, b.internal"),
    ("other-name", "the peer's certificate is for other names: app.internal, 127.0.0.1"),
    ("expired", "the peer's certificate has expired, on "),
    ("self-signed", "the peer's certificate is signed by itself, and not trusted"),
    ("unknown-ca", "the peer's certificate is signed by an unknown CA: CN=backends' CA,O=Example"),
    ("plain", "TLS handshake: the peer does not speak TLS"),
    ("no-h2", "the peer answered with the alert 'no application protocol'"),
])
def test_one_that_does_not_gets_nothing_and_the_log_says_why(lab, pool, sentence):
    assert lab.get(pool).status == 502
    entry = wait_until(lambda: lab.details(pool), what="a line in the access log")[-1]
    assert entry["ending"] == "connect_failed" and sentence in entry["detail"], entry
    assert entry["detail"].startswith("connect to 127.0.0.1:")
    assert total(lab.daemon.metrics(), "headgate_backend_connect_failures_total", pool=pool) > 0


def test_verify_false_asks_nobody(lab):
    assert lab.get("unverified").body == b"hello"


def test_a_post_goes_to_the_next_backend_where_the_first_does_not_pass(lab):
    """The backend saw nothing of it, so whatever the method it may be sent again."""
    for _ in range(4):
        answer = lab.get("first-is-bad", "-d", "x=1")
        assert (answer.status, answer.body) == (200, b"hello")
    assert total(lab.daemon.metrics(), "headgate_pool_retries_total", pool="first-is-bad") > 0


def test_sessions_are_resumed_and_connections_kept(lab):
    before = {kind: total(lab.daemon.metrics(), "headgate_backend_tls_handshakes_total", pool="idle", kind=kind)
              for kind in ("full", "resumed")}
    assert before == {"full": 0, "resumed": 0}
    reused = [lab.seen("idle")[1] for _ in range(6)]  # a connection each: none is kept
    # The session is shared by the workers; its ticket comes with the first answer.
    assert reused[0] == "." and reused[1:] == ["r"] * 5
    metrics = lab.daemon.metrics()
    assert total(metrics, "headgate_backend_tls_handshakes_total", pool="idle", kind="full") == 1
    assert total(metrics, "headgate_backend_tls_handshakes_total", pool="idle", kind="resumed") == 5
    answers = curl(*[f"http://127.0.0.1:{lab.port}/good/"] * 5)  # one connection of the client, so one worker
    assert answers.status == 200
    assert total(lab.daemon.metrics(), "headgate_backend_connections_reused_total", pool="good") >= 4


def test_a_certificate_is_shown_where_the_backend_asks(lab):
    assert lab.seen("shows")[2] == "SUCCESS"
    assert lab.get("shows-nothing").status in (400, 502)  # nginx answers 400 over TLS, other servers end the handshake


def test_http2_over_tls(lab):
    answer = lab.seen("h2")
    assert (answer[0], answer[3]) == ("app.internal", "HTTP/2.0")


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_bodies_both_ways_are_whole(lab, tmp_path):
    """More than any buffer, to openssl's own server, which sends back what it gets."""
    port = free_port()
    echo = processes.start(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", lab.folder / "good.pem", "-key",
                            lab.folder / "good.key", "-WWW", "-quiet"], cwd=lab.nginx.root, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    body = bytes(range(256)) * 12_000
    lab.nginx.write("long", body)
    try:
        wait_until(lambda: is_open(port), what="openssl listens")
        gate = Headgate(tmp_path, "listeners:\n  web: { bind: 127.0.0.1:0 }\npools:\n  app:\n"
                                  f"    backends: ['127.0.0.1:{port}']\n    tls: {{ ca: {lab.folder}/ca.pem }}\n"
                                  "    health: { tcp: {}, interval: 20ms }\n"
                                  f"  h2:\n    backends: ['127.0.0.1:{port}']\n    tls: {{ verify: false }}\n"
                                  "    protocol: h2\n    health: { tcp: {}, interval: 20ms }\n"
                                  "routes: [{ pool: app }]\nadmin: { bind: 127.0.0.1:0 }\n")
        try:
            wait_state(gate, f"127.0.0.1:{port}", "up")
            assert curl(f"http://127.0.0.1:{gate.port()}/long").body == body
            # Other servers than nginx go on without a protocol in common, and mean HTTP/1.1 by that.
            row = wait_state(gate, f"127.0.0.1:{port}", "down", pool="h2")
            assert "the server does not agree to h2 in the TLS handshake (ALPN)" in row["why"]
        finally:
            gate.close()
    finally:
        processes.stop(echo)


def test_checks_make_the_handshake_too(lab, tmp_path):
    backends = ", ".join(f"{{ address: '127.0.0.1:{lab.ports[name]}', id: {name} }}" for name in ("good", "expired", "self"))
    text = ("listeners:\n  web: { bind: 127.0.0.1:0 }\npools:\n  app:\n"
            f"    backends: [{backends}]\n    tls: {{ ca: ca.pem, sni: app.internal }}\n"
            "    health: { %s, interval: 50ms, fall: 1, rise: 1 }\nroutes: [{ pool: app }]\n"
            "admin: { bind: 127.0.0.1:0 }\n")
    (tmp_path / "ca.pem").write_bytes((lab.folder / "ca.pem").read_bytes())
    gate = Headgate(tmp_path, text % "http: { path: /healthz, body: healthy }")
    try:
        def reasons():
            return {name: row["why"] for name, row in backends_of(gate).items()}

        for check in ("http: { path: /healthz, body: healthy }", "tcp: {}"):
            assert gate.reload(text % check) == "reloaded"
            wait_state(gate, "expired", "down")
            wait_state(gate, "self", "down")
            wait_state(gate, "good", "up")
            assert "the peer's certificate has expired, on " in reasons()["expired"]
            assert "signed by itself, and not trusted" in reasons()["self"]
        # A reload reads the files anew: those who are believed now are others.
        (tmp_path / "ca.pem").write_bytes((lab.folder / "other.pem").read_bytes())
        assert gate.reload() == "reloaded"
        wait_state(gate, "good", "down")
        assert curl(f"http://127.0.0.1:{gate.port()}/").status in (502, 503)
        (tmp_path / "ca.pem").write_bytes(b"no certificate")
        assert gate.reload() == "refused"
        assert states_of(gate)["good"] == "down"
    finally:
        gate.close()
