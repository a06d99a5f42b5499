"""Every rule of RFC 9113, 8441 and 9218 that says what a server must refuse, by section, with the frames that break it.

What a case sends follows the preface and SETTINGS. Its verdict: the connection or the stream ends with that error, or
the request is answered with that status."""
import struct

import pytest

from http2_peer.frames import (
    ACK, COMPRESSION_ERROR, CONTINUATION, DATA, ENABLE_CONNECT_PROTOCOL, ENABLE_PUSH, END_HEADERS, END_STREAM,
    FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GOAWAY, HEADERS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, NO_RFC7540_PRIORITIES,
    PADDED, PING, PREFACE, PRIORITY, PRIORITY_UPDATE, PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM, SETTINGS,
    STREAM_CLOSED, WINDOW_UPDATE, FrameClient, frame, raw_block, request_fields, settings)

OPEN = END_HEADERS  # and not the end of the stream
WHOLE = END_HEADERS | END_STREAM


def head(fields, flags=WHOLE, stream=1):
    return frame(HEADERS, flags, stream, raw_block(fields))


def get(**named):
    return head(request_fields(**named))


def with_fields(*more, flags=WHOLE, **named):
    return head(request_fields(more=more, **named), flags)


def without(name):
    return head([field for field in request_fields() if field[0] != name])


def post(*more, data, flags=END_STREAM):
    return with_fields(*more, method="POST", flags=OPEN) + frame(DATA, flags, 1, data)


ANSWERED = get(path="/fixed")  # its stream is closed soon
BLOCK = raw_block(request_fields())
NUMBER = struct.Struct(">I").pack

