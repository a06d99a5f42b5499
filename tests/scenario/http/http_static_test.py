"""Files over the wire: ranges, conditions, HEAD, the index, and no way out of the root."""
import os
import re
import threading
import time

import pytest

from headgate_test import Headgate, curl

BODY = bytes(range(256)) * 40  # 10,240 bytes


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    root = tmp_path_factory.mktemp("static")
    site = root / "site"
    (site / "docs").mkdir(parents=True)
    (site / "bare").mkdir()
    (site / "index.html").write_text("<h1>home</h1>")
    (site / "docs" / "index.html").write_text("<h1>docs</h1>")
    (site / "file.bin").write_bytes(BODY)
    (site / "empty.txt").write_bytes(b"")
    (site / "style.css").write_text("a{}")
    (site / "a b%c.txt").write_text("odd name")
    (root / "secret.txt").write_text("secret")
    os.symlink(root / "secret.txt", site / "leak.txt")
    os.symlink(root, site / "up")
    os.symlink("file.bin", site / "alias.bin")
    with open(site / "huge.bin", "wb") as huge:
        huge.truncate(5 << 30)
    daemon = Headgate(root, "workers: 1\nlisteners: { web: { bind: 127.0.0.1:0 } }\n"
                            f"routes: [{{ static: {{ root: {site} }} }}]\n")
    daemon.site = site
    yield daemon
    daemon.close()


@pytest.fixture
def ask(gate, client):
    peer = client(gate.port())

    def send(target, *fields, method="GET"):
        peer.send("\r\n".join([f"{method} {target} HTTP/1.1", "Host: a", *fields, "", ""]).encode("latin-1"))
        return peer.read_response(to=method)

    return send


def test_a_file(ask):
    response = ask("/file.bin")
    assert (response.status, response.body) == (200, BODY)
    assert response.get("Content-Length") == "10240"
    assert response.get("Accept-Ranges") == "bytes"
    assert re.fullmatch(r'"[^"]+"', response.get("ETag"))
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", response.get("Last-Modified"))


@pytest.mark.parametrize("target, kind", [("/style.css", "text/css"), ("/index.html", "text/html"),
                                          ("/file.bin", "application/octet-stream"), ("/empty.txt", "text/plain")])
def test_content_types(ask, target, kind):
    assert ask(target).get("Content-Type").split(";")[0] == kind


def test_the_index(ask):
    assert ask("/").body == b"<h1>home</h1>"
    assert ask("/docs/").body == b"<h1>docs</h1>"
    moved = ask("/docs")
    assert moved.status in (301, 308) and moved.get("Location") == "/docs/"
    assert ask("/bare/").status in (403, 404)


def test_names_are_decoded_once(ask):
    assert ask("/a%20b%25c.txt").body == b"odd name"
    assert ask("/a%20b%2525c.txt").status == 404


def test_head(ask):
    got, head = ask("/file.bin"), ask("/file.bin", method="HEAD")
    assert head.status == 200 and head.body == b""
    for name in ("Content-Length", "ETag", "Last-Modified", "Content-Type", "Accept-Ranges"):
        assert head.get(name) == got.get(name), name
    assert ask("/none", method="HEAD").status == 404
    assert ask("/file.bin").body == BODY


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods(ask, method):
    response = ask("/file.bin", "Content-Length: 0", method=method)
    assert response.status == 405 and "GET" in response.get("Allow")


@pytest.mark.parametrize("given, first, last", [("0-0", 0, 0), ("0-99", 0, 99), ("10239-", 10239, 10239), ("100-", 100, 10239),
                                                ("-1", 10239, 10239), ("-10240", 0, 10239), ("-99999", 0, 10239),
                                                ("5-99999", 5, 10239)])
def test_a_range(ask, given, first, last):
    response = ask("/file.bin", f"Range: bytes={given}")
    assert (response.status, response.body) == (206, BODY[first:last + 1])
    assert response.get("Content-Range") == f"bytes {first}-{last}/10240"
    assert response.get("Content-Length") == str(last + 1 - first)


@pytest.mark.parametrize("given", ["bytes=10240-", "bytes=10240-10300", "bytes=-0"])
def test_a_range_beyond_the_end(ask, given):
    response = ask("/file.bin", f"Range: {given}")
    assert (response.status, response.get("Content-Range")) == (416, "bytes */10240")
    assert ask("/file.bin").status == 200


