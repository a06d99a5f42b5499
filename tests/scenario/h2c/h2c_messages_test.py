"""Requests to a backend over HTTP/2 (`protocol: h2c`): what arrives there, and what comes back."""
import pytest

from headgate_test.http_message import read_head

YAML = {"route": "timeouts: { response: 5s }", "pool": "retry: { attempts: 0 }"}


def ask(peer, fields="", method="GET", target="/", body=b"", version="1.1"):
    peer.send(f"{method} {target} HTTP/{version}\r\nHost: www.example.com\r\n{fields}\r\n".encode() + body)
    return peer


def chunked(*pieces, trailers=""):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + f"0\r\n{trailers}\r\n".encode()


def recording(*answer, **options):
    """A handler that answers one whole request so, and the list that the request is put into."""
    seen = []

    def handle(peer):
        seen.append(peer.wait_request(whole=True))
        peer.answer(seen[0], *answer, **options)
        peer.wait_gone()

    return handle, seen


def test_a_request_and_its_answer(stage, client):
    handle, seen = recording(200, [("content-type", "text/plain"), ("x-two", "a"), ("x-two", "b")], b"hello")
    peer = ask(client(stage.play(handle)), "X-Mixed: Value\r\nConnection: X-Gone\r\nX-Gone: 1\r\nKeep-Alive: 5\r\n"
               "TE: gzip\r\nCookie: a=1; b=2\r\n", target="/a/b?c=d")
    answer = peer.read_response()
    assert (answer.status, answer.body, answer.get("Content-Type")) == (200, b"hello", "text/plain")
    assert answer.all("X-Two") == ["a", "b"]
    request = seen[0]
    assert dict(request.fields[:4]) == {":method": "GET", ":scheme": "http", ":authority": "www.example.com",
                                        ":path": "/a/b?c=d"}
    assert (request.get("x-mixed"), request.get("cookie"), request.get("te")) == ("Value", "a=1; b=2", "trailers")
    assert (request.get("x-forwarded-for"), request.get("via")) == ("127.0.0.1", "1.1 headgate")
    names = {name for name, _ in request.fields}
    assert not names & {"host", "connection", "keep-alive", "x-gone", "transfer-encoding", "upgrade"}
    assert all(name == name.lower() for name in names)


def test_no_host_is_the_backends_address(stage, client):
    handle, seen = recording()
    peer = client(stage.play(handle))
    peer.send(b"GET / HTTP/1.0\r\n\r\n")
    assert peer.read_response().status == 200
    assert seen[0].get(":authority") == stage.origin.address


@pytest.mark.parametrize("fields, sent, length", [
    ("Content-Length: 5\r\n", b"hello", "5"),
    ("Transfer-Encoding: chunked\r\n", chunked(b"he", b"llo"), None),
    ("Content-Length: 0\r\n", b"", "0"),
])
def test_bodies_up(stage, client, fields, sent, length):
    handle, seen = recording(200)
    peer = ask(client(stage.play(handle)), fields, "POST", body=sent)
    assert peer.read_response().status == 200
    assert (seen[0].body, seen[0].get("content-length")) == (b"hello" if sent else b"", length)


def test_trailers_both_ways(stage, client):
    handle, seen = recording(200, body=b"body", trailers=[("x-sum", "2"), ("x-more", "3")])
    peer = ask(client(stage.play(handle)), "Transfer-Encoding: chunked\r\n", "POST",
               body=chunked(b"a", trailers="X-Up: 1\r\nContent-Length: 9\r\n"))
    answer = peer.read_response()
    assert (answer.body, answer.trailers) == (b"body", [("x-sum", "2"), ("x-more", "3")])
    assert seen[0].trailers == [("x-up", "1")]


@pytest.mark.parametrize("method, status, fields, stated", [
    ("HEAD", 200, [("content-length", "7")], "7"),
    ("HEAD", 200, [], None),
    ("GET", 204, [], None),
    ("GET", 304, [("content-length", "7"), ("etag", '"a"')], "7"),
    ("GET", 200, [("content-length", "0")], "0"),
    ("GET", 200, [], "0"),
])
def test_answers_without_a_body(stage, client, method, status, fields, stated):
    handle, _ = recording(status, fields)
    peer = ask(client(stage.play(handle)), method=method)
    answer = peer.read_response(method)
    assert (answer.status, answer.get("Content-Length"), answer.get("Transfer-Encoding")) == (status, stated, None)
    assert peer.buffer == b""