CONNECTION_ERRORS = [  # section, what, error, frames
    ("4.2", "a frame above the size that was agreed", FRAME_SIZE_ERROR, frame(DATA, 0, 1, b"", length=16385)),
    ("4.3", "a block that is no HPACK", COMPRESSION_ERROR, frame(HEADERS, WHOLE, 1, b"\xff\xff\xff\xff\xff\xff\xff")),
    ("4.3", "an index beyond the table", COMPRESSION_ERROR, frame(HEADERS, WHOLE, 1, b"\xff\x00" + BLOCK)),
    ("4.3.1", "a table larger than was agreed", COMPRESSION_ERROR, frame(HEADERS, WHOLE, 1, b"\x3f\xe2\x1f" + BLOCK)),
    ("4.3", "another frame inside a head", PROTOCOL_ERROR,
     frame(HEADERS, END_STREAM, 1, BLOCK) + frame(PING, 0, 0, b"12345678")),
    ("4.3", "another stream inside a head", PROTOCOL_ERROR, frame(HEADERS, END_STREAM, 1, BLOCK) + head(
        request_fields(), stream=3)),
    ("4.3", "an unknown frame inside a head", PROTOCOL_ERROR,
     frame(HEADERS, END_STREAM, 1, BLOCK) + frame(0x55, 0, 0, b"x")),
    ("5.1", "DATA for an idle stream", PROTOCOL_ERROR, frame(DATA, 0, 1, b"x")),
    ("5.1", "RST_STREAM for an idle stream", PROTOCOL_ERROR, frame(RST_STREAM, 0, 1, NUMBER(8))),
    ("5.1", "WINDOW_UPDATE for an idle stream", PROTOCOL_ERROR, frame(WINDOW_UPDATE, 0, 1, NUMBER(1))),
    ("5.1.1", "a stream with an even number", PROTOCOL_ERROR, head(request_fields(), stream=2)),
    ("5.1.1", "a stream with a lower number", PROTOCOL_ERROR,
     head(request_fields(path="/fixed"), stream=5) + head(request_fields(path="/fixed"), stream=3)),
    ("6.1", "DATA for stream 0", PROTOCOL_ERROR, frame(DATA, 0, 0, b"x")),
    ("6.1", "DATA padded beyond its length", PROTOCOL_ERROR,
     with_fields(method="POST", flags=OPEN) + frame(DATA, PADDED | END_STREAM, 1, b"\x05abc")),
    ("6.2", "HEADERS for stream 0", PROTOCOL_ERROR, frame(HEADERS, WHOLE, 0, BLOCK)),
    ("6.2", "HEADERS padded beyond their length", PROTOCOL_ERROR, frame(HEADERS, WHOLE | PADDED, 1, b"\xff" + BLOCK)),
    ("6.3", "PRIORITY for stream 0", PROTOCOL_ERROR, frame(PRIORITY, 0, 0, b"\0\0\0\0\x10")),
    ("6.3", "PRIORITY that is too short", FRAME_SIZE_ERROR, frame(PRIORITY, 0, 1, b"1234")),
    ("6.4", "RST_STREAM for stream 0", PROTOCOL_ERROR, frame(RST_STREAM, 0, 0, NUMBER(8))),
    ("6.4", "RST_STREAM that is too short", FRAME_SIZE_ERROR, with_fields(flags=OPEN) + frame(RST_STREAM, 0, 1, b"123")),
    ("6.5", "an acknowledgement with settings", FRAME_SIZE_ERROR, frame(SETTINGS, ACK, 0, settings({4: 70000}))),
    ("6.5", "SETTINGS of a stream", PROTOCOL_ERROR, frame(SETTINGS, 0, 1)),
    ("6.5", "SETTINGS of no whole number of settings", FRAME_SIZE_ERROR, frame(SETTINGS, 0, 0, b"\0\4\0\0")),
    ("6.5.2", "ENABLE_PUSH that is 2", PROTOCOL_ERROR, frame(SETTINGS, 0, 0, settings({ENABLE_PUSH: 2}))),
    ("6.5.2", "a window above 2^31-1", FLOW_CONTROL_ERROR,
     frame(SETTINGS, 0, 0, settings({INITIAL_WINDOW_SIZE: 2**31}))),
    ("6.5.2", "frames of less than 16,384", PROTOCOL_ERROR, frame(SETTINGS, 0, 0, settings({MAX_FRAME_SIZE: 16383}))),
    ("6.5.2", "frames of more than 2^24-1", PROTOCOL_ERROR, frame(SETTINGS, 0, 0, settings({MAX_FRAME_SIZE: 2**24}))),
    ("RFC 8441 3", "ENABLE_CONNECT_PROTOCOL that is 2", PROTOCOL_ERROR,
     frame(SETTINGS, 0, 0, settings({ENABLE_CONNECT_PROTOCOL: 2}))),
    ("RFC 9218 2.1", "NO_RFC7540_PRIORITIES that is 2", PROTOCOL_ERROR,
     frame(SETTINGS, 0, 0, settings({NO_RFC7540_PRIORITIES: 2}))),
    ("6.6", "PUSH_PROMISE of a client", PROTOCOL_ERROR,
     with_fields(flags=OPEN) + frame(PUSH_PROMISE, END_HEADERS, 1, NUMBER(2) + BLOCK)),
    ("6.7", "PING of a stream", PROTOCOL_ERROR, frame(PING, 0, 1, b"12345678")),
    ("6.7", "PING that is too short", FRAME_SIZE_ERROR, frame(PING, 0, 0, b"1234567")),
    ("6.8", "GOAWAY of a stream", PROTOCOL_ERROR, frame(GOAWAY, 0, 1, NUMBER(0) * 2)),
    ("6.8", "GOAWAY that is too short", FRAME_SIZE_ERROR, frame(GOAWAY, 0, 0, NUMBER(0))),
    ("6.9", "a window update by 0 of the connection", PROTOCOL_ERROR, frame(WINDOW_UPDATE, 0, 0, NUMBER(0))),
    ("6.9", "WINDOW_UPDATE that is too short", FRAME_SIZE_ERROR, frame(WINDOW_UPDATE, 0, 0, b"123")),
    ("6.9.1", "a window of the connection above 2^31-1", FLOW_CONTROL_ERROR,
     frame(WINDOW_UPDATE, 0, 0, NUMBER(2**31 - 1))),
    ("6.9.2", "settings that make a stream's window too large", FLOW_CONTROL_ERROR,
     with_fields(flags=OPEN) + frame(WINDOW_UPDATE, 0, 1, NUMBER(2**31 - 65536)) +
     frame(SETTINGS, 0, 0, settings({INITIAL_WINDOW_SIZE: 100_000}))),
    ("6.10", "CONTINUATION of nothing", PROTOCOL_ERROR, frame(CONTINUATION, END_HEADERS, 1, BLOCK)),
    ("6.10", "CONTINUATION behind a complete head", PROTOCOL_ERROR, ANSWERED + frame(CONTINUATION, END_HEADERS, 1, BLOCK)),
    ("6.10", "CONTINUATION for stream 0", PROTOCOL_ERROR,
     frame(HEADERS, END_STREAM, 1, BLOCK) + frame(CONTINUATION, END_HEADERS, 0, BLOCK)),
    ("RFC 9218 7.1", "PRIORITY_UPDATE of a stream", PROTOCOL_ERROR, frame(PRIORITY_UPDATE, 0, 1, NUMBER(1) + b"u=1")),
    ("RFC 9218 7.1", "PRIORITY_UPDATE for stream 0", PROTOCOL_ERROR, frame(PRIORITY_UPDATE, 0, 0, NUMBER(0) + b"u=1")),
    ("RFC 9218 7.1", "PRIORITY_UPDATE without a stream", FRAME_SIZE_ERROR, frame(PRIORITY_UPDATE, 0, 0, b"123")),
]