@pytest.mark.parametrize("given", ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes", "bytes=", "bytes=1-2-3", "bytes=--1"])
def test_a_range_that_is_none(ask, given):
    response = ask("/file.bin", f"Range: {given}")
    assert (response.status, response.body) == (200, BODY)


def test_several_ranges(ask):
    response = ask("/file.bin", "Range: bytes=0-9, 100-109 , -5")
    assert response.status == 206
    boundary = re.fullmatch(r"multipart/byteranges; boundary=\"?([^\"]+)\"?", response.get("Content-Type"))[1]
    parts = response.body.split(b"--" + boundary.encode())
    assert parts[-1].strip() == b"--"
    found = []
    for part in parts[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        found.append((re.search(rb"Content-Range: bytes (\S+)", head)[1], data.removesuffix(b"\r\n")))
        assert b"Content-Type: application/octet-stream" in head
    assert found == [(b"0-9/10240", BODY[:10]), (b"100-109/10240", BODY[100:110]), (b"10235-10239/10240", BODY[-5:])]


def test_many_ranges_do_not_multiply_the_file(ask):
    response = ask("/file.bin", "Range: bytes=" + ",".join(["0-"] * 1000))
    assert response.status in (200, 206, 416) and len(response.body) <= 2 * len(BODY)


def test_conditions(ask):
    whole = ask("/file.bin")
    etag, modified = whole.get("ETag"), whole.get("Last-Modified")
    earlier, later = "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
    for fields, status in [
            ([f"If-None-Match: {etag}"], 304), (["If-None-Match: *"], 304), ([f'If-None-Match: "x", W/{etag}'], 304),
            (['If-None-Match: "x"'], 200), ([f"If-Modified-Since: {modified}"], 304),
            ([f"If-Modified-Since: {later}"], 304), ([f"If-Modified-Since: {earlier}"], 200),
            (['If-None-Match: "x"', f"If-Modified-Since: {modified}"], 200), ([f"If-Match: {etag}"], 200),
            (['If-Match: "x"'], 412), ([f"If-Unmodified-Since: {earlier}"], 412), ([f"If-Unmodified-Since: {modified}"], 200),
            ([f"If-Range: {etag}", "Range: bytes=0-1"], 206), (['If-Range: "x"', "Range: bytes=0-1"], 200),
            ([f"If-Range: W/{etag}", "Range: bytes=0-1"], 200), (["If-Modified-Since: nonsense"], 200)]:
        response = ask("/file.bin", *fields)
        assert response.status == status, fields
        if status == 304:
            assert (response.get("ETag"), response.body) == (etag, b"")


@pytest.mark.parametrize("target", ["/leak.txt", "/up/secret.txt", "/up/", "/%2e%2e%2fsecret.txt", "/docs/..%2f..%2fsecret.txt",
                                    "/file.bin/", "/file.bin/x", "/none", "/docs/none", "/%ff", "/..%5csecret.txt",
                                    "/" + "x" * 300, "/" + "x/" * 500])
def test_what_is_not_there(ask, target):
    response = ask(target)
    assert response.status in (403, 404)
    assert b"secret" not in response.body
    assert ask("/style.css").body == b"a{}"


@pytest.mark.parametrize("target", ["/../secret.txt", "/%2e%2e/secret.txt", "/docs/../../secret.txt", "/file%00.bin"])
def test_targets_that_climb_are_refused(gate, client, target):
    peer = client(gate.port())
    peer.send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    assert peer.read_response().status == 400


def test_a_link_inside_the_root(ask):
    assert ask("/alias.bin").body == BODY


def test_a_file_beyond_4_gib(ask):
    """Seen by its end."""
    response = ask("/huge.bin", "Range: bytes=-10")
    assert (response.status, response.body) == (206, bytes(10))
    assert response.get("Content-Range") == f"bytes {(5 << 30) - 10}-{(5 << 30) - 1}/{5 << 30}"
    assert ask("/huge.bin", method="HEAD").get("Content-Length") == str(5 << 30)


def test_a_file_that_shrinks_while_it_is_sent(gate, client):
    shrinking = gate.site / "shrinking.bin"
    with open(shrinking, "wb") as out:
        out.truncate(64 << 20)
    peer = client(gate.port())
    peer.send(b"GET /shrinking.bin HTTP/1.1\r\nHost: a\r\n\r\n")
    peer.read_exactly(1 << 16)
    os.truncate(shrinking, 1 << 20)
    count = 0
    while True:
        try:
            count += len(peer.read_exactly(1 << 16))
        except AssertionError:
            break
    assert count < 64 << 20


def test_a_download_leaves_room_for_others(gate, client):
    """Reading a file never blocks; somebody else must still get a turn."""
    peer = client(gate.port())
    peer.send(b"GET /huge.bin HTTP/1.1\r\nHost: a\r\n\r\n")
    sink, stop = bytearray(1 << 20), threading.Event()

    def drain():
        try:
            while not stop.is_set() and peer.socket.recv_into(sink):
                pass
        except OSError:
            pass

    drainer = threading.Thread(target=drain)
    drainer.start()
    try:
        other = client(gate.port())
        for _ in range(10):
            started = time.monotonic()
            assert other.get("/style.css").body == b"a{}"
            assert time.monotonic() - started < 1
    finally:
        stop.set()
        drainer.join()
        peer.close()


def test_curl_resumes(gate, tmp_path):
    url = f"http://127.0.0.1:{gate.port()}/file.bin"
    assert curl(url).body == BODY
    answer = curl("-r", "5000-", url)
    assert (answer.status, answer.body) == (206, BODY[5000:])
