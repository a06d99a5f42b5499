"""A scripted backend that speaks HTTP/2 without TLS: each connection is played by a handler, frame by frame if need be.

    def handle(peer):
        request = peer.wait_request()
        peer.answer(request, 200, body=b"ok")
        peer.wait_gone()
"""
import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from headgate_test.origin import Origin
from headgate_test.stream import ConnectionReset, StreamEnded

FRAME_BYTES = 16384
NEVER = 120
CANCEL = h2.errors.ErrorCodes.CANCEL


class Request:
    """One stream: what came on it so far."""

    def __init__(self, stream, fields):
        self.stream = stream
        self.fields = fields
        self.body = b""
        self.trailers = None
        self.ended = False
        self.reset = None  # the code of an RST_STREAM

    def get(self, name):
        """The value of a field; None if it is absent; it must not be there twice."""
        values = [value for key, value in self.fields if key == name]
        assert len(values) <= 1, f"{name} is there {len(values)} times"
        return values[0] if values else None


class Http2Peer:
    def __init__(self, stream, settings=None, window=None):
        self.stream = stream
        self.requests = {}
        self.unseen = []  # begun, in order, and not given to wait_request() yet
        self.pings = 0
        self.goaway = None
        self.settings_acked = False
        # What goes out may be wrong on purpose.
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="latin-1", validate_outbound_headers=False,
            normalize_outbound_headers=False))
        self.h2.initiate_connection()
        if settings:
            self.h2.update_settings(settings)
        if window:
            self.h2.increment_flow_control_window(window)
        self.flush()

    def flush(self):
        if data := self.h2.data_to_send():
            self.stream.send(data)

    def raw(self, data):
        """Bytes beside the library, which does not learn of them."""
        self.flush()
        self.stream.send(data)

    def step(self, timeout=None):
        """Reads once, and takes note of what that was; the body's bytes are acknowledged at once."""
        self.stream.fill(self.stream._deadline(timeout))
        data, self.stream.buffer = self.stream.buffer, b""
        for event in self.h2.receive_data(data):
            self._note(event)
        self.flush()

    def _note(self, event):
        request = self.requests.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.RequestReceived):
            request = Request(event.stream_id, event.headers)
            self.requests[event.stream_id] = request
            self.unseen.append(request)
        elif isinstance(event, h2.events.DataReceived):
            request.body += event.data
            if self.acknowledges and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            request.trailers = event.headers
        elif isinstance(event, h2.events.StreamEnded):
            request.ended = True
        elif isinstance(event, h2.events.StreamReset):
            if request:
                request.reset = event.error_code
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event
        elif isinstance(event, h2.events.PingReceived):
            self.pings += 1
        elif isinstance(event, h2.events.SettingsAcknowledged):
            self.settings_acked = True

    acknowledges = True  # gives the sender as much window as it used

    def wait(self, holds, timeout=None):
        while not holds():
            self.step(timeout)

    def wait_request(self, timeout=None, whole=False):
        """The next request; `whole`: with its body and trailers."""
        self.wait(lambda: self.unseen, timeout)
        request = self.unseen.pop(0)
        if whole:
            self.wait(lambda: request.ended, timeout)
        return request

    def wait_gone(self, timeout=NEVER):
        """Until headgate has closed the connection."""
        try:
            while True:
                self.step(timeout)
        except (StreamEnded, ConnectionReset):
            pass

    def head(self, request, status, fields=(), ends=False):
        self.h2.send_headers(request.stream, [(":status", str(status)), *fields], end_stream=ends)
        self.flush()

    def interim(self, request, status, fields=()):
        self.head(request, status, fields)

    def send(self, request, body, ends=False):
        """DATA, as the window allows."""
        while body or ends:
            room = min(self.h2.local_flow_control_window(request.stream), FRAME_BYTES, len(body))
            if body and room <= 0:
                self.flush()
                self.step()
                continue
            piece, body = body[:room], body[room:]
            self.h2.send_data(request.stream, piece, end_stream=ends and not body)
            if not body:
                break
        self.flush()

    def trailers(self, request, fields):
        self.h2.send_headers(request.stream, list(fields), end_stream=True)
        self.flush()

    def answer(self, request, status=200, fields=(), body=b"", trailers=None):
        self.head(request, status, fields, ends=not body and trailers is None)
        if body:
            self.send(request, body, ends=trailers is None)
        if trailers is not None:
            self.trailers(request, trailers)

    def reset(self, request, code):
        self.h2.reset_stream(request.stream, code)
        self.flush()

    def go_away(self, last, code=0):
        self.h2.close_connection(code, last_stream_id=last)
        self.flush()


def http2_origin(handler, settings=None, window=None):
    """An Origin whose handler(peer) plays each connection; peer.number counts them."""
    def play(connection):
        peer = Http2Peer(connection, settings, window)
        peer.number = connection.number
        handler(peer)

    return Origin(play)


def answering_http2(status=200, body=b"ok\n", fields=()):
    """A handler that answers every request alike."""
    def handle(peer):
        while True:
            try:
                request = peer.wait_request(NEVER, whole=True)
            except (StreamEnded, ConnectionReset):
                return
            is_head = request.get(":method") == "HEAD"
            peer.answer(request, status, fields, b"" if is_head else body)

    return handle
