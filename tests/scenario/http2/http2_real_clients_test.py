"""Real clients that speak HTTP/2: curl, nghttp, h2load."""
import re
import subprocess

import pytest

from headgate_test import Headgate, curl
from headgate_test.stream import ConnectionReset, StreamEnded
from scenario_parts.certificates import issue

BODY = b"".join(b"%07d\n" % number for number in range(100_000))


def echo(connection):
    request = connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(request.body) + request.body)
    connection.wait_gone()


def test_curl_with_prior_knowledge(stage, tmp_path):
    port = stage.play(echo)
    body = tmp_path / "body"
    body.write_bytes(BODY)
    answer = curl("--http2-prior-knowledge", "--data-binary", f"@{body}", f"http://127.0.0.1:{port}/echo")
    assert (answer.status, answer.head.split()[0], answer.body) == (200, "HTTP/2", BODY)


def test_curl_that_offers_h2c_stays_with_http1(stage):
    answer = curl("--http2", f"http://127.0.0.1:{stage.gate.port()}/fixed")
    assert (answer.status, answer.head.split()[0], answer.body) == (200, "HTTP/1.1", b"fixed")


def test_nghttp(stage):
    url = f"http://127.0.0.1:{stage.gate.port()}/fixed"
    done = subprocess.run(["nghttp", "-v", "-n", "--stat", url, url + "?again"], capture_output=True, text=True,
                          timeout=60, check=True)
    assert len(re.findall(r":status: 200", done.stdout)) == 2
    assert "GOAWAY" not in re.findall(r"recv \((?:.*?)\) *(\w+) frame", done.stdout)


@pytest.mark.parametrize("route", ["/fixed", "/pool"])
def test_h2load(stage, route):
    def many(connection):
        while True:
            try:
                connection.read_request(timeout=120)
            except (StreamEnded, ConnectionReset):
                return
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    stage.play(many)
    done = subprocess.run(["h2load", "-n", "600", "-c", "6", "-m", "16", f"http://127.0.0.1:{stage.gate.port()}{route}"],
                          capture_output=True, text=True, timeout=120, check=True)
    assert "600 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout, done.stdout


@pytest.fixture(scope="module")
def tls_gate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    authority = issue(common_name="authority", is_ca=True)
    issue("127.0.0.1", by=authority).write(folder, "web")
    (folder / "ca.pem").write_bytes(authority.cert_pem)
    gate = Headgate(folder, """
listeners:
  web: { bind: 127.0.0.1:0, tls: { certificates: [{ cert: web.pem, key: web.key }] } }
  old: { bind: 127.0.0.1:0, tls: { certificates: [{ cert: web.pem, key: web.key }], alpn: [http/1.1] } }
routes: [{ respond: { status: 200, body: "secret" } }]
""")
    yield gate, folder / "ca.pem"
    gate.close()


@pytest.mark.parametrize("listener, version", [("web", "HTTP/2"), ("old", "HTTP/1.1")])
def test_curl_over_tls(tls_gate, listener, version):
    """ALPN settles the version; without h2 in `alpn` it is HTTP/1."""
    gate, authority = tls_gate
    answer = curl("--http2", "--cacert", authority, f"https://127.0.0.1:{gate.port(listener)}/")
    assert (answer.status, answer.head.split()[0], answer.body) == (200, version, b"secret"), answer.error


def test_h2load_over_tls(tls_gate):
    gate, _ = tls_gate
    done = subprocess.run(["h2load", "-n", "300", "-c", "3", "-m", "16", f"https://127.0.0.1:{gate.port()}/"],
                          capture_output=True, text=True, timeout=120, check=True)
    assert "300 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout, done.stdout
