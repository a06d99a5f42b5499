"""Real backends that speak HTTP/2 without TLS: nginx, which ends each connection after some requests, and nghttpd."""
import concurrent.futures
import contextlib
import socket
import subprocess
import time

import pytest

from headgate_test import Headgate, curl, processes, proxy_yaml
from headgate_test.client import Client
from headgate_test.metrics import total
from headgate_test.nginx import Nginx
from headgate_test.ports import free_port

BODY = bytes(range(256)) * 4096  # 1 MiB
LOCATIONS = """
    keepalive_requests 10;
    location /echo { return 200 "$request_method $server_protocol $host $http_x_forwarded_for\\n"; }
    location /upload { client_max_body_size 10m; client_body_buffer_size 1k; proxy_pass http://127.0.0.1:%PORT%/take; }
    location /limited { client_max_body_size 1k; proxy_pass http://127.0.0.1:%PORT%/take; }
    location /take { client_max_body_size 10m; return 200 "$content_length\\n"; }
    location /moved { return 302 /elsewhere; }
"""


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        folder = tmp_path_factory.mktemp("nginx")
        plain = Nginx(tmp_path_factory.mktemp("plain"), "location /take { client_max_body_size 10m; return 200 taken; }")
        stack.callback(plain.close)
        server = Nginx(folder, LOCATIONS.replace("%PORT%", str(plain.port)), listen="http2")
        stack.callback(server.close)
        server.write("big", BODY)
        gate = Headgate(tmp_path_factory.mktemp("headgate"),
                        proxy_yaml(server, pool="protocol: h2c\nhealth: { http: { path: /echo, body: GET } }"))
        stack.callback(gate.close)
        yield gate, f"http://127.0.0.1:{gate.port()}"


def test_a_round_trip(behind):
    answer = curl(f"{behind[1]}/echo", "-H", "Host: www.example.com")
    assert (answer.status, answer.body) == (200, b"GET HTTP/2.0 www.example.com 127.0.0.1\n")


def test_bodies(behind, tmp_path):
    assert curl(f"{behind[1]}/big").body == BODY
    assert curl("-I", f"{behind[1]}/big").status == 200
    assert curl("-r", "100-199", f"{behind[1]}/big").body == BODY[100:200]
    (tmp_path / "body").write_bytes(BODY)
    assert curl("--data-binary", f"@{tmp_path / 'body'}", f"{behind[1]}/upload").body == b"taken"
    assert curl("--data-binary", f"@{tmp_path / 'body'}", f"{behind[1]}/limited").status == 413
    assert curl(f"{behind[1]}/moved").status == 302


def test_no_request_is_lost_to_goaway(behind):
    """nginx leaves after every tenth request, with others under way."""
    gate, url = behind
    before = total(gate.metrics(), "headgate_backend_connections_opened_total")
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: curl("-d", f"{number}", f"{url}/echo"), range(120)))
    assert [answer.body for answer in answers if not answer.body.startswith(b"POST HTTP/2.0")] == []
    samples = gate.metrics()
    assert total(samples, "headgate_backend_connections_opened_total") >= before + 10
    assert total(samples, "headgate_route_responses_total", **{"class": "5xx"}) == 0


def test_nghttpd(tmp_path):
    (tmp_path / "big").write_bytes(BODY)
    port = free_port()
    server = processes.start(["nghttpd", "--no-tls", "-d", tmp_path, "--trailer", "x-sum: 7", port],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < deadline and server.poll() is None
            time.sleep(0.02)
        with contextlib.closing(Headgate(tmp_path, proxy_yaml(f"127.0.0.1:{port}", pool="protocol: h2c"))) as gate:
            assert curl(f"http://127.0.0.1:{gate.port()}/big").body == BODY
            assert curl("--data-binary", f"@{tmp_path / 'big'}", f"http://127.0.0.1:{gate.port()}/big").body == BODY
            peer = Client.connect(gate.port())
            peer.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = peer.read_response()
            assert answer.body == BODY
    finally:
        processes.stop(server)
