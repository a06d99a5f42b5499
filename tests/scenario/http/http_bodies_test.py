"""How bodies begin and end on both sides: lengths, chunks, trailers, the end of the connection, and none at all."""
import pytest

from headgate_test import Close, ConnectionReset, Expect, Reset, Send, StreamEnded, answering, play

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HEAD_END = b"\r\n\r\n"


def sending(*parts):
    """A backend that answers with these bytes and then closes."""
    return play(Expect(HEAD_END), *(Send(part) for part in parts), Close())


def test_a_length_stays_a_length(stage, client):
    peer = client(stage.play(answering(body=b"answer")))
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nrequest")
    response = peer.read_response()
    assert (response.get("Content-Length"), response.get("Transfer-Encoding"), response.body) == ("6", None, b"answer")
    request = stage.origin.requests[0]
    assert (request.get("Content-Length"), request.get("Transfer-Encoding"), request.body) == ("7", None, b"request")


def test_chunks_and_trailers_go_to_the_backend(stage, client):
    peer = client(stage.play(answering()))
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
              b"3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n")
    assert peer.read_response().status == 200
    request = stage.origin.requests[0]
    assert (request.get("Transfer-Encoding"), request.get("Content-Length")) == ("chunked", None)
    assert (request.body, request.trailers) == (b"abcde", [("X-Sum", "5")])


def test_chunks_and_trailers_come_from_the_backend(stage, client):
    peer = client(stage.play(sending(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n",
        b"2;x\r\nde\r\n0\r\nX-Sum: 5\r\nContent-Length: 7\r\n\r\n")))
    peer.send(GET)
    response = peer.read_response()
    assert (response.get("Transfer-Encoding"), response.get("Content-Length")) == ("chunked", None)
    assert (response.body, response.trailers) == (b"abcde", [("X-Sum", "5")])


