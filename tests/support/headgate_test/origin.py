"""A scripted origin: a listening socket and a handler that plays each connection as a thread."""
import socket
import threading

from headgate_test.http_message import read_request
from headgate_test.stream import ConnectionReset, Stream, StreamEnded

CONNECTIONS_MAX = 4096


class Connection(Stream):
    """A connection that headgate opened; `number` counts from 0, `requests` is what was read with read_request()."""

    def __init__(self, sock, number, origin):
        super().__init__(sock)
        self.number = number
        self.requests = []
        self._origin = origin

    def read_request(self, timeout=None):
        request = read_request(self, timeout)
        self.requests.append(request)
        self._origin.note(request)
        return request


class Origin:
    """Calls handler(connection) for each connection; what a handler raises fails the test in close()."""

    def __init__(self, handler, host="127.0.0.1", port=0):
        self.handler = handler
        self.connections = []
        self.requests = []
        self.failures = []
        self._changed = threading.Condition()
        self._listener = socket.create_server((host, port), backlog=1024)
        self.host, self.port = self._listener.getsockname()[:2]
        self._threads = []
        self._closing = False
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def note(self, request):
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    def wait_requests(self, count, timeout=10):
        """Waits until `count` requests were read in all; returns them."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.requests) >= count, timeout)
            assert came, f"{len(self.requests)} of {count} requests came to {self.address}"
            return list(self.requests)

    def wait_connections(self, count, timeout=10):
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.connections) >= count, timeout)
            assert came, f"{len(self.connections)} of {count} connections came to {self.address}"
            return list(self.connections)

    def _accept(self):
        while len(self.connections) < CONNECTIONS_MAX:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                connection = Connection(sock, len(self.connections), self)
                self.connections.append(connection)
                self._changed.notify_all()
            thread = threading.Thread(target=self._play, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, connection):
        try:
            self.handler(connection)
            connection.close()
        except Exception as failure:  # reported by close(), in the test's own thread
            if not self._closing:
                self.failures.append(failure)
            connection.close()

    def stop_listening(self):
        """Further connections are refused; those that are open go on."""
        _shut(self._listener)
        self._acceptor.join(5)

    def close(self):
        """Stops, and raises the first thing that went wrong in a handler."""
        self._closing = True
        for sock in (self._listener, *(connection.socket for connection in self.connections)):
            _shut(sock)
        for thread in (self._acceptor, *self._threads):
            thread.join(5)
        if self.failures:
            raise self.failures[0]


def _shut(sock):
    """A close alone neither wakes a thread that is blocked in accept() or recv(), nor ends what it waits on."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # not connected any more
    sock.close()


def answering(status=200, body=b"ok\n", fields=(), reason="OK"):
    """A handler that answers every request of every connection alike, until the peer closes."""
    head = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}", *fields, "", ""]
    answer = "\r\n".join(head).encode("latin-1")

    def handle(connection):
        while True:
            try:
                request = connection.read_request(timeout=120)
            except (StreamEnded, ConnectionReset):
                return
            connection.send(answer if request.method == "HEAD" else answer + body)

    return handle


def in_turn(*handlers):
    """The first connection is played by the first handler and so on; the last plays all that follow."""
    return lambda connection: handlers[min(connection.number, len(handlers) - 1)](connection)
