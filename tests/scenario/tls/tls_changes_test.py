"""Certificates that change under a running daemon, the redirect to TLS, limits, and what `check` says."""
import socket
import ssl
import subprocess

import pytest

from headgate_test import Headgate, Origin, answering, curl
from headgate_test.metrics import total
from headgate_test.ports import free_port
from scenario_parts.certificates import issue, ocsp_response

YAML = """\
workers: 2
listeners:
  web: {{ bind: 127.0.0.1:0, redirect: web-tls }}
  web-tls:
    bind: 127.0.0.1:{port}
    tls: {{ certificates: [{{ cert: shop.pem, key: shop.key, ocsp: shop.ocsp }}] }}
  slow:
    bind: 127.0.0.1:0
    timeouts: {{ handshake: 300ms }}
    limits: {{ handshakes: 2/s }}
    tls: {{ certificates: [{{ cert: shop.pem, key: shop.key }}] }}
pools:
  app: {{ backends: ["{origin}"] }}
routes:
  - match: {{ path: /.well-known/acme-challenge/ }}
    respond: {{ body: "token" }}
  - pool: app
admin: {{ bind: 127.0.0.1:0 }}
"""


class Gate:
    def __init__(self, folder):
        self.folder = folder
        self.authority = issue(common_name="authority", is_ca=True)
        (folder / "ca.pem").write_bytes(self.authority.cert_pem)
        self.change()
        self.origin = Origin(answering(body=b"hello"))
        self.yaml = YAML.format(origin=self.origin.address, port=free_port())
        self.daemon = Headgate(folder, self.yaml)
        self.port = self.daemon.port("web-tls")

    def change(self):
        """Another certificate, and the authority's word on it."""
        self.issued = issue("shop.example", by=self.authority)
        (self.folder / "shop.ocsp").write_bytes(ocsp_response(self.issued, self.authority))
        self.issued.write(self.folder, "shop")
        return self.issued

    def connect(self, listener="web-tls", session=None, context=None):
        context = context or ssl.create_default_context(cafile=self.folder / "ca.pem")
        raw = socket.create_connection(("127.0.0.1", self.daemon.port(listener)), 10)
        return context.wrap_socket(raw, server_hostname="shop.example", session=session)

    def close(self):
        try:
            self.daemon.close()
        finally:
            self.origin.close()


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    made = Gate(tmp_path_factory.mktemp("changes"))
    yield made
    made.close()


def ask(peer, path=b"/"):
    peer.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: shop.example\r\n\r\n")
    answer = b""
    while not answer.endswith(b"hello"):
        piece = peer.recv(65536)
        assert piece, answer
        answer += piece
    return answer


def shown(peer):
    return ssl.DER_cert_to_PEM_cert(peer.getpeercert(binary_form=True)).encode()


def test_a_changed_file_is_shown_and_no_connection_is_lost(gate):
    after = len(gate.daemon.lines)
    with gate.connect() as before:
        ask(before)
        fresh = gate.change()
        gate.daemon.wait_log(r"tls: listener web-tls: shows a new certificate: .*shop\.pem", after=after)
        with gate.connect() as peer:
            assert shown(peer) == fresh.cert_pem
            ask(peer)
        ask(before)
    certificates = gate.daemon.status()["listeners"][1]["tls"]["certificates"]
    assert certificates[0]["fingerprint"] == fresh.fingerprint and certificates[0]["stapled"] is True
    assert certificates[0]["names"] == ["shop.example"] and certificates[0]["key"] == "ECDSA 256"
    expiry = total(gate.daemon.metrics(), "headgate_certificate_expiry_time_seconds", listener="web-tls")
    assert expiry == fresh.certificate.not_valid_after.timestamp()


def test_a_bad_file_changes_nothing_and_is_told(gate):
    good = gate.issued
    after = len(gate.daemon.lines)
    (gate.folder / "shop.key").write_bytes(issue("shop.example").key_pem)
    gate.daemon.wait_log(r"tls: listener web-tls: .*the key is not that of the certificate; what was loaded before is "
                         "still shown", after=after)
    with gate.connect() as peer:
        assert shown(peer) == good.cert_pem
    assert total(gate.daemon.metrics(), "headgate_certificate_load_failed", listener="web-tls") == 1
    assert "not that of the certificate" in gate.daemon.status()["listeners"][1]["tls"]["load_error"]
    good.write(gate.folder, "shop")
    gate.daemon.wait_log(r"tls: listener web-tls: its certificates can be used again", after=after)
    assert total(gate.daemon.metrics(), "headgate_certificate_load_failed", listener="web-tls") == 0
    assert "is still shown" in gate.daemon.admin("/api/v1/events")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_goes_on_over_a_reload_and_on_any_worker(gate, version):
    context = ssl.create_default_context(cafile=gate.folder / "ca.pem")
    context.minimum_version = context.maximum_version = version
    with gate.connect(context=context) as peer:
        ask(peer)
        session = peer.session
        assert not peer.session_reused
    assert gate.daemon.reload() == "reloaded"
    for _ in range(6):
        with gate.connect(session=session, context=context) as peer:
            ask(peer)
            assert peer.session_reused
            session = peer.session


def test_a_reload_loses_no_connection(gate):
    with gate.connect() as peer:
        ask(peer)
        assert gate.daemon.reload(gate.yaml + "\n# another\n") == "reloaded"
        ask(peer)


def test_the_stapled_response_comes_with_the_certificate(gate):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gate.port}", "-servername", "shop.example",
                           "-status", "-CAfile", gate.folder / "ca.pem"], input=b"", capture_output=True, timeout=20)
    assert b"OCSP Response Status: successful" in done.stdout and b"Cert Status: good" in done.stdout


def test_plain_requests_are_sent_on(gate):
    web = gate.daemon.port("web")
    answer = curl("-H", "Host: shop.example:8080", f"http://127.0.0.1:{web}/a/b?c=%20d", "-X", "POST", "-d", "x")
    assert answer.status == 308
    assert f"Location: https://shop.example:{gate.port}/a/b?c=%20d\n" in answer.head
    assert curl(f"http://127.0.0.1:{web}/.well-known/acme-challenge/abc").body == b"token"
    with socket.create_connection(("127.0.0.1", web), 10) as peer:
        peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert peer.recv(65536).startswith(b"HTTP/1.1 400")


def test_a_handshake_has_its_time_and_its_rate(gate):
    before = gate.daemon.metrics()
    with socket.create_connection(("127.0.0.1", gate.daemon.port("slow")), 10) as silent:
        assert silent.recv(1) == b""  # in its time
    with gate.connect("slow") as peer:
        ask(peer)
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", gate.daemon.port("slow")), 10) as peer:
            assert peer.recv(1) == b""
    after = gate.daemon.metrics()
    for name, labels, number in (("failed_total", {"reason": "timeout"}, 1), ("limited_total", {}, 3),
                                 ("total", {"kind": "full"}, 1)):
        name = f"headgate_listener_tls_handshakes_{name}"
        assert total(after, name, listener="slow", **labels) - total(before, name, listener="slow", **labels) == number
