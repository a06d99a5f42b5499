"""Compression: what is compressed, with which fields, and how a body that comes in pieces goes out."""
import gzip
import random
import re
import threading
import time
import zlib

import brotli
import pytest
import zstandard

from headgate_test import Close, Expect, Send, StreamEnded, answering, curl, metrics, play

YAML = {"route": "compress: { algorithms: [zstd, br, gzip], level: { br: 3 } }",
        "more": "access_log: { file: stdout, format: '{uri} {encoding} {uncompressed_bytes} {response_bytes} {ending}' }"}

PAGE = b"<p>The gate at the head of the canal.</p>\n" * 300
HTML = ("Content-Type: text/html",)
HEAD_END = b"\r\n\r\n"


class Decoder:
    """Python's decoders, piece by piece: what of the body can be read now."""

    def __init__(self, coding):
        self._decode = {"gzip": lambda: zlib.decompressobj(31).decompress,
                        "br": lambda: brotli.Decompressor().process,
                        "zstd": lambda: zstandard.ZstdDecompressor().decompressobj().decompress,
                        None: lambda: bytes}[coding]()

    def take(self, piece):
        return self._decode(piece)


def decoded(response):
    return Decoder(response.get("Content-Encoding")).take(response.body)


def ask(peer, *fields, method="GET", path="/", accept="gzip"):
    lines = [f"{method} {path} HTTP/1.1", "Host: a", *([f"Accept-Encoding: {accept}"] if accept else []), *fields, "", ""]
    peer.send("\r\n".join(lines).encode())
    return peer.read_response(to=method)


def coded(response):
    return response.get("Content-Encoding"), response.get("Vary"), response.get("ETag")


@pytest.mark.parametrize("accept, coding", [
    ("gzip, deflate, br, zstd", "zstd"), ("gzip, br", "br"), ("x-gzip", "gzip"), ("*", "zstd"),
    ("br;q=0.1, gzip;q=0.2", "gzip"), ("identity, gzip;q=0.5", None), ("gzip;q=0", None), ("deflate", None),
    (None, None)])
def test_the_client_gets_what_it_likes(stage, client, accept, coding):
    peer = client(stage.play(answering(body=PAGE, fields=(*HTML, 'ETag: "v1"', "Accept-Ranges: bytes"))))
    response = ask(peer, accept=accept)
    assert coded(response) == (coding, "Accept-Encoding", 'W/"v1"' if coding else '"v1"')
    assert response.get("Accept-Ranges") == (None if coding else "bytes")
    assert decoded(response) == PAGE
    # The connection goes on, whatever framing that was; and HEAD says the same.
    head = ask(peer, method="HEAD", accept=accept)
    assert coded(head) == coded(response)
    assert head.get("Content-Length") == (None if coding else str(len(PAGE)))
    assert decoded(ask(peer, accept=accept)) == PAGE


@pytest.mark.parametrize("fields, request_fields, vary", [
    (("Content-Type: image/png",), (), None),
    ((), (), None),
    (("Content-Type: application/grpc",), (), None),
    ((*HTML, "Cache-Control: max-age=9, no-transform"), (), None),
    (HTML, ("Cache-Control: no-transform",), "Accept-Encoding"),
    ((*HTML, "Content-Encoding: deflate", "Vary: Cookie"), (), "Cookie, Accept-Encoding"),
    ((*HTML, "Content-Range: bytes 0-9/10"), (), "Accept-Encoding"),
])
def test_what_is_left_as_it_is(stage, client, fields, request_fields, vary):
    peer = client(stage.play(answering(body=PAGE, fields=(*fields, 'ETag: "v1"'))))
    response = ask(peer, *request_fields)
    assert response.body == PAGE and response.get("ETag") == '"v1"'
    assert (response.get("Content-Length"), response.get("Vary")) == (str(len(PAGE)), vary)


