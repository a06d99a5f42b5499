"""A client of HTTP/2 that sends whatever frames a test wants, right or wrong, and notes what comes back.

    peer = FrameClient(port)
    peer.request(1, path="/")
    answer = peer.answer(1)          # status, fields, body, trailers
"""
import dataclasses
import socket
import struct
import time

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
PRIORITY_UPDATE = 0x10
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY_FLAG = 0x1, 0x1, 0x4, 0x8, 0x20
(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR,
 REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM) = range(12)
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 1, 2, 3, 4, 5
ENABLE_CONNECT_PROTOCOL, NO_RFC7540_PRIORITIES = 8, 9
WAIT = 20  # a sanitized build on a busy machine


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    length = len(payload) if length is None else length
    return struct.pack(">I", length)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(values):
    return b"".join(struct.pack(">HI", key, value) for key, value in values.items())


def request_fields(path="/", method="GET", authority="a", scheme="http", more=()):
    return [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path), *more]


def raw_block(fields):
    """Literals without indexing and without Huffman coding: any bytes at all, and no state."""
    def text(value):
        value = value if isinstance(value, bytes) else value.encode("latin-1")
        assert len(value) < 127 + 128
        return bytes([len(value)]) + value if len(value) < 127 else bytes([127, len(value) - 127]) + value

    return b"".join(b"\x00" + text(name) + text(value) for name, value in fields)


@dataclasses.dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes

    @property
    def error(self):
        at = 4 if self.kind == GOAWAY else 0
        return struct.unpack(">I", self.payload[at:at + 4])[0]


@dataclasses.dataclass
class Answer:
    heads: list = dataclasses.field(default_factory=list)  # interim ones, the answer's, trailers
    body: bytearray = dataclasses.field(default_factory=bytearray)
    ended: bool = False
    reset: int = None

    @property
    def final(self):
        return next((head for head in self.heads if head[0][0] == ":status" and not head[0][1].startswith("1")), None)

    @property
    def status(self):
        return int(self.final[0][1]) if self.final else None

    def get(self, name):
        return next((value for key, value in self.final if key == name), None)

    @property
    def trailers(self):
        last = self.heads[-1] if self.heads else []
        return last if last and last[0][0] != ":status" else None


class FrameClient:
    """`values` are what its SETTINGS say; without `opens` not even the preface is sent. What asks for an answer (SETTINGS,
    PING) gets it while `acknowledges` holds."""

    def __init__(self, port, values=None, opens=True, acknowledges=True):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.received, self.frames, self.answers = b"", [], {}
        self.goaway, self.closed, self.settings = None, False, {}
        self._block = None
        self.acknowledges = acknowledges
        if opens:
            self.send(PREFACE + frame(SETTINGS, payload=settings(values or {})))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # what it said before it closed is what counts

    def frame(self, *args, **named):
        self.send(frame(*args, **named))

    def headers(self, stream, fields, flags=END_HEADERS | END_STREAM):
        self.send(frame(HEADERS, flags, stream, self.encoder.encode(fields)))

    def request(self, stream, flags=END_HEADERS | END_STREAM, **named):
        self.headers(stream, request_fields(**named), flags)

    def open_windows(self, stream, by=2**30):
        for each in (0, stream):
            self.frame(WINDOW_UPDATE, 0, each, struct.pack(">I", by))

    # What comes back.

    def _take_frame(self):
        while len(self.received) < 9 or len(self.received) < 9 + int.from_bytes(self.received[:3], "big"):
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                self.closed = True
                return None
            self.received += more
        length = int.from_bytes(self.received[:3], "big")
        kind, flags = self.received[3], self.received[4]
        stream = struct.unpack(">I", self.received[5:9])[0] & 0x7fffffff
        payload, self.received = self.received[9:9 + length], self.received[9 + length:]
        return Frame(kind, flags, stream, payload)

    def read_frame(self):
        """The next one, noted; None at the end of the connection."""
        got = self._take_frame()
        if got is None:
            return None
        self.frames.append(got)
        answer = self.answers.setdefault(got.stream, Answer())
        if got.kind in (HEADERS, CONTINUATION):
            self._block = (got.payload if got.kind == HEADERS else self._block + got.payload)
            if got.flags & END_HEADERS:
                answer.heads.append([(str(n), str(v)) for n, v in self.decoder.decode(self._block)])
        if got.kind == DATA:
            answer.body += got.payload
        if got.kind in (HEADERS, DATA) and got.flags & END_STREAM:
            answer.ended = True
        if got.kind == RST_STREAM:
            answer.reset = got.error
        if got.kind == GOAWAY:
            self.goaway = got
        if got.kind == SETTINGS and not got.flags & ACK:
            self.settings.update(struct.iter_unpack(">HI", got.payload))
            if self.acknowledges:
                self.frame(SETTINGS, ACK)
        if got.kind == PING and not got.flags & ACK and self.acknowledges:
            self.frame(PING, ACK, 0, got.payload)
        return got

    def read_until(self, condition):
        """Reads frames until the condition holds of the client, or the connection has ended."""
        deadline = time.monotonic() + WAIT
        while not condition(self) and not self.closed:
            assert time.monotonic() < deadline, self.frames[-20:]
            self.read_frame()
        return self

    def answer(self, stream):
        """Until the stream is over, or the connection."""
        self.read_until(lambda me: (seen := me.answers.get(stream)) and (seen.ended or seen.reset is not None))
        return self.answers.get(stream, Answer())

    def opened(self):
        """Until both sides' SETTINGS have been acknowledged."""
        return self.read_until(lambda me: any(f.kind == SETTINGS and f.flags & ACK for f in me.frames))

    def verdict(self, stream=1):
        """How the other side took it: ("connection", error), ("stream", error), ("answer", status) or ("closed", None).
        What it says within a round trip after everything that was sent counts."""
        self.frame(PING, 0, 0, b"verdict?")
        self.read_until(lambda me: me.goaway or any(f.kind == PING and f.payload == b"verdict?" for f in me.frames)
                        or (me.answers.get(stream) and (me.answers[stream].reset is not None)))
        self.read_until(lambda me: me.goaway or (me.answers.get(stream) and (
            me.answers[stream].status or me.answers[stream].reset is not None)))
        seen = self.answers.get(stream, Answer())
        if self.goaway:
            return "connection", self.goaway.error
        if seen.reset not in (None, NO_ERROR):
            return "stream", seen.reset
        return ("answer", seen.status) if seen.status else ("closed", None)
