"""Clients that show a certificate: who is let in, what the backend is told, which route they get, what is logged."""
import json
import socket
import ssl

import pytest

from headgate_test import Headgate, Origin, answering, curl
from headgate_test.metrics import total
from scenario_parts.certificates import issue
from scenario_parts.watching import wait_until

YAML = """\
workers: 1
listeners:
  required:
    bind: 127.0.0.1:0
    tls: {{ certificates: [{{ cert: shop.pem, key: shop.key }}], client_ca: clients.pem }}
  optional:
    bind: 127.0.0.1:0
    tls:
      certificates: [{{ cert: shop.pem, key: shop.key }}, {{ cert: other.pem, key: other.key }}]
      client_ca: clients.pem
      client_verify: optional
pools:
  app: {{ backends: ["{origin}"], connections: {{ idle: 0 }} }}
routes:
  - name: by-fingerprint
    match: {{ tls_client: {{ fingerprint: "{ada}" }}, path: /pinned }}
    respond: {{ body: "pinned" }}
  - name: by-subject
    match: {{ tls_client: {{ subject: ["CN=nobody,O=Example", "CN=bob,O=Example"] }}, path: /named }}
    respond: {{ body: "named" }}
  - name: any-client
    match: {{ tls_client: {{ subject: "*" }}, path: /any }}
    respond: {{ body: "any" }}
  - name: rest
    pool: app
    headers:
      request:
        set:
          X-Subject: "{{tls_client_subject}}"
          X-Issuer: "{{tls_client_issuer}}"
          X-Serial: "{{tls_client_serial}}"
          X-Fingerprint: "{{tls_client_fingerprint}}"
          X-Verified: "{{tls_client_verified}}"
          X-Version: "{{tls_version}}"
          X-Cipher: "{{tls_cipher}}"
          X-Sni: "{{sni}}"
access_log: {{ file: stdout }}
admin: {{ bind: 127.0.0.1:0 }}
"""


class Gate:
    def __init__(self, folder):
        self.folder = folder
        self.clients = issue(common_name="clients", is_ca=True)
        self.server = issue("shop.example", "shop.example.org")
        self.server.write(folder, "shop")
        issue("other.example").write(folder, "other")
        (folder / "clients.pem").write_bytes(self.clients.cert_pem)
        self.people = {"ada": issue(common_name="ada", by=self.clients), "bob": issue(common_name="bob", by=self.clients),
                       "mallory": issue(common_name="ada"), "late": issue(common_name="ada", by=self.clients, days=(-9, -1))}
        for name, person in self.people.items():
            person.write(folder, name)
        self.origin = Origin(answering(body=b"hello"))
        digest = self.people["ada"].fingerprint.upper()
        colons = ":".join(digest[at:at + 2] for at in range(0, 64, 2))
        self.daemon = Headgate(folder, YAML.format(origin=self.origin.address, ada=colons))

    def get(self, listener, path, who=None, *options, host="shop.example"):
        port = self.daemon.port(listener)
        shown = ["--cert", self.folder / f"{who}.pem", "--key", self.folder / f"{who}.key"] if who else []
        return curl("--cacert", self.folder / "shop.pem", "--resolve", f"shop.example:{port}:127.0.0.1", *shown,
                    f"https://shop.example:{port}{path}", *options)

    def close(self):
        try:
            self.daemon.close()
        finally:
            self.origin.close()


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    made = Gate(tmp_path_factory.mktemp("clients"))
    yield made
    made.close()


@pytest.mark.parametrize("listener, who, is_let_in", [
    ("required", "ada", True), ("required", None, False), ("required", "mallory", False), ("required", "late", False),
    ("optional", "ada", True), ("optional", None, True), ("optional", "mallory", False)])
def test_who_is_let_in(gate, listener, who, is_let_in):
    answer = gate.get(listener, "/", who)
    assert (answer.status == 200) == is_let_in, answer.error
    assert is_let_in or "alert" in answer.error or "reset" in answer.error.lower()


def test_the_backend_is_told_who_it_is_and_believes_nobody_else(gate):
    lies = ["-H", "X-Subject: CN=root", "-H", "X-Verified: true", "-H", "X-Fingerprint: 00"]
    assert gate.get("optional", "/", "ada", *lies).status == 200
    ada = gate.people["ada"]
    told = gate.origin.requests[-1]
    assert told.get("X-Subject") == "CN=ada,O=Example" and told.get("X-Issuer") == "CN=clients,O=Example"
    assert told.get("X-Fingerprint") == ada.fingerprint
    assert int(told.get("X-Serial"), 16) == ada.certificate.serial_number
    assert told.get("X-Verified") == "true" and told.get("X-Version") == "TLSv1.3"
    assert told.get("X-Cipher").startswith("TLS_") and told.get("X-Sni") == "shop.example"

    assert gate.get("optional", "/", None, *lies).status == 200
    told = gate.origin.requests[-1]
    assert told.get("X-Verified") == "false"
    assert [told.get(name) for name in ("X-Subject", "X-Fingerprint", "X-Issuer", "X-Serial")] == ["", "", "", ""]


@pytest.mark.parametrize("path, who, body", [
    ("/pinned", "ada", b"pinned"), ("/pinned", "bob", b"hello"), ("/pinned", None, b"hello"),
    ("/named", "bob", b"named"), ("/named", "ada", b"hello"), ("/any", "bob", b"any"), ("/any", None, b"hello")])
def test_a_route_asks_who_it_is(gate, path, who, body):
    assert gate.get("optional", path, who).body == body


def test_the_log_says_who_it_was(gate):
    gate.get("optional", "/logged", "bob", "--tls-max", "1.2")
    def line_of():
        lines = (gate.folder / "headgate.stdout").read_text().splitlines()
        return next((json.loads(line) for line in lines if '"/logged"' in line), None)

    line = wait_until(line_of)
    assert line["tls_version"] == "TLSv1.2" and line["tls_cipher"].startswith("ECDHE-ECDSA-")
    assert line["tls_resumed"] == "false" and line["sni"] == "shop.example" and line["scheme"] == "https"
    assert line["tls_client_subject"] == "CN=bob,O=Example"
    assert line["tls_client_fingerprint"] == gate.people["bob"].fingerprint


@pytest.mark.parametrize("host, status", [
    ("shop.example", 200), ("SHOP.example.", 200), ("shop.example.org", 200), ("other.example", 421), ("nobody.example", 421)])
def test_a_host_that_is_not_the_one_of_the_handshake(gate, host, status):
    assert gate.get("optional", "/", None, "-H", f"Host: {host}").status == status


def test_without_a_name_in_the_handshake_nothing_disagrees(gate):
    context = ssl.create_default_context(cafile=gate.folder / "shop.pem")
    context.check_hostname = False
    with context.wrap_socket(socket.create_connection(("127.0.0.1", gate.daemon.port("optional")), 10)) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n")
        assert peer.recv(65536).startswith(b"HTTP/1.1 200")


def test_failures_are_counted_by_reason(gate):
    before = gate.daemon.metrics()
    gate.get("required", "/", None)
    gate.get("required", "/", "mallory")
    gate.get("required", "/", "ada")
    after = gate.daemon.metrics()

    def grown(name, **labels):
        return total(after, name, listener="required", **labels) - total(before, name, listener="required", **labels)

    assert grown("headgate_listener_tls_handshakes_failed_total", reason="no_certificate") == 1
    assert grown("headgate_listener_tls_handshakes_failed_total", reason="bad_certificate") == 1
    assert grown("headgate_listener_tls_handshakes_total", kind="full") == 1