STREAM_ERRORS = [
    ("5.1", "DATA behind the end", STREAM_CLOSED, with_fields(path="/slow") + frame(DATA, 0, 1, b"x")),
    ("5.1", "HEADERS behind the end", STREAM_CLOSED, with_fields(path="/slow") + head([("a", "b")])),
    ("6.9", "a window update by 0 of a stream", PROTOCOL_ERROR,
     with_fields(flags=OPEN) + frame(WINDOW_UPDATE, 0, 1, NUMBER(0))),
    ("6.9.1", "a window of a stream above 2^31-1", FLOW_CONTROL_ERROR,
     with_fields(flags=OPEN) + frame(WINDOW_UPDATE, 0, 1, NUMBER(2**31 - 1))),
    ("8.1", "trailers that do not end the stream", PROTOCOL_ERROR,
     with_fields(method="POST", flags=OPEN) + head([("a", "b")], flags=OPEN)),
    ("8.1", "a second head", PROTOCOL_ERROR, with_fields(method="POST", flags=OPEN) + get()),
    ("8.1.1", "a body longer than Content-Length", PROTOCOL_ERROR, post(("content-length", "3"), data=b"four")),
    ("8.1.1", "a body shorter than Content-Length", PROTOCOL_ERROR, post(("content-length", "5"), data=b"four")),
    ("8.1.1", "no body, and a Content-Length", PROTOCOL_ERROR, with_fields(("content-length", "5"), method="POST")),
    ("8.1.1", "Content-Length twice", PROTOCOL_ERROR,
     post(("content-length", "4"), ("content-length", "4"), data=b"four")),
    ("8.1.1", "Content-Length that is no number", PROTOCOL_ERROR, post(("content-length", "+4"), data=b"four")),
    ("8.1.1", "Content-Length that is a list", PROTOCOL_ERROR, post(("content-length", "4, 4"), data=b"four")),
    ("8.2", "a name in upper case", PROTOCOL_ERROR, with_fields(("X-Upper", "1"))),
    ("8.2.1", "a name with a blank", PROTOCOL_ERROR, with_fields(("x y", "1"))),
    ("8.2.1", "a name with a colon inside", PROTOCOL_ERROR, with_fields(("x:y", "1"))),
    ("8.2.1", "a name with a control character", PROTOCOL_ERROR, with_fields(("x\x01", "1"))),
    ("8.2.1", "a name beyond ASCII", PROTOCOL_ERROR, with_fields(("x\xe9", "1"))),
    ("8.2.1", "a name with a line end", PROTOCOL_ERROR, with_fields(("x\r\ny", "1"))),
    ("8.2.1", "no name", PROTOCOL_ERROR, with_fields(("", "1"))),
    ("8.2.1", "a value with NUL", PROTOCOL_ERROR, with_fields(("x", "a\0b"))),
    ("8.2.1", "a value with CR LF", PROTOCOL_ERROR, with_fields(("x", "a\r\nhost: evil"))),
    ("8.2.1", "a value with LF", PROTOCOL_ERROR, with_fields(("x", "a\nb"))),
    ("8.2.1", "a value with a control character", PROTOCOL_ERROR, with_fields(("x", "a\x01b"))),
    ("8.2.1", "a value with DEL", PROTOCOL_ERROR, with_fields(("x", "a\x7fb"))),
    ("8.2.1", "a value behind a blank", PROTOCOL_ERROR, with_fields(("x", " a"))),
    ("8.2.1", "a value before a tab", PROTOCOL_ERROR, with_fields(("x", "a\t"))),
    ("8.2.2", "connection", PROTOCOL_ERROR, with_fields(("connection", "keep-alive"))),
    ("8.2.2", "keep-alive", PROTOCOL_ERROR, with_fields(("keep-alive", "timeout=5"))),
    ("8.2.2", "proxy-connection", PROTOCOL_ERROR, with_fields(("proxy-connection", "close"))),
    ("8.2.2", "transfer-encoding", PROTOCOL_ERROR, post(("transfer-encoding", "chunked"), data=b"0\r\n\r\n")),
    ("8.2.2", "upgrade", PROTOCOL_ERROR, with_fields(("upgrade", "websocket"))),
    ("8.2.2", "te that asks for more than trailers", PROTOCOL_ERROR, with_fields(("te", "gzip"))),
    ("8.2.2", "te that asks for trailers and more", PROTOCOL_ERROR, with_fields(("te", "trailers, gzip"))),
    ("8.3", "a pseudo-field behind a field", PROTOCOL_ERROR,
     head([(":method", "GET"), (":scheme", "http"), ("x", "1"), (":authority", "a"), (":path", "/")])),
    ("8.3", "an unknown pseudo-field", PROTOCOL_ERROR, head([(":method", "GET"), (":foo", "1"), *request_fields()[1:]])),
    ("8.3", "an answer's pseudo-field", PROTOCOL_ERROR, head([(":status", "200"), *request_fields()])),
    ("8.3", "a pseudo-field in trailers", PROTOCOL_ERROR,
     with_fields(method="POST", flags=OPEN) + head([(":path", "/")], flags=WHOLE)),
    *[("8.3", f"{name} twice", PROTOCOL_ERROR, head([*request_fields(), field]))
      for name, field in ((each[0], each) for each in request_fields())],
    *[("8.3.1", f"no {name}", PROTOCOL_ERROR, without(name)) for name in (":method", ":scheme", ":path", ":authority")],
    ("8.3.1", "an empty path", PROTOCOL_ERROR, get(path="")),
    ("8.3.1", "a path that does not begin with a slash", PROTOCOL_ERROR, get(path="fixed")),
    ("8.3.1", "an absolute URI for a path", PROTOCOL_ERROR, get(path="http://evil/")),
    ("8.3.1", "* without OPTIONS", PROTOCOL_ERROR, get(path="*")),
    ("8.3.1", "a method that is no token", PROTOCOL_ERROR, get(method="GET /x")),
    ("8.3.1", "a path with a blank", PROTOCOL_ERROR, get(path="/a b")),
    ("8.3.1", "a path with a line end", PROTOCOL_ERROR, get(path="/ HTTP/1.1\r\nx: y")),
    ("8.3.1", "an authority with a line end", PROTOCOL_ERROR, get(authority="a\r\nx: y")),
    ("8.3.1", "another host than the authority", PROTOCOL_ERROR, with_fields(("host", "b"))),
    ("8.3.1", "two hosts", PROTOCOL_ERROR, with_fields(("host", "a"), ("host", "a"))),
    ("8.5", "CONNECT with a path", PROTOCOL_ERROR, get(method="CONNECT")),
    ("8.5", "CONNECT without an authority", PROTOCOL_ERROR, head([(":method", "CONNECT")])),
    ("RFC 8441 4", ":protocol without CONNECT", PROTOCOL_ERROR, head([*request_fields(), (":protocol", "websocket")])),
    ("RFC 8441 4", "extended CONNECT without a path", PROTOCOL_ERROR,
     head([(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":authority", "a")])),
]

