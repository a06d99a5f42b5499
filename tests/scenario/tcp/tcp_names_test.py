"""Pools by the name in the ClientHello, with real peers: openssl s_server and Python's TLS; nothing is terminated."""
import contextlib
import socket
import ssl
import subprocess
import threading

import pytest

from headgate_test import Headgate, Origin, processes
from headgate_test.ports import free_port
from scenario_parts.tcp import echo, logged
from scenario_parts.watching import wait_until

YAML = """
workers: 2
listeners:
  named:
    bind: 127.0.0.1:0
    protocol: tcp
    timeouts: {{ header: 1s }}
    sni: {{ shop.example.com: shop, "*.example.com": tenants }}
    alpn: {{ acme-tls/1: tenants }}
  with-default:
    bind: 127.0.0.1:0
    protocol: tcp
    timeouts: {{ header: 1s }}
    sni: {{ shop.example.com: shop }}
    pool: others
pools:
  shop: {{ backends: ["{shop}"] }}
  tenants: {{ backends: ["{tenants}"] }}
  others: {{ backends: ["{others}"] }}
access_log: {{ file: stdout }}
admin: {{ bind: 127.0.0.1:0 }}
"""


class SslServer:
    """openssl s_server with a certificate for one name; `-rev` sends each line back reversed."""

    def __init__(self, folder, name):
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                        "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
                       check=True, capture_output=True)
        self.certificate = folder / f"{name}.pem"
        self.process = processes.start(
            ["openssl", "s_server", "-accept", self.address, "-cert", self.certificate, "-key", folder / f"{name}.key",
             "-rev", "-quiet", "-alpn", "acme-tls/1,h2"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: _answers(self.port))

    def close(self):
        processes.stop(self.process)


def _answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Scene:
    def __init__(self, folder):
        self.shop, self.tenants = SslServer(folder, "shop.example.com"), SslServer(folder, "tenants.example.com")
        self.others = Origin(echo)
        self.gate = Headgate(folder, YAML.format(shop=self.shop.address, tenants=self.tenants.address,
                                                 others=self.others.address))
        self.lines = 0

    def next_line(self):
        self.lines += 1
        return logged(self.gate, self.lines)[self.lines - 1]

    def close(self):
        try:
            self.gate.close()
        finally:
            for each in (self.shop, self.tenants, self.others):
                each.close()


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    made = Scene(tmp_path_factory.mktemp("scene"))
    yield made
    made.close()


def speak(port, trusted, name, alpn=(), before=None):
    """A handshake that verifies the server, and a line there and back."""
    context = ssl.create_default_context(cafile=trusted.certificate)
    context.check_hostname = False
    if alpn:
        context.set_alpn_protocols(list(alpn))
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        if before:
            before(plain)
        with context.wrap_socket(plain, server_hostname=name) as secure:
            secure.sendall(b"hello\n")
            assert secure.recv(100) == b"olleh\n"
            return secure.selected_alpn_protocol()


def refused(port, name=None):
    """What the client's TLS says of a handshake that fails."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        with pytest.raises(OSError) as failure:
            context.wrap_socket(plain, server_hostname=name)
    return str(failure.value)


def test_exact_and_wildcard_names(scene):
    port = scene.gate.port("named")
    speak(port, scene.shop, "shop.example.com")
    line = scene.next_line()
    assert (line["host"], line["pool"], line["backend_address"]) == ("shop.example.com", "shop", scene.shop.address)
    speak(port, scene.shop, "SHOP.example.com")
    assert scene.next_line()["pool"] == "shop"
    speak(port, scene.tenants, "a.b.example.com")
    assert scene.next_line()["pool"] == "tenants"


def test_a_protocol_comes_before_a_name(scene):
    assert speak(scene.gate.port("named"), scene.tenants, "shop.example.com", ["acme-tls/1"]) == "acme-tls/1"
    assert scene.next_line()["pool"] == "tenants"
    assert speak(scene.gate.port("named"), scene.shop, "shop.example.com", ["h2"]) == "h2"
    assert scene.next_line()["pool"] == "shop"


def test_no_pool_for_a_name(scene):
    assert "UNRECOGNIZED_NAME" in refused(scene.gate.port("named"), "elsewhere.example.net").upper()
    line = scene.next_line()
    assert (line["host"], line["ending"]) == ("elsewhere.example.net", "no_pool")
    assert line["detail"] == "no pool for elsewhere.example.net" and "pool" not in line
    refused(scene.gate.port("named"))
    assert scene.next_line()["detail"] == "the client named no server, and there is no pool for that"


def test_the_default_takes_what_names_nothing(scene):
    """No TLS at all, as SSH on the same port, and TLS with another name: the bytes arrive as they were sent."""
    with socket.create_connection(("127.0.0.1", scene.gate.port("with-default")), 10) as plain:
        plain.sendall(b"SSH-2.0-test\r\n")
        assert plain.recv(100) == b"SSH-2.0-test\r\n"
    assert scene.next_line()["pool"] == "others"
    # The echo sends the ClientHello back, which no client takes for a ServerHello.
    assert "UNEXPECTED" in refused(scene.gate.port("with-default"), "elsewhere.example.net").upper()
    assert scene.next_line()["pool"] == "others"


def test_a_hello_in_pieces(scene):
    """Byte by byte, and cut into records that are cut in packets: it arrives, and the handshake goes on."""
    made, context = ssl.MemoryBIO(), ssl.create_default_context(cafile=scene.shop.certificate)
    incoming = ssl.MemoryBIO()
    client = context.wrap_bio(incoming, made, server_hostname="shop.example.com")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    hello = made.read()
    message = hello[5:]
    records = b"".join(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part
                       for part in (message[i:i + 100] for i in range(0, len(message), 100)))
    for sent in (hello, records):
        with socket.create_connection(("127.0.0.1", scene.gate.port("named")), 10) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(0, len(sent), 13):
                plain.sendall(sent[at:at + 13])
            assert plain.recv(5)[:1] == b"\x16", "a ServerHello"
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert scene.next_line()["pool"] == "shop"


def test_a_broken_hello(scene):
    with socket.create_connection(("127.0.0.1", scene.gate.port("named")), 10) as plain:
        plain.sendall(b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00")
        assert plain.recv(100) == b"\x15\x03\x03\x00\x02\x02\x32", "the alert decode_error"
        assert plain.recv(100) == b""
    assert scene.next_line()["ending"] == "hello_malformed"


def test_a_hello_that_does_not_come(scene):
    port = scene.gate.port("named")
    for sent in (b"", b"\x16\x03\x01"):
        with socket.create_connection(("127.0.0.1", port), 10) as plain:
            plain.sendall(sent)
            assert plain.recv(100) == b""
        assert scene.next_line()["ending"] == "hello_timeout"


def test_many_at_once(scene):
    port = scene.gate.port("named")
    failures = []

    def one(number):
        try:
            tenant = number % 2
            speak(port, scene.tenants if tenant else scene.shop, "t.example.com" if tenant else "shop.example.com")
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures, failures
    scene.lines += len(threads)
    logged(scene.gate, scene.lines)