@pytest.mark.parametrize("version, fields, framing", [
    ("1.1", [("content-length", "5")], ("5", None)),
    ("1.1", [], (None, "chunked")),
    ("1.0", [], (None, None)),
])
def test_bodies_down(stage, client, version, fields, framing):
    handle, _ = recording(200, fields, b"hello")
    answer = ask(client(stage.play(handle)), version=version).read_response()
    assert (answer.body, answer.get("Content-Length"), answer.get("Transfer-Encoding")) == (b"hello", *framing)


def test_interim_answers(stage, client):
    """100 when the backend says so, and then the body; 103 with its fields."""
    def handle(peer):
        request = peer.wait_request()
        assert request.get("expect") == "100-continue" and not request.body
        peer.interim(request, 100)
        peer.interim(request, 103, [("link", "</a.css>; rel=preload")])
        peer.wait(lambda: request.ended)
        assert request.body == b"hello"
        peer.answer(request, 200, body=b"ok")
        peer.wait_gone()

    peer = ask(client(stage.play(handle)), "Content-Length: 5\r\nExpect: 100-continue\r\n", "POST")
    assert read_head(peer).status == 100
    hints = read_head(peer)
    assert (hints.status, hints.get("Link")) == (103, "</a.css>; rel=preload")
    peer.send(b"hello")
    assert peer.read_response().body == b"ok"


@pytest.mark.parametrize("count, status", [(16, 200), (17, 502)])
def test_interim_answers_are_bounded(stage, client, count, status):
    def handle(peer):
        request = peer.wait_request()
        for _ in range(count):
            peer.interim(request, 102)
        peer.answer(request, 200)
        peer.wait_gone()

    peer = ask(client(stage.play(handle)))
    statuses = []
    while not statuses or statuses[-1] < 200:
        statuses.append(peer.read_response().status)
    assert statuses == [102] * min(count, 16) + [status]


def test_an_early_answer(stage, client):
    """The backend has enough before the body is whole: the answer goes to the client, the rest is not asked for."""
    def handle(peer):
        request = peer.wait_request()
        peer.answer(request, 413, body=b"too much")
        peer.reset(request, 0)
        peer.wait_gone()

    peer = ask(client(stage.play(handle)), "Content-Length: 1000\r\n", "POST", body=b"x" * 10)
    answer = peer.read_response()
    assert (answer.status, answer.body, answer.get("Connection")) == (413, b"too much", "close")


def test_both_ways_at_once(stage, client):
    """The answer begins before the request has ended, and each piece brings the next."""
    def handle(peer):
        request = peer.wait_request()
        peer.head(request, 200)
        for number in range(5):
            peer.wait(lambda: request.body.count(b"\n") > number)
            peer.send(request, b"%d\n" % number)
        peer.wait(lambda: request.ended)
        peer.send(request, b"", ends=True)
        peer.wait_gone()

    peer = ask(client(stage.play(handle)), "Transfer-Encoding: chunked\r\n", "POST")
    assert read_head(peer).status == 200
    for number in range(5):
        peer.send(b"2\r\n-\n\r\n")
        assert peer.read_until(b"\n\r\n") == b"2\r\n%d\n\r\n" % number
    peer.send(b"0\r\n\r\n")
    assert peer.read_until(b"\r\n\r\n") == b"0\r\n\r\n"


def test_an_upgrade_that_http2_does_not_have(stage, client):
    """Who offers another protocol than websocket is answered as if it had not (RFC 9110 section 7.8)."""
    handle, seen = recording(200, body=b"plain")
    peer = ask(client(stage.play(handle)), "Connection: Upgrade\r\nUpgrade: something/1\r\n")
    assert peer.read_response().body == b"plain"
    assert seen[0].get(":method") == "GET" and "upgrade" not in dict(seen[0].fields)


@pytest.mark.parametrize("size", [0, 1, 16_384, 65_535, 65_536, 65_537, 1_000_000])
def test_sizes(stage, client, size):
    """Around the edges of a frame and of a window, both ways."""
    body = bytes(range(256)) * (size // 256) + bytes(size % 256)

    def handle(peer):
        request = peer.wait_request(whole=True)
        peer.answer(request, 200, [("x-same", str(request.body == body))], body)
        peer.wait_gone()

    peer = ask(client(stage.play(handle)), f"Content-Length: {size}\r\n", "POST", body=body)
    answer = peer.read_response()
    assert answer.get("X-Same") == "True" and answer.body == body
