"""Every request of the table, raw, through the daemon: what is refused never reaches the backend, what is accepted does so
as one well-formed request that means the same."""
import re
import socket

import pytest

import messages
from headgate_test import ConnectionReset, Headgate, Origin, StreamEnded, proxy_yaml
from headgate_test.client import Client

CASES = messages.load("request")
ANSWERED_HERE = {"trace-with-body": 405}  # accepted by the parser, and then not forwarded
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Recorder:
    """An origin that keeps every byte it gets, and answers each request that is complete."""

    def __init__(self):
        self.bytes_received = 0
        self.origin = Origin(self._handle)

    def _handle(self, connection):
        fill = connection.fill

        def counted(deadline):
            before = len(connection.buffer)
            try:
                fill(deadline)
            finally:
                self.bytes_received += len(connection.buffer) - before

        connection.fill = counted
        while True:
            try:
                connection.read_request(timeout=120)
            except (StreamEnded, ConnectionReset):
                return
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def forget(self):
        self.origin.requests.clear()
        self.bytes_received = 0


@pytest.fixture(scope="module")
def recorder():
    made = Recorder()
    yield made
    made.origin.close()


@pytest.fixture(scope="module")
def gate(tmp_path_factory, recorder):
    daemon = Headgate(tmp_path_factory.mktemp("headgate"), proxy_yaml(recorder.origin))
    yield daemon
    daemon.close()


def of(*verdicts, unless=()):
    chosen = [case for case in CASES if case.verdict in verdicts and case.name not in unless]
    return pytest.mark.parametrize("case", chosen, ids=[case.name for case in chosen])


@pytest.fixture
def peer(gate, recorder, client):
    recorder.forget()
    return client(gate.port())


def send_all(peer, raw):
    try:
        peer.send(raw)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before its end; the answer is there all the same


def check_refusal(response, status):
    assert response.status == status, response
    assert response.start.startswith("HTTP/1.1 ")
    assert response.get("Connection") == "close"
    assert response.get("X-Request-Id").encode() in response.body
    assert len(response.body) < 512


# At the beginning of a connection the preface of HTTP/2 is the beginning of HTTP/2.
@of("refused", unless=["http-2-preface"])
def test_refused(case, peer, recorder):
    send_all(peer, case.raw)
    check_refusal(peer.read_response(), case.status)
    peer.expect_closed()
    assert recorder.bytes_received == 0, "a refused request must not reach the backend"


@of("refused")
def test_refused_in_the_middle_of_a_pipeline(case, peer, recorder):
    peer.send(b"GET /before HTTP/1.1\r\nHost: a\r\n\r\n")
    assert peer.read_response().body == b"ok"
    send_all(peer, case.raw + b"GET /behind HTTP/1.1\r\nHost: a\r\n\r\n")
    check_refusal(peer.read_response(), case.status)
    peer.expect_closed()
    assert [request.target for request in recorder.origin.requests] == ["/before"]


@of("body-refused")
def test_body_refused(case, peer, recorder):
    send_all(peer, case.raw)
    check_refusal(peer.read_response(), 400)
    peer.expect_closed()
    assert recorder.origin.requests == [], "a malformed body must not look complete to the backend"


@of("incomplete")
def test_incomplete(case, peer, recorder):
    peer.send(case.raw)
    peer.half_close()
    peer.wait_gone()
    assert recorder.origin.requests == []


def expected_target(attributes):
    path = attributes.get("path", b"").decode("latin-1")
    return path + ("?" + attributes["query"].decode("latin-1") if "query" in attributes else "")


def check_forwarded(case, request):
    """What came to the backend is well-formed by itself, and says what the case says."""
    wanted = case.attributes
    assert re.fullmatch(rf"{TOKEN.pattern} \S+ HTTP/1\.1", request.start), request.start
    assert all(TOKEN.fullmatch(name) for name, _ in request.fields), request.fields
    assert len(request.all("Host")) == 1
    framings = request.all("Content-Length") + request.all("Transfer-Encoding")
    assert len(framings) <= 1, request.fields
    for name in ("Connection", "Keep-Alive", "Proxy-Connection", "TE"):
        if wanted.get("upgrade") != b"yes":
            assert not request.all(name), request.fields
    assert request.method == wanted.get("method", request.method.encode()).decode()
    if "path" in wanted:
        assert request.target == expected_target(wanted)
    if "host" in wanted and wanted["host"]:
        authority = wanted.get("authority") or wanted["host"] + (b":" + wanted["port"] if wanted.get("port") else b"")
        assert request.get("Host").rstrip(":") == authority.decode()
    assert request.body == wanted.get("body", request.body)
    if "trailers" in wanted:
        assert len(request.trailers) == int(wanted["trailers"])
    if wanted.get("framing") == b"none":
        assert not framings
    assert (request.get("Expect") == "100-continue") == (wanted.get("expect-continue") == b"yes")
    assert bool(request.all("Upgrade")) == (wanted.get("upgrade") == b"yes")


@of("accepted")
def test_accepted(case, peer, recorder):
    peer.send(case.raw)
    response = peer.read_response(to="HEAD" if case.raw.startswith(b"HEAD ") else "GET")
    if case.attributes.get("secure") == b"yes":
        return check_refusal(response, 421)
    if case.name in ANSWERED_HERE:
        assert response.status == ANSWERED_HERE[case.name]
        assert recorder.bytes_received == 0
        return None
    assert (response.status, response.body) == (200, b"ok")
    check_forwarded(case, recorder.origin.wait_requests(1)[0])
    read_the_next_too(case, peer)
    if case.attributes.get("keep-alive") == b"no":
        peer.expect_closed()
    return None


@of("accepted")
def test_accepted_byte_by_byte(case, peer, recorder):
    """The same, however the bytes arrive; long messages come in pieces."""
    step = 1 if len(case.raw) < 300 else 509
    if len(case.raw) > 20000:
        step = 16381
    for at in range(0, len(case.raw), step):
        try:
            peer.socket.send(case.raw[at:at + step], socket.MSG_NOSIGNAL)
        except (BrokenPipeError, ConnectionResetError):
            break  # answered and closed before its end, as TRACE is
    response = peer.read_response()
    expected = 421 if case.attributes.get("secure") == b"yes" else ANSWERED_HERE.get(case.name, 200)
    assert response.status == expected
    if expected == 200:
        check_forwarded(case, recorder.origin.wait_requests(1)[0])
        read_the_next_too(case, peer)


def read_the_next_too(case, peer):
    """So that nothing of this case reaches the backend during the next one."""
    rest = int(case.attributes.get("rest", 0))
    if rest and case.raw[-rest:].endswith(b"\r\n\r\n"):
        assert peer.read_response().status == 200


def test_the_table_is_large_enough():
    assert len(CASES) + len(messages.load("response")) >= 120
    assert {case.verdict for case in CASES} == {"accepted", "refused", "body-refused", "incomplete"}


def test_the_daemon_is_well_behind_all_that(gate):
    """After everything above it still serves, and lent no buffer for good."""
    peer = Client.connect(gate.port())
    assert peer.get("/last").status == 200
    peer.close()