ANSWERS = [  # well made, and refused as HTTP/1 is
    ("8.3.1", "userinfo in the authority", 400, get(authority="user@a")),
    ("8.3.1", "an authority that is no host", 400, get(authority="a:99999")),
    ("8.3.1", "another scheme", 400, get(scheme="ftp")),
    ("8.3.1", "https without TLS", 421, get(scheme="https")),
    ("8.3.1", "a broken escape", 400, get(path="/%zz")),
    ("8.3.1", "a fragment", 400, get(path="/a#b")),
    ("8.3.1", "a path above the root", 400, get(path="/../../x")),
    ("8.3.1", "NUL in the path", 400, get(path="/a%00")),
    ("8.5", "CONNECT", 501, head([(":method", "CONNECT"), (":authority", "a:443")], flags=OPEN)),
    ("RFC 8441 4", "another protocol", 501, head([*request_fields(method="CONNECT"), (":protocol", "connect-udp")])),
    ("10.5.1", "a head above the limit", 431, with_fields(*[(f"x-{n}", "v" * 200) for n in range(45)])),
    ("10.5.1", "more fields than the limit", 431, with_fields(*[(f"x-{n}", "v") for n in range(51)])),
    ("8.1.1", "a body above the limit", 413, with_fields(("content-length", "99999999"), method="POST", flags=OPEN)),
    ("10.1", "an expectation that nobody knows", 417, with_fields(("expect", "tea"))),
    ("9.3.8", "TRACE", 405, get(method="TRACE")),
]

