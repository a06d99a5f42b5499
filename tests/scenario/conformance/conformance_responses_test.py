"""Every response of the table, served by a backend: what is refused becomes a 502 (or a cut, if its head had been passed on),
what is accepted reaches the client as one well-formed response that means the same."""
import re

import pytest

import messages
from headgate_test import ConnectionReset, Headgate, Origin, StreamEnded, proxy_yaml
from headgate_test.http_message import read_head

CASES = messages.load("response")


class Server:
    """An origin that answers each request with the bytes that are set, on a connection that it then leaves open or ends."""

    def __init__(self):
        self.raw = b""
        self.then_close = True
        self.origin = Origin(self._handle)

    def _handle(self, connection):
        while True:
            try:
                connection.read_request(timeout=120)
                connection.send(self.raw)
            except (StreamEnded, ConnectionReset):
                return
            if self.then_close:
                return


@pytest.fixture(scope="module")
def server():
    made = Server()
    yield made
    made.origin.close()


@pytest.fixture(scope="module")
def gate(tmp_path_factory, server):
    yaml = proxy_yaml(server.origin, pool="retry: { attempts: 0 }", route="timeouts: { response: 2s }")
    daemon = Headgate(tmp_path_factory.mktemp("headgate"), yaml)
    yield daemon
    daemon.close()


@pytest.fixture
def ask(gate, server, client):
    """Has the backend answer with the case's bytes; returns the client, which has sent the request."""
    def send(case, then_close=True, upgrade=False):
        server.raw, server.then_close = case.raw, then_close
        peer = client(gate.port())
        fields = "Connection: upgrade\r\nUpgrade: x\r\n" if upgrade else ""
        peer.send(f"{case.request_method} / HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
        return peer

    return send


def is_interim(case):
    return case.attributes.get("status", b"200")[:1] == b"1"


def of(verdict, only=lambda case: True):
    chosen = [case for case in CASES if case.verdict == verdict and only(case)]
    return pytest.mark.parametrize("case", chosen, ids=[case.name for case in chosen])


def is_final(case):
    return not is_interim(case)


def check_502(peer, method):
    response = peer.read_response(to=method)
    assert response.status == 502, response
    assert response.get("X-Request-Id")
    if method != "HEAD":
        assert response.get("X-Request-Id").encode() in response.body
    return response


@of("refused")
def test_refused(case, ask):
    peer = ask(case)
    check_502(peer, case.request_method)
    # The fault is not the client's: its connection serves on.
    peer.send(b"GET /again HTTP/1.1\r\nHost: a\r\n\r\n")
    check_502(peer, "GET") if case.request_method == "GET" else peer.read_response()


@of("refused")
def test_refused_without_waiting_for_the_end(case, ask):
    """Except where more bytes could still make it worse, the verdict does not wait for the backend to close."""
    peer = ask(case, then_close=False)
    check_502(peer, case.request_method)


@of("body-refused")
def test_body_refused(case, ask):
    peer = ask(case)
    try:
        response = peer.read_response()
    except (StreamEnded, ConnectionReset):
        return  # the head was passed on, and then the client sees that the body broke off
    assert response.status == 502, f"a malformed body passed as a whole one: {response}"


@of("incomplete")
def test_incomplete(case, ask):
    peer = ask(case)
    try:
        response = peer.read_response()
    except (StreamEnded, ConnectionReset):
        assert b"\r\n\r\n" in case.raw, "a head that is cut short is answered with 502"
        return
    assert response.status == 502 and b"\r\n\r\n" not in case.raw


@of("accepted", is_final)
def test_accepted(case, ask):
    peer = ask(case)
    response = peer.read_response(to=case.request_method)
    wanted = case.attributes
    assert response.status == int(wanted.get("status", response.status))
    assert re.fullmatch(r"HTTP/1\.1 \d\d\d [^\r\n]*", response.start)
    assert response.body == wanted.get("body", response.body)
    if wanted.get("reason"):
        assert response.start.split(" ", 2)[2] == wanted["reason"].decode("latin-1")
    if "trailers" in wanted:
        assert len(response.trailers) == int(wanted["trailers"])
    assert len(response.all("Content-Length") + response.all("Transfer-Encoding")) <= 1
    bodiless = case.request_method == "HEAD" or response.status in (204, 304)
    if bodiless and "length" in wanted and response.status != 204:
        assert response.get("Content-Length") == wanted["length"].decode()
    if response.status == 204:
        assert not response.all("Content-Length") + response.all("Transfer-Encoding")
    if wanted.get("framing") == b"until-close":
        assert response.get("Transfer-Encoding") == "chunked", "the client's connection need not end with the body"
    assert response.get("Date")
    assert "Connection" not in dict(response.fields)
    # Whatever became of the backend's connection, what came behind the message is nobody's answer.
    peer.expect_nothing(0.02)


@of("accepted", lambda case: is_final(case) and case.attributes.get("framing") != b"until-close")
def test_accepted_and_the_backend_keeps_the_connection(case, ask, server):
    """A second request gets a second answer and not what the backend sent behind the first."""
    peer = ask(case, then_close=False)
    first = peer.read_response(to=case.request_method)
    server.raw = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond"
    peer.send(b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
    second = peer.read_response()
    assert (second.status, second.body) == (200, b"second"), (first, second)


@of("accepted", lambda case: is_final(case) and case.request_method != "HEAD")
def test_accepted_by_a_client_of_1_0(case, gate, server, client):
    """HTTP/1.0 knows neither chunks nor interim answers: the body ends with the connection, or has a length."""
    server.raw, server.then_close = case.raw, True
    peer = client(gate.port())
    peer.send(b"GET / HTTP/1.0\r\n\r\n")
    response = peer.read_response()
    assert not response.all("Transfer-Encoding")
    assert response.body == case.attributes.get("body", response.body)
    assert response.get("Connection") == "close"
    peer.expect_closed()


@of("accepted", is_interim)
def test_interim(case, ask):
    peer = ask(case)
    if case.attributes["status"] == b"101":
        check_502(peer, "GET")  # nobody asked for it
        return
    interim = read_head(peer)
    assert interim.status == int(case.attributes["status"])
    check_502(peer, "GET")  # the final answer never comes


@of("accepted", lambda case: case.attributes.get("status") == b"101")
def test_upgrade(case, ask):
    peer = ask(case, upgrade=True)
    head = read_head(peer)
    assert (head.status, head.get("Connection").lower()) == (101, "upgrade")
    assert not head.all("Content-Length")
    rest = case.raw.split(b"\r\n\r\n", 1)[1]
    assert peer.read_exactly(len(rest)) == rest
