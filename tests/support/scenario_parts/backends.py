"""Origins that most scenarios use beside those of origin.py."""
import collections
import threading

from headgate_test import answering, proxy_yaml
from headgate_test.stream import ConnectionReset, StreamEnded


def serving(handler):
    """A handler that calls handler(connection, request) for each request of each connection until the peer closes."""
    def handle(connection):
        while True:
            try:
                request = connection.read_request(timeout=120)
            except (StreamEnded, ConnectionReset):
                return
            if handler(connection, request) is False:
                return

    return handle


def respond(connection, body=b"ok\n", status=200, fields=()):
    head = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *fields, "", ""]
    connection.send("\r\n".join(head).encode("latin-1") + body)


class Gated:
    """A handler whose answers wait until the test opens the gate. `most` is how many waited at the same time."""

    def __init__(self, body=b"ok\n"):
        self.body = body
        self.waiting = 0
        self.most = 0
        self.gate = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, connection):
        serving(self._answer)(connection)

    def _answer(self, connection, request):
        with self._lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        self.gate.wait(60)
        with self._lock:
            self.waiting -= 1
        respond(connection, self.body)

    def open(self):
        self.gate.set()


def named_origins(origin, *names):
    return {name: origin(answering(body=name.encode())) for name in names}


def entries(origins, **extra):
    """Lines of `backends`; extra[name] is more of that backend's map."""
    rows = [f'{{ id: {name}, address: "{app.address}"{extra.get(name, "")} }}' for name, app in origins.items()]
    return "backends: [" + ", ".join(rows) + "]"


def pool_yaml(backends, pool="", **options):
    """proxy_yaml with a line of backends of one's own."""
    return proxy_yaml("placeholder:1", pool=pool, **options).replace('backends: ["placeholder:1"]', backends)


def shares(peer, count):
    return collections.Counter(peer.get().body.decode() for _ in range(count))
