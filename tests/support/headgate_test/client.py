"""A scripted client: sends exactly the bytes it is told to."""
import socket

from headgate_test.http_message import read_response
from headgate_test.stream import DEFAULT_TIMEOUT, Stream


class Client(Stream):
    @classmethod
    def connect(cls, address, timeout=DEFAULT_TIMEOUT, source=None):
        """`address`: a port of 127.0.0.1, a (host, port) or the path of a unix socket; `source`: an address to come from."""
        if isinstance(address, int):
            address = ("127.0.0.1", address)
        if isinstance(address, str):
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(timeout)
            sock.connect(address)
        else:
            sock = socket.create_connection(address, timeout, source_address=(source, 0) if source else None)
        return cls(sock, timeout)

    def read_response(self, to="GET", timeout=None):
        return read_response(self, to, timeout)

    def get(self, target="/", host="test", fields=()):
        """Sends a GET on the kept connection and reads its final response."""
        lines = [f"GET {target} HTTP/1.1", f"Host: {host}", *fields, "", ""]
        self.send("\r\n".join(lines).encode("latin-1"))
        return self.read_response()
