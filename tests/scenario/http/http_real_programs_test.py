"""Real nginx behind, real curl before."""
import re

import pytest

from headgate_test import Headgate, curl, proxy_yaml
from headgate_test.nginx import Nginx

LOCATIONS = """
    location /echo { return 200 "$request_method $host $http_x_forwarded_for $http_x_forwarded_proto $proxy_protocol_addr\\n"; }
    location /moved { return 302 /elsewhere; }
    location /teapot { return 418 "short and stout"; }
    location /empty { return 204; }
    location /small { client_max_body_size 10k; proxy_pass http://127.0.0.1:1; }
    location /gzip/ { gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any; alias %ROOT%/; }
"""


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    server = Nginx(folder, LOCATIONS.replace("%ROOT%", str(folder / "www")))
    yield server
    server.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory, behind):
    gate = Headgate(tmp_path_factory.mktemp("headgate"), proxy_yaml(behind))
    yield f"http://127.0.0.1:{gate.port()}"
    gate.close()


def test_a_round_trip(url):
    answer = curl(f"{url}/echo", "-H", "Host: www.example.com")
    assert (answer.exit_code, answer.status, answer.body) == (0, 200, b"GET www.example.com 127.0.0.1 http \n")
    assert "Server: nginx" in answer.head


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2"])
def test_versions(url, version):
    """The offer of h2c that --http2 makes is left unanswered, and HTTP/1.1 goes on."""
    answer = curl(version, f"{url}/echo")
    assert (answer.status, answer.body) == (200, b"GET 127.0.0.1 127.0.0.1 http \n")
    assert answer.head.startswith("HTTP/1.1 200")


@pytest.mark.parametrize("path, status", [("/moved", 302), ("/teapot", 418), ("/empty", 204), ("/none", 404)])
def test_statuses(url, path, status):
    assert curl(f"{url}{path}").status == status


def test_head_and_conditions(url, behind):
    behind.write("page.html", b"<p>page</p>")
    answer = curl("-I", f"{url}/page.html")
    assert answer.status == 200 and "Content-Length: 11" in answer.head
    etag = re.search(r"ETag: (\S+)", answer.head)[1]
    assert curl("-H", f"If-None-Match: {etag}", f"{url}/page.html").status == 304
    assert curl("-r", "3-6", f"{url}/page.html").body == b"page"


def test_large_bodies(url, behind, tmp_path):
    data = bytes(range(256)) * 65536  # 16 MiB
    behind.write("large.bin", data)
    assert curl(f"{url}/large.bin").body == data
    zipped = curl("--compressed", f"{url}/gzip/large.bin")  # of unknown length, so in chunks
    assert zipped.body == data and "Transfer-Encoding: chunked" in zipped.head


def test_a_refused_upload(url, tmp_path):
    """nginx answers 413 and does not read; curl waits for 100 first, or sends at once."""
    large = tmp_path / "large"
    large.write_bytes(b"x" * (1 << 20))
    for fields in ([], ["-H", "Expect:"], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"]):
        assert curl("-T", large, *fields, f"{url}/small").status == 413


def test_a_kept_connection(url):
    answer = curl(f"{url}/echo", f"{url}/teapot", f"{url}/echo", "-o", "/dev/null", "-o", "/dev/null", "-v")
    assert "Re-using existing connection" in answer.error or "Connection #0" in answer.error
    assert answer.error.count("Connected to") == 1


def test_without_host(url):
    """A client of HTTP/1.0 that sends none: nginx refuses an empty Host, so it must not get one."""
    answer = curl("--http1.0", "-H", "Host:", f"{url}/echo")
    assert answer.status == 200