def test_an_empty_chunked_body_each_way(stage, client):
    peer = client(stage.play(sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")))
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert peer.read_response().body == b""
    stage.play(answering())
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert peer.read_response().status == 200
    request = stage.origin.requests[0]
    assert (request.get("Transfer-Encoding"), request.body) == ("chunked", b"")


def test_a_post_without_body_says_so(stage, client):
    """Some servers answer 411 otherwise."""
    peer = client(stage.play(answering()))
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
    peer.read_response()
    assert stage.origin.requests[0].get("Content-Length") == "0"


def test_chunks_arrive_as_they_are_sent(stage, client):
    """Nothing is held back until more has come: events, progress, long polling."""
    def handle(connection):
        connection.read_until(HEAD_END)
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(5):
            connection.send(b"4\r\nping\r\n")
            assert connection.read_exactly(4) == b"pong"

    stage.play(handle)

    peer = client(stage.gate.port())
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n")
    peer.read_until(HEAD_END)
    for _ in range(5):
        assert peer.read_until(b"ping\r\n") == b"4\r\nping\r\n"
        peer.send(b"pong")


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("fields", ["", "Content-Length: 0\r\n", "Content-Length: 5\r\n",
                                    "Transfer-Encoding: chunked\r\n"])
def test_statuses_without_body(stage, client, status, fields):
    """Whatever the fields say, none is waited for and none is promised."""
    peer = client(stage.play(sending(f"HTTP/1.1 {status} None\r\n{fields}\r\n".encode())))
    peer.send(GET)
    response = peer.read_response()
    assert (response.status, response.get("Transfer-Encoding")) == (status, None)
    if status == 204:
        assert response.get("Content-Length") is None
    stage.play(answering(body=b"next"))
    assert peer.get().body == b"next"


def test_a_body_of_unknown_length_is_chunked_for_1_1(stage, client):
    peer = client(stage.play(sending(b"HTTP/1.1 200 OK\r\n\r\n", b"all ", b"of this")))
    peer.send(GET)
    response = peer.read_response()
    assert (response.get("Transfer-Encoding"), response.body) == ("chunked", b"all of this")
    stage.play(answering(body=b"next"))
    assert peer.get().body == b"next"


@pytest.mark.parametrize("answer", [(b"HTTP/1.1 200 OK\r\n\r\n", b"all of this"),
                                    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n",
                                     b"8\r\n of this\r\n0\r\nX: y\r\n\r\n")])
def test_a_body_of_unknown_length_ends_a_1_0_connection(stage, client, answer):
    peer = client(stage.play(sending(*answer)))
    peer.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    head = peer.read_until(HEAD_END)
    assert b"Connection: close\r\n" in head and b"Transfer-Encoding" not in head and b"Content-Length" not in head
    assert peer.read_to_end() == b"all of this"


CUT = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
       b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n",
       b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this"]


@pytest.mark.parametrize("how", [Close, Reset])
@pytest.mark.parametrize("answer", CUT)
def test_a_cut_answer_does_not_look_whole(stage, client, answer, how):
    peer = client(stage.play(play(Expect(HEAD_END), Send(answer), how())))
    peer.send(GET)
    with pytest.raises((StreamEnded, ConnectionReset)):
        response = peer.read_response()
        assert response.status == 502, "a reset may overtake the head"
        raise StreamEnded("answered in time")


@pytest.mark.parametrize("answer", CUT[1:])
def test_a_cut_answer_to_1_0_is_reset(stage, client, answer):
    """Its end is the end of the connection, so that only a reset tells that it is not the good one."""
    peer = client(stage.play(play(Expect(HEAD_END), Send(answer), Close())))
    peer.send(b"GET / HTTP/1.0\r\n\r\n")
    peer.expect_reset()


def test_a_cut_answer_to_1_0_is_reset_though_a_body_was_left_unread(stage, client):
    peer = client(stage.play(play(Expect(HEAD_END), Send(CUT[1]), Close())))
    peer.send(b"POST / HTTP/1.0\r\nContent-Length: 1000\r\n\r\nbegin")
    peer.expect_reset()


def test_a_backend_that_resets_at_the_end_of_an_endless_body(stage, client):
    """A reset is no good end of a body that the end of the connection delimits."""
    def handle(connection):
        connection.read_until(HEAD_END)
        connection.send(b"HTTP/1.1 200 OK\r\n\r\nall of this")
        connection.socket.settimeout(0.2)
        try:
            connection.socket.recv(1)
        except TimeoutError:
            pass
        connection.reset()

    peer = client(stage.play(handle))
    peer.send(GET)
    assert b"200 OK" in peer.read_until(HEAD_END)
    with pytest.raises((StreamEnded, ConnectionReset)):
        peer.read_until(b"0\r\n\r\n")


def test_head_keeps_the_length(stage, client):
    peer = client(stage.play(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: \"x\"\r\n\r\n")))
    peer.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    response = peer.read_response(to="HEAD")
    assert (response.get("Content-Length"), response.get("ETag")) == ("12345", '"x"')
    stage.play(answering(body=b"next"))
    assert peer.get().body == b"next"


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("fields", ["Transfer-Encoding: chunked\r\n", ""])
def test_head_of_an_unknown_length(stage, client, fields, version):
    peer = client(stage.play(sending(f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode())))
    peer.send(f"HEAD / HTTP/{version}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n".encode())
    response = peer.read_response(to="HEAD")
    assert (response.status, response.get("Content-Length"), response.get("Transfer-Encoding")) == (200, None, None)
    stage.play(answering(body=b"next"))
    assert peer.get().body == b"next"


@pytest.mark.parametrize("size", [1, 4095, 4096, 4097, 16384, 65535, 65536, 65537, 1 << 20])
def test_sizes_around_the_buffers(stage, client, size):
    body = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    peer = client(stage.play(answering(body=body)))
    for framing in ("length", "chunked"):
        if framing == "length":
            peer.send(f"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n".encode() + body)
        else:
            peer.send(b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + f"{size:x}\r\n".encode() +
                      body + b"\r\n0\r\n\r\n")
        assert peer.read_response().body == body
    assert [request.body == body for request in stage.origin.requests] == [True, True]
