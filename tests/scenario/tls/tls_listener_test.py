"""HTTP/1 over TLS: which certificate is shown, what is agreed, what goes through; real curl, openssl and Python's ssl."""
import re
import socket
import ssl
import subprocess

import pytest

from headgate_test import Headgate, Origin, answering, curl, proxy_yaml
from scenario_parts.certificates import issue

BODY = bytes(range(256)) * 8192  # 2 MiB: small records, large ones, and more than any buffer


class Gate:
    """A daemon with one TLS listener for names of several certificates, in front of a scripted origin."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = issue(common_name="authority", is_ca=True)
        self.issued = {
            "rsa": issue("shop.example", "127.0.0.1", use_rsa=True, by=self.authority),
            "ecdsa": issue("shop.example", by=self.authority),
            "wild": issue("*.other.example", by=self.authority),
            "exact": issue("www.other.example", by=self.authority),
        }
        for name, issued in self.issued.items():
            issued.write(folder, name)
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(self.authority.cert_pem)
        self.origin = Origin(answering(body=b"hello"))
        entries = ", ".join(f"{{ cert: {name}.pem, key: {name}.key }}" for name in self.issued)
        self.daemon = Headgate(folder, proxy_yaml(self.origin, listener=f"tls: {{ certificates: [{entries}] }}",
                                                  pool="connections: { idle: 0 }"))
        self.port = self.daemon.port()

    def context(self, **options):
        context = ssl.create_default_context(cafile=self.ca)
        for name, value in options.items():
            setattr(context, name, value)
        return context

    def connect(self, name="shop.example", context=None):
        return (context or self.context()).wrap_socket(socket.create_connection(("127.0.0.1", self.port), 10),
                                                       server_hostname=name)

    def close(self):
        try:
            self.daemon.close()
        finally:
            self.origin.close()


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    made = Gate(tmp_path_factory.mktemp("tls"))
    yield made
    made.close()


def shown(gate, name, *options):
    """The certificate that openssl's client is shown, as a fingerprint."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gate.port}", "-CAfile", gate.ca,
                           *(["-servername", name] if name else ["-noservername"]), *options],
                          input=b"", capture_output=True, timeout=20)
    text = done.stdout.decode()
    pem = re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    assert pem, text + done.stderr.decode()
    digest = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], input=pem[0].encode(),
                            capture_output=True, check=True).stdout.decode()
    fingerprint = digest.strip().partition("=")[2].replace(":", "").lower()
    return next(key for key, issued in gate.issued.items() if issued.fingerprint == fingerprint), text


@pytest.mark.parametrize("name, certificate", [
    ("shop.example", "ecdsa"), ("SHOP.example", "ecdsa"), ("a.other.example", "wild"), ("www.other.example", "exact"),
    ("b.a.other.example", "ecdsa"), ("unknown.example", "ecdsa"), (None, "ecdsa")])
def test_the_name_chooses_the_certificate(gate, name, certificate):
    assert shown(gate, name)[0] == certificate


def test_what_the_client_can_chooses_between_two_for_one_name(gate):
    assert shown(gate, "shop.example", "-sigalgs", "RSA-PSS+SHA256")[0] == "rsa"
    assert shown(gate, "shop.example", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")[0] == "rsa"
    assert shown(gate, "shop.example", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")[0] == "ecdsa"


@pytest.mark.parametrize("options, line", [
    (["-tls1_3"], "TLSv1.3, Cipher is TLS_"), (["-tls1_2"], "Cipher is ECDHE-ECDSA-"),
    (["-alpn", "foo,http/1.1"], "ALPN protocol: http/1.1"), ([], "Verify return code: 0 (ok)")])
def test_what_is_agreed(gate, options, line):
    assert line in shown(gate, "shop.example", *options)[1]


@pytest.mark.parametrize("options", [
    ["-tls1_1"], ["-tls1"], ["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"],
    ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"], ["-alpn", "foo"]])
def test_what_is_not(gate, options):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gate.port}", *options],
                          input=b"", capture_output=True, timeout=20)
    assert b"Cipher is (NONE)" in done.stdout and b"alert" in done.stderr + done.stdout, done.stdout


@pytest.mark.parametrize("version", ["--tlsv1.3", "--tls-max"])
def test_curl_gets_an_answer(gate, version):
    gate.origin.handler = answering(body=BODY)
    done = curl(version, *(["1.2"] if version == "--tls-max" else []), "--http1.1", "--cacert", gate.ca,
                "--resolve", f"shop.example:{gate.port}:127.0.0.1",
                *[f"https://shop.example:{gate.port}/{number}" for number in range(3)])
    assert done.exit_code == 0, done.error
    assert done.body == BODY and done.head.count("200 OK") == 3
    request = gate.origin.requests[-1]
    assert request.get("X-Forwarded-Proto") == "https" and "proto=https" in request.get("Forwarded")


def test_a_large_body_goes_up(gate):
    gate.origin.handler = answering(body=b"taken")
    done = curl("--cacert", gate.ca, "--resolve", f"shop.example:{gate.port}:127.0.0.1", "--data-binary", "@-",
                f"https://shop.example:{gate.port}/up", "-H", "Expect:", stdin=BODY)
    assert done.body == b"taken", done.error
    assert gate.origin.requests[-1].body == BODY


def test_requests_in_one_record_and_in_many(gate):
    gate.origin.handler = answering(body=b"hello")
    request = b"GET /%d HTTP/1.1\r\nHost: shop.example\r\n\r\n"
    with gate.connect() as peer:
        peer.sendall(b"".join(request % number for number in range(20)))
        answer = b""
        while answer.count(b"hello") < 20:
            answer += peer.recv(65536)
        for byte in request % 99:
            peer.sendall(bytes([byte]))
        while answer.count(b"hello") < 21:
            answer += peer.recv(65536)
    assert answer.count(b"HTTP/1.1 200 OK") == 21


def test_the_end_is_announced(gate):
    """Also where only the end of the connection ends the answer."""
    gate.origin.handler = answering(body=b"hello")
    with gate.connect() as peer:
        peer.sendall(b"GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n")
        answer = b""
        while piece := peer.recv(65536):  # an end without close_notify would raise SSLEOFError
            answer += piece
    assert answer.endswith(b"hello")


def test_plain_http_on_a_tls_port_is_cut(gate):
    with socket.create_connection(("127.0.0.1", gate.port), 10) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n")
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
    assert not answer.startswith(b"HTTP/")