TAKEN = [  # what must not be refused
    ("4.1", "a frame of an unknown kind", frame(0x77, 0xff, 0, b"anything") + ANSWERED),
    ("4.1", "a reserved bit", frame(PING, 0, 0x80000000, b"12345678") + ANSWERED),
    ("5.1", "PRIORITY for an idle stream", frame(PRIORITY, 0, 7, b"\0\0\0\0\x10") + ANSWERED),
    ("6.5.2", "an unknown setting", frame(SETTINGS, 0, 0, settings({0xfafa: 1})) + ANSWERED),
    ("6.10", "a head in pieces",
     frame(HEADERS, END_STREAM, 1, raw_block(request_fields(path="/fixed"))[:9]) +
     frame(CONTINUATION, END_HEADERS, 1, raw_block(request_fields(path="/fixed"))[9:])),
    ("8.2.2", "te that asks for trailers", with_fields(("te", "trailers"), path="/fixed")),
    ("8.3.1", "host in place of the authority",
     head([(":method", "GET"), (":scheme", "http"), (":path", "/fixed"), ("host", "a")])),
    ("8.3.1", "the same host beside the authority", with_fields(("host", "A"), path="/fixed")),
]


def case_ids(cases):
    return [f"{case[0]} {case[1]}" for case in cases]


@pytest.mark.parametrize("section, what, error, sent", CONNECTION_ERRORS, ids=case_ids(CONNECTION_ERRORS))
def test_connection_errors(stage, peer, section, what, error, sent):
    client = peer()
    client.send(sent)
    assert client.verdict() == ("connection", error)
    client.read_until(lambda me: me.closed)


@pytest.mark.parametrize("section, what, error, sent", STREAM_ERRORS, ids=case_ids(STREAM_ERRORS))
def test_stream_errors(stage, peer, section, what, error, sent):
    """The connection goes on, and the backend sees no such request to its end."""
    stage.play(lambda connection: connection.wait_gone())
    client = peer()
    client.send(sent)
    assert client.verdict() in (("stream", error), ("connection", error))
    if client.goaway is None:
        client.request(3, path="/fixed")
        assert client.answer(3).status == 200
    else:
        assert section in ("5.1", "6.9")  # section 5.4.1 lets it be either


@pytest.mark.parametrize("section, what, status, sent", ANSWERS, ids=case_ids(ANSWERS))
def test_answers(stage, peer, section, what, status, sent):
    client = peer()
    client.send(sent)
    assert client.verdict() == ("answer", status)
    client.request(3, path="/fixed")
    assert client.answer(3).status == 200


@pytest.mark.parametrize("section, what, sent", TAKEN, ids=case_ids(TAKEN))
def test_taken(stage, peer, section, what, sent):
    client = peer()
    client.send(sent)
    assert client.verdict() == ("answer", 200)


def test_3_4_a_preface_without_settings(stage, peer):
    client = peer(opens=False)
    client.send(PREFACE + frame(PING, 0, 0, b"12345678"))
    assert client.verdict() == ("connection", PROTOCOL_ERROR)


def test_3_4_what_is_no_preface_is_http1(stage):
    client = FrameClient(stage.gate.port(), opens=False)
    client.send(b"PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n")
    assert client.socket.recv(100).startswith(b"HTTP/1.1 505 ")
    client.close()


def test_5_1_2_more_streams_than_agreed(stage, peer):
    """The one too many is refused, or ends the connection; those before it are not lost."""
    stage.play(lambda connection: connection.wait_gone())
    client = peer().opened()
    for number in range(33):
        client.request(2 * number + 1, path="/slow")
    assert client.verdict(65) in (("stream", 7), ("connection", PROTOCOL_ERROR))


def test_6_9_1_more_data_than_the_window(stage, peer):
    def hold(connection):
        connection.read_request()
        connection.wait_gone()

    stage.play(hold)
    client = peer().opened()
    client.request(1, path="/narrow")
    stage.origin.wait_requests(1)
    # It waits for its turn at the backend, so nobody takes its body and its window stays what it was.
    client.headers(3, request_fields(method="POST", path="/narrow"), OPEN)
    for _ in range(5):
        client.frame(DATA, 0, 3, b"x" * 16384)
    assert client.verdict(3) in (("stream", FLOW_CONTROL_ERROR), ("connection", FLOW_CONTROL_ERROR))
