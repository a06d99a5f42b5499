"""The backends of docs/migrating.md: each notes what it was sent, answers 200, and can be in trouble."""
import threading

from headgate_test.origin import Origin
from headgate_test.stream import ConnectionReset, StreamEnded

ADDRESSES = ("10.0.1.11", "10.0.1.12", "10.0.1.13")
QUICK = "/quick"  # is answered at once in any case
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Powered-By: tests\r\n%s\r\nok\n"

REPORT = b'{"gate": "open", "level": 0.125}\n' * 60  # what /report.json is: a body to compress
REPORT_ANSWER = (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: application/json\r\nETag: \"v1\"\r\n" % len(REPORT)
                 + b"%s\r\n" + REPORT)

FRESH_ANSWER = (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nCache-Control: max-age=60\r\nETag: \"v1\"\r\n"
                b"Content-Type: text/plain\r\nAccept-Ranges: bytes\r\n%s\r\nok\n")


def answer_to(target):
    if target == "/report.json":
        return REPORT_ANSWER
    if target == "/fresh/cookie":
        return FRESH_ANSWER.replace(b"%s", b"Set-Cookie: a=b\r\n%s")
    return FRESH_ANSWER if target.startswith("/fresh/") else ANSWER


class Backend:
    def __init__(self):
        self.requests = []
        self.breaks_off = False
        self.wait = None  # an Event for which answers wait
        self.checked = threading.Event()  # a program has checked it
        self.entered = threading.Semaphore(0)  # once for each request that is waiting
        self.origin = Origin(self._play)

    @property
    def port(self):
        return self.origin.port

    def refuse(self):
        """From now on connections are refused."""
        self.origin.stop_listening()

    def _play(self, connection):
        while True:
            try:
                request = connection.read_request(timeout=120)
            except (StreamEnded, ConnectionReset):
                self.checked.set()
                return
            if request.target == "/healthz":
                self.checked.set()
                connection.send(ANSWER % b"")
                continue
            self.requests.append(request)
            if self.breaks_off:
                return
            if self.wait is not None and request.target != QUICK:
                self.entered.release()
                self.wait.wait(30)
            answer = answer_to(request.target)
            if request.start.endswith("HTTP/1.0"):
                connection.send(answer % b"Connection: close\r\n")
                return
            connection.send(answer % b"")

    def close(self):
        if self.wait is not None:
            self.wait.set()
        self.origin.close()
