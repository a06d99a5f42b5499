"""Plays the requests of a table and says, in the words of the table, what came of them."""
import collections
import concurrent.futures
import threading

from headgate_test.client import Client
from headgate_test.stream import ConnectionReset, StreamEnded

from migrating_programs import CLIENT, PROXY_IN_FRONT

QUEUED_AFTER = 1.5
# The page's addresses and this machine's.
HERE = {"198.51.100.1": CLIENT, "192.0.2.7": PROXY_IN_FRONT}


def here(text):
    for page, address in HERE.items():
        text = text.replace(page, address)
    return text


def head_of(request):
    fields = [here(line) for line in request.fields]
    if not any(line.lower().startswith("host:") for line in fields):
        fields.insert(0, "Host: www.example.com")
    if request.chunked:
        fields.append("Transfer-Encoding: chunked")
    elif request.method == "POST":
        fields.append(f"Content-Length: {request.body_bytes}")
    return "\r\n".join([f"{request.method} {request.target} HTTP/1.1", *fields, "", ""]).encode()


def body_of(request):
    body = b"x" * request.body_bytes
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if request.chunked else body


def ask(port, request):
    """The answer to one request on a connection of its own; None if there is none."""
    source = HERE.get(request.source)
    peer = Client.connect(("127.0.0.1", port), timeout=30, source=source)
    try:
        if request.proxied_for:
            peer.send(f"PROXY TCP4 {request.proxied_for} 192.0.2.1 4711 80\r\n".encode())
        peer.send(head_of(request))
        try:
            peer.send(body_of(request))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was answered before all of it had come
        return peer.read_response(to=request.method)
    except (StreamEnded, ConnectionReset, BrokenPipeError, ConnectionResetError):
        return None
    finally:
        peer.socket.close()


def ask_at_once(port, request, slow):
    """One after the other, while the backend does not answer yet; it does when the others were answered or, after
    QUEUED_AFTER seconds, are taken to wait."""
    slow.wait = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(request.times) as pool:
        asked = [pool.submit(ask, port, request)]
        assert slow.entered.acquire(timeout=30), "the first request did not come to the backend"
        asked += [pool.submit(ask, port, request) for _ in range(request.times - 1)]
        concurrent.futures.wait(asked[1:], timeout=QUEUED_AFTER)
        slow.wait.set()
        return [one.result() for one in asked]


class Outcome:
    """What came of a request: its answers, and the requests that each backend got (address -> list)."""

    def __init__(self, answers, seen):
        self.answers = answers
        self.seen = seen

    def mismatches(self, results):
        """The parts of a table's cell that are not so."""
        return [match[0] for kind, match in results if not getattr(self, f"_is_{kind}")(**match.groupdict())]

    def _statuses(self):
        return collections.Counter(str(answer.status) if answer else "closed" for answer in self.answers)

    def _is_status(self, times, status):
        return self._statuses()[status] == int(times or len(self.answers))

    def _is_closed(self):
        return self._statuses()["closed"] == len(self.answers)

    def _is_backend(self, times, address):
        return len(self.seen[address]) == int(times or len(self.answers))

    def _is_location(self, location):
        return all(self._answer(answer, "Location") == [location] for answer in self.answers)

    def _is_path(self, path):
        return all(request.target == path for request in self._all_seen()) and bool(self._all_seen())

    def _is_seen(self, name, value):
        value = here(value)
        return all(request.all(name) == value.split(" / ") for request in self._all_seen()) and bool(self._all_seen())

    def _is_unseen(self, name):
        return all(request.all(name) == [] for request in self._all_seen()) and bool(self._all_seen())

    def _is_has(self, name, value):
        return all(self._answer(answer, name) == [value] for answer in self.answers)

    def _is_lacks(self, name):
        return all(self._answer(answer, name) == [] for answer in self.answers)

    @staticmethod
    def _answer(answer, name):
        return answer.all(name) if answer else None

    def _all_seen(self):
        return [request for requests in self.seen.values() for request in requests]

    def __str__(self):
        lines = [f"  answered {dict(self._statuses())}"]
        for answer in self.answers[:1]:
            lines += [f"    {name}: {value}" for name, value in (answer.fields if answer else [])]
        for address, requests in self.seen.items():
            lines.append(f"  {len(requests)} to {address}")
            lines += [f"    {line}" for request in requests[:1]
                      for line in (request.start, *(f"{name}: {value}" for name, value in request.fields))]
        return "\n".join(lines)


def play(program, backends, request):
    """Asks `request.times` times, and looks at what the backends got."""
    for backend in backends.values():
        backend.requests.clear()
    if request.at_once:
        answers = ask_at_once(program.port, request, backends[request.trouble[0]])
    else:
        answers = [ask(program.port, request) for _ in range(request.times)]
    for answer in answers:
        if answer is not None:  # the page's programs listen on port 80
            answer.fields = [(name, value.replace(f":{program.port}/", "/") if name == "Location" else value)
                             for name, value in answer.fields]
    return Outcome(answers, {address: list(backend.requests) for address, backend in backends.items()})