@pytest.mark.parametrize("size, coding", [(1023, None), (1024, "gzip")])
@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
def test_min_size_however_the_length_shows(stage, client, size, coding, framing):
    body = b"x" * size
    framed = {"length": b"Content-Length: %d\r\n\r\n%s" % (size, body),
              "chunks": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (size, body),
              "close": b"\r\n" + body}[framing]
    peer = client(stage.play(play(Expect(HEAD_END), Send(b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n" + framed), Close())))
    response = ask(peer)
    assert decoded(response) == body
    if framing != "close":  # whether the end of such a body is at hand already is chance
        assert response.get("Content-Encoding") == coding


def test_not_modified_works_through(stage, client):
    """W/"v1" goes to the backend as the client has it, and comes back as the client knows it."""
    def handle(connection):
        request = connection.read_request()
        known = 'W/"v1"' in request.get("If-None-Match", "")
        connection.send(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n' if known else b"HTTP/1.1 500 No\r\n\r\n")

    peer = client(stage.play(handle))
    response = ask(peer, 'If-None-Match: "v0", W/"v1"')
    assert (response.status, response.get("ETag"), response.get("Vary")) == (304, 'W/"v1"', "Accept-Encoding")


def test_a_backend_that_compares_byte_by_byte_is_helped(stage, client):
    peer = client(stage.play(answering(body=PAGE, fields=(*HTML, 'ETag: "v1"', "Cache-Control: max-age=5"))))
    response = ask(peer, 'If-None-Match: W/"v1"')
    assert (response.status, response.get("ETag"), response.get("Cache-Control")) == (304, 'W/"v1"', "max-age=5")
    assert (response.get("Content-Type"), response.get("Content-Length")) == (None, None)
    assert ask(peer, 'If-None-Match: W/"v2"').status == 200, "the connection goes on"


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_piece_goes_out_when_the_backend_pauses(stage, client, coding):
    """Each event is read by the client before the backend is told to send the next: nothing waits in the encoder."""
    seen = threading.Semaphore(0)
    events = [b"data: %d\n\n" % i for i in range(5)]

    def handle(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for event in events:
            connection.send(event)
            assert seen.acquire(timeout=20), "the client did not get the event"

    peer = client(stage.play(handle))
    peer.send(f"GET /events HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {coding}\r\n\r\n".encode())
    head = peer.read_until(HEAD_END)
    assert f"Content-Encoding: {coding}".encode() in head
    decoder = Decoder(coding)
    for event in events:
        got = b""
        while got != event:
            size = int(peer.read_until(b"\r\n"), 16)
            got += decoder.take(peer.read_exactly(size))
            assert event.startswith(got)
            peer.read_exactly(2)
        seen.release()


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_large_body_in_pieces_of_any_size(stage, client, coding):
    chance = random.Random(5)
    body = b"".join(chance.choice([b"canal ", b"gate\n", chance.randbytes(9)]) for _ in range(200_000))

    def handle(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body))
        at = 0
        while at < len(body):
            size = chance.choice([1, 100, 20_000, 300_000])
            connection.send(body[at:at + size])
            at += size

    peer = client(stage.play(handle))
    for _ in range(2):
        response = ask(peer, accept=coding)
        assert response.get("Transfer-Encoding") == "chunked" and response.get("Content-Length") is None
        assert decoded(response) == body
        assert len(response.body) < len(body)


@pytest.mark.parametrize("framing", [b"Content-Length: 50000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % 50000])
def test_a_body_that_breaks_off_breaks_off(stage, client, framing):
    peer = client(stage.play(play(Expect(HEAD_END), Send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + framing + PAGE),
                                  Close())))
    with pytest.raises(StreamEnded):
        ask(peer)


def test_many_on_one_connection(stage, client):
    """Encoders are used again, by different algorithms and after answers of all sorts."""
    bodies = [random.Random(i).choice([b"a", b"<p>canal</p>", bytes(range(256))]) * (1 + i * 37 % 3000) for i in range(40)]

    def handle(connection):
        number = int(connection.read_request().target[1:])
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
        body = bodies[number]
        for at in range(0, len(body), 7000):
            connection.send(b"%x\r\n%s\r\n" % (len(body[at:at + 7000]), body[at:at + 7000]))
        connection.send(b"0\r\n\r\n")

    peer = client(stage.play(handle))
    for number, body in enumerate(bodies):
        assert decoded(ask(peer, path=f"/{number}", accept=("gzip", "br", "zstd")[number % 3])) == body


def test_the_log_and_the_metrics_tell(stage, client):
    peer = client(stage.play(answering(body=PAGE, fields=HTML)))

    def counted():
        samples = stage.gate.metrics()
        return [metrics.total(samples, f"headgate_route_compressed_{name}_total", encoding="br")
                for name in ("in_bytes", "out_bytes")] + [
                    metrics.total(samples, "headgate_route_not_compressed_total", reason="not_accepted")]

    before = counted()
    response = ask(peer, path="/logged", accept="br")
    ask(peer, path="/plain", accept="identity")
    log, deadline = "", time.monotonic() + 10
    while "/plain" not in log and time.monotonic() < deadline:  # the writer looks every 50 ms
        log = (stage.gate.file.parent / "headgate.stdout").read_text()
    assert f"/logged br {len(PAGE)} {len(response.body)} -\n/plain - - {len(PAGE)} -\n" in log
    assert [after - was for after, was in zip(counted(), before)] == [len(PAGE), len(response.body), 1]


def test_real_curl_and_an_nginx_that_compresses_already(nginx, headgate):
    backend = nginx("location /ready { gzip on; gzip_proxied any; gzip_types *; gzip_min_length 10; } location /raw { }")
    for folder in ("ready", "raw"):
        (backend.root / folder).mkdir()
        (backend.root / folder / "a.css").write_bytes(PAGE)
    gate = headgate(f"""
workers: 1
listeners: {{ web: {{ bind: "127.0.0.1:0" }} }}
pools: {{ app: {{ backends: ["{backend.address}"] }} }}
routes:
  - match: {{ path: /static/ }}
    static: {{ root: "{backend.root}" }}
    compress: [br]
  - match: {{ path: /alone/ }}
    pool: app
    headers: {{ request: {{ remove: [Accept-Encoding] }}, response: {{ set: {{ Content-Type: text/css }} }} }}
    compress: [gzip]
  - pool: app
    headers: {{ response: {{ set: {{ Content-Type: text/css }} }} }}
    compress: [zstd, gzip]
""")
    url = f"http://127.0.0.1:{gate.port()}"
    once = curl("--compressed", f"{url}/ready/a.css")
    assert once.body == PAGE and once.head.count("Content-Encoding: gzip") == 1
    ours = curl("--compressed", f"{url}/raw/a.css")
    assert ours.body == PAGE and re.search(r"Content-Encoding: (zstd|gzip)", ours.head), ours.head
    etag = re.search(r'ETag: (W/"[^"]+")', ours.head)[1]
    assert curl("--compressed", "-H", f"If-None-Match: {etag}", f"{url}/raw/a.css").status == 304
    part = curl("-r", "0-9", "-H", "Accept-Encoding: gzip", f"{url}/raw/a.css")
    assert (part.status, part.body) == (206, PAGE[:10])
    (backend.root / "static").mkdir()
    (backend.root / "static" / "a.html").write_bytes(PAGE)
    file = curl("-H", "Accept-Encoding: br", f"{url}/static/a.html")
    assert brotli.decompress(file.body) == PAGE and f"Content-Length: {len(file.body)}" in file.head
    etag = re.search(r'ETag: (W/"[^"]+")', file.head)[1]
    assert curl("-H", f"If-None-Match: {etag}", f"{url}/static/a.html").status == 304
    (backend.root / "alone").mkdir()
    (backend.root / "alone" / "a.css").write_bytes(PAGE)
    alone = curl("-H", "Accept-Encoding: gzip", f"{url}/alone/a.css")
    assert gzip.decompress(alone.body) == PAGE
