"""Just enough HTTP/1.1 to read messages from a Stream; it checks nothing that a test should check itself."""
import dataclasses


@dataclasses.dataclass
class Message:
    start: str
    fields: list  # of (name as sent, value)
    body: bytes = b""
    trailers: list = dataclasses.field(default_factory=list)

    def all(self, name):
        return [value for field, value in self.fields if field.lower() == name.lower()]

    def get(self, name, default=None):
        """The values of a field, joined as RFC 9110 5.3 joins them; `default` if there is none."""
        values = self.all(name)
        return ", ".join(values) if values else default

    @property
    def status(self):
        return int(self.start.split(" ")[1])

    @property
    def method(self):
        return self.start.split(" ")[0]

    @property
    def target(self):
        return self.start.split(" ")[1]


def _fields(lines):
    fields = []
    for line in lines:
        name, _, value = line.partition(":")
        fields.append((name, value.strip(" \t")))
    return fields


def read_head(stream, timeout=None):
    lines = stream.read_until(b"\r\n\r\n", timeout).decode("latin-1").split("\r\n")
    return Message(start=lines[0], fields=_fields(lines[1:-2]))


def _read_chunked(stream, message, timeout):
    chunks = []
    while True:
        size = int(stream.read_until(b"\r\n", timeout).split(b";")[0], 16)
        if size == 0:
            break
        chunks.append(stream.read_exactly(size, timeout))
        assert stream.read_exactly(2, timeout) == b"\r\n", "no CRLF after a chunk"
    message.body = b"".join(chunks)
    trailers = []
    while line := stream.read_until(b"\r\n", timeout)[:-2].decode("latin-1"):
        trailers.append(line)
    message.trailers = _fields(trailers)


def read_request(stream, timeout=None):
    message = read_head(stream, timeout)
    if "chunked" in message.get("Transfer-Encoding", "").lower():
        _read_chunked(stream, message, timeout)
    else:
        message.body = stream.read_exactly(int(message.get("Content-Length", "0")), timeout)
    return message


def read_response(stream, to="GET", timeout=None):
    """One final or interim response to a request with the method `to`."""
    message = read_head(stream, timeout)
    if to == "HEAD" or message.status < 200 or message.status in (204, 304):
        return message
    if "chunked" in message.get("Transfer-Encoding", "").lower():
        _read_chunked(stream, message, timeout)
    elif (length := message.get("Content-Length")) is not None:
        message.body = stream.read_exactly(int(length), timeout)
    elif not (to == "CONNECT" and message.status < 300):
        message.body = stream.read_to_end(timeout)
    return message
