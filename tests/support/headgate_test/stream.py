"""A connected socket with a read buffer: what the scripted client and the scripted origin both hold."""
import re
import socket
import struct
import time

DEFAULT_TIMEOUT = 10.0
READ_BYTES = 65536


class StreamEnded(AssertionError):
    """The peer closed before what was awaited had come."""


class ConnectionReset(AssertionError):
    """The peer reset the connection before what was awaited had come."""


class Stream:
    def __init__(self, sock, timeout=DEFAULT_TIMEOUT):
        self.socket = sock
        self.timeout = timeout
        self.buffer = b""
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.socket.settimeout(self.timeout)
        self.socket.sendall(data)

    def fill(self, deadline):
        """Reads once into the buffer; raises StreamEnded, ConnectionReset or TimeoutError."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"nothing more came in time; so far: {self.buffer[:2000]!r}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(READ_BYTES)
        except TimeoutError:
            raise TimeoutError(f"nothing more came in time; so far: {self.buffer[:2000]!r}") from None
        except (ConnectionResetError, BrokenPipeError):
            raise ConnectionReset(f"reset after {self.buffer[:2000]!r}") from None
        if not data:
            raise StreamEnded(f"closed after {self.buffer[:2000]!r}")
        self.buffer += data

    def _deadline(self, timeout):
        return time.monotonic() + (self.timeout if timeout is None else timeout)

    def _take(self, count):
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def read_exactly(self, count, timeout=None):
        deadline = self._deadline(timeout)
        while len(self.buffer) < count:
            self.fill(deadline)
        return self._take(count)

    def read_until(self, mark, timeout=None):
        """What comes up to and including `mark`."""
        deadline = self._deadline(timeout)
        while (at := self.buffer.find(mark)) < 0:
            self.fill(deadline)
        return self._take(at + len(mark))

    def read_matching(self, pattern, timeout=None):
        """What comes up to the end of the first match of `pattern` (bytes, or compiled); returns the match."""
        deadline = self._deadline(timeout)
        while (match := re.search(pattern, self.buffer)) is None:
            self.fill(deadline)
        self._take(match.end())
        return match

    def read_to_end(self, timeout=None):
        """All that comes until the peer closes."""
        deadline = self._deadline(timeout)
        try:
            while True:
                self.fill(deadline)
        except StreamEnded:
            return self._take(len(self.buffer))

    def expect_nothing(self, seconds):
        """Neither bytes nor an end come for so long."""
        try:
            self.fill(time.monotonic() + seconds)
        except TimeoutError:
            return
        raise AssertionError(f"expected nothing, came {self.buffer[:2000]!r}")

    def expect_closed(self, timeout=None):
        """The peer closes in order, having sent nothing more."""
        rest = self.read_to_end(timeout)
        assert rest == b"", f"expected the end, came {rest[:2000]!r}"

    def expect_reset(self, timeout=None):
        deadline = self._deadline(timeout)
        try:
            while True:
                self.fill(deadline)
        except ConnectionReset:
            return

    def wait_gone(self, timeout=None):
        """The peer closes or resets; what it sent before that is dropped."""
        deadline = self._deadline(timeout)
        try:
            while True:
                self.fill(deadline)
                self.buffer = b""
        except (StreamEnded, ConnectionReset):
            return

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
