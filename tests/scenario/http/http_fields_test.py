"""Which fields pass: hop-by-hop ones do not, those that say whose request it is are written by whoever may be believed."""
import json
import re
import struct
import time

import pytest

from headgate_test import answering

# `web` trusts nobody, `inner` some networks, `wrapped` wants a PROXY header.
REPLACED = {"pools:\n": """\
  inner:
    bind: 127.0.0.1:0
    trusted_proxies: [127.0.0.0/24, 10.0.0.0/8, "fd00::/8"]
  wrapped:
    bind: 127.0.0.1:0
    proxy_protocol: true
    trusted_proxies: [127.0.0.1, 10.0.0.0/8]
    timeouts: { header: 500ms }
pools:
"""}
YAML = {"more": "access_log: { file: stdout, format: json }",
        "route": """\
headers:
  request: { set: { X-Client: "{client}", X-Scheme: "{scheme}", X-Id: "{request_id}" } }
"""}


@pytest.fixture
def ask(stage, client):
    """Sends a request with these fields and returns what the backend got."""
    def send(*fields, listener="web", source=None, first="GET /x HTTP/1.1", before=b"", host="Host: a.example"):
        stage.play(answering())
        peer = client(stage.gate.port(listener), source=source)
        lines = [first, *([host] if host else []), *fields, "", ""]
        peer.send(before + "\r\n".join(lines).encode("latin-1"))
        peer.response = peer.read_response()
        assert peer.response.status == 200
        return stage.origin.requests[-1]

    return send


def test_hop_by_hop_fields_end_here(ask):
    request = ask("Connection: keep-alive, X-Mine, Via, ,Content-Length", "Keep-Alive: timeout=5", "Proxy-Connection: close",
                  "TE: trailers", "X-Mine: 1", "X-Yours: 2", "Via: 1.0 before")
    for name in ("Connection", "Keep-Alive", "Proxy-Connection", "TE", "X-Mine"):
        assert request.get(name) is None, name
    assert request.get("X-Yours") == "2"
    assert request.get("Via") == "1.1 headgate"


@pytest.mark.parametrize("named", ["Host", "host, X-Forwarded-For, X-Forwarded-Proto, Forwarded, X-Request-Id, Via"])
def test_a_client_cannot_name_away_what_must_stay(ask, named):
    request = ask(f"Connection: {named}")
    assert request.get("Host") == "a.example"
    assert request.get("X-Forwarded-For") == "127.0.0.1"
    assert request.get("X-Forwarded-Proto") == "http"
    assert request.get("Forwarded") == "for=127.0.0.1;host=a.example;proto=http"
    assert request.get("X-Request-Id") and request.get("Via") == "1.1 headgate"


def test_a_body_cannot_be_named_away(stage, client):
    peer = client(stage.play(answering()))
    peer.send(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\nContent-Length: 5\r\n\r\nhello")
    assert peer.read_response().status == 200
    assert stage.origin.requests[0].body == b"hello"


def test_hop_by_hop_fields_of_an_answer_end_here(stage, client):
    peer = client(stage.play(answering(fields=["Connection: keep-alive, X-Mine", "Keep-Alive: timeout=5", "X-Mine: 1",
                                               "Proxy-Connection: keep-alive", "Upgrade: h2c", "X-Yours: 2"])))
    response = peer.get()
    for name in ("Connection", "Keep-Alive", "Proxy-Connection", "Upgrade", "X-Mine"):
        assert response.get(name) is None, name
    assert response.get("X-Yours") == "2"


def test_fields_keep_their_order_spelling_and_repetition(ask):
    request = ask("x-LOWER: 1", "Cookie: a=b", "X-Twice: 1", "Accept:  spaced\t", "x-twice: 2", "X-Empty:", "X-Obs: caf\xe9")
    kept = [(name, value) for name, value in request.fields if name.lower() in (
        "x-lower", "cookie", "x-twice", "accept", "x-empty", "x-obs")]
    assert kept == [("x-LOWER", "1"), ("Cookie", "a=b"), ("X-Twice", "1"), ("Accept", "spaced"), ("x-twice", "2"),
                    ("X-Empty", ""), ("X-Obs", "caf\xe9")]


FORGED = ("X-Forwarded-For: 6.6.6.6", "x-forwarded-for: 7.7.7.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example",
          "Forwarded: for=6.6.6.6;proto=https", "X-Request-Id: forged")


def test_what_an_untrusted_client_says_of_itself_is_replaced(ask):
    request = ask(*FORGED)
    assert request.all("X-Forwarded-For") == ["127.0.0.1"]
    assert request.all("X-Forwarded-Proto") == ["http"]
    assert request.all("X-Forwarded-Host") == ["a.example"]
    assert request.all("Forwarded") == ["for=127.0.0.1;host=a.example;proto=http"]
    assert len(request.all("X-Request-Id")) == 1 and re.fullmatch("[0-9a-f]{32}", request.get("X-Request-Id"))
    assert (request.get("X-Client"), request.get("X-Scheme")) == ("127.0.0.1", "http")
    assert request.get("X-Id") == request.get("X-Request-Id")


def test_so_it_is_on_a_listener_that_trusts_others(ask):
    request = ask(*FORGED, listener="inner", source="127.0.9.9")
    assert request.all("X-Forwarded-For") == ["127.0.9.9"]
    assert (request.get("X-Client"), request.get("X-Scheme")) == ("127.0.9.9", "http")


def test_what_a_trusted_peer_says_is_kept_and_added_to(ask):
    request = ask("X-Forwarded-For: 192.0.2.7", "X-Forwarded-For: 10.1.1.1", "X-Forwarded-Proto: https",
                  "X-Forwarded-Host: www.example.com", "Forwarded: for=192.0.2.7", "X-Request-Id: abc-123", "Via: 2 front",
                  listener="inner")
    assert request.all("X-Forwarded-For") == ["192.0.2.7, 10.1.1.1, 127.0.0.1"]
    assert request.all("X-Forwarded-Proto") == ["https"]
    assert request.all("X-Forwarded-Host") == ["www.example.com"]
    assert request.all("Forwarded") == ["for=192.0.2.7, for=127.0.0.1;host=a.example;proto=https"]
    assert request.all("X-Request-Id") == ["abc-123"]
    assert request.get("Via") == "2 front, 1.1 headgate"
    assert (request.get("X-Client"), request.get("X-Scheme")) == ("192.0.2.7", "https")


@pytest.mark.parametrize("fields, expected", [
    (["X-Forwarded-For: 192.0.2.7"], "192.0.2.7"),
    (["X-Forwarded-For: 6.6.6.6, 192.0.2.7"], "192.0.2.7"),
    (["X-Forwarded-For: 6.6.6.6, 192.0.2.7, 10.2.2.2, 127.0.0.3"], "192.0.2.7"),
    (["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 192.0.2.7"], "192.0.2.7"),
    (["X-Forwarded-For: 10.2.2.2, 10.3.3.3"], "10.2.2.2"),
    (["X-Forwarded-For: 6.6.6.6, unknown, 10.3.3.3"], "10.3.3.3"),
    (["X-Forwarded-For: "], "127.0.0.1"),
    (["X-Forwarded-For: nonsense"], "127.0.0.1"),
    (["X-Forwarded-For: 192.0.2.7:1234"], "192.0.2.7"),
    (["X-Forwarded-For: [2001:db8::7]:1234"], "2001:db8::7"),
    (["X-Forwarded-For: 2001:db8::7, fd00::1"], "2001:db8::7"),
    (["Forwarded: for=192.0.2.7;proto=https, For=10.2.2.2"], "192.0.2.7"),
    (["Forwarded: proto=http; for=\"[2001:db8::7]:80\"; by=x"], "2001:db8::7"),
    (["Forwarded: for=_hidden"], "127.0.0.1"),
    (["Forwarded: for=6.6.6.6, for=unknown"], "127.0.0.1"),
    (["Forwarded: for=6.6.6.6", "X-Forwarded-For: 192.0.2.7"], "192.0.2.7"),
    (["Forwarded: for=\"[\""], "127.0.0.1"),
    (["Forwarded: for=\""], "127.0.0.1"),
    (["Forwarded: ;;for=;="], "127.0.0.1"),
    (["X-Forwarded-For: \", 192.0.2.7"], "192.0.2.7"),
])
def test_the_client_is_the_last_address_that_is_no_trusted_proxys(ask, fields, expected):
    assert ask(*fields, listener="inner").get("X-Client") == expected


@pytest.mark.parametrize("field, scheme", [
    ("X-Forwarded-Proto: https", "https"), ("X-Forwarded-Proto: HTTPS", "https"), ("X-Forwarded-Proto: http", "http"),
    ("X-Forwarded-Proto: https, http", "https"), ("Forwarded: for=1.2.3.4;proto=https", "https"),
    ("Forwarded: proto=\"https\", proto=http", "https"), ("Forwarded: for=1.2.3.4", "http"), ("X-None: x", "http")])
def test_the_scheme_is_what_a_trusted_peer_says(ask, field, scheme):
    assert ask(field, listener="inner").get("X-Scheme") == scheme
    assert ask(field).get("X-Scheme") == "http"


@pytest.mark.parametrize("value", ["", "a b", "x" * 129, "a,b", "caf\xe9", "<script>"])
def test_an_id_that_is_none_is_replaced(ask, value):
    assert re.fullmatch("[0-9a-f]{32}", ask(f"X-Request-Id: {value}", listener="inner").get("X-Request-Id"))


@pytest.mark.parametrize("host, forwarded", [("a.example:8080", '"a.example:8080"'), ("[::1]", '"[::1]"'),
                                             ("a;for=6.6.6.6", '"a;for=6.6.6.6"'), ("a=b", '"a=b"'), ("(a)", '"(a)"')])
def test_forwarded_quotes_what_is_no_token(ask, host, forwarded):
    """Otherwise a client could write parameters of its own."""
    request = ask(host=f"Host: {host}")
    assert request.get("Forwarded") == f"for=127.0.0.1;host={forwarded};proto=http"


def test_via_names_the_clients_version(ask):
    assert ask(first="GET / HTTP/1.0").get("Via") == "1.0 headgate"


V2 = b"\r\n\r\n\0\r\nQUIT\n"


def v2(command, family, addresses):
    return V2 + bytes([0x20 | command, family]) + struct.pack("!H", len(addresses)) + addresses


def inet(source, target="10.0.0.1"):
    return bytes(map(int, source.split("."))) + bytes(map(int, target.split("."))) + struct.pack("!HH", 1234, 80)


TLV = bytes([0x04, 0, 3]) + b"abc"
V6 = bytes.fromhex("20010db8000000000000000000000007") + bytes(16) + struct.pack("!HH", 1, 2)


@pytest.mark.parametrize("header, address", [
    (b"PROXY TCP4 192.0.2.7 10.0.0.1 1234 80\r\n", "192.0.2.7"),
    (b"PROXY TCP6 2001:db8::7 ::1 1234 80\r\n", "2001:db8::7"),
    (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    (b"PROXY UNKNOWN and whatever\r\n", "127.0.0.1"),
    (v2(1, 0x11, inet("192.0.2.7")), "192.0.2.7"),
    (v2(1, 0x11, inet("192.0.2.7") + TLV), "192.0.2.7"),
    (v2(1, 0x21, V6), "2001:db8::7"),
    (v2(0, 0x00, b""), "127.0.0.1"),
    (v2(0, 0x11, inet("192.0.2.7")), "127.0.0.1"),
], ids=["v1-4", "v1-6", "v1-unknown", "v1-unknown-rest", "v2-4", "v2-tlv", "v2-6", "v2-local", "v2-local-address"])
@pytest.mark.parametrize("pieces", [False, True], ids=["whole", "bytewise"])
def test_a_proxy_header_names_the_client(stage, client, header, address, pieces):
    stage.play(answering())
    peer = client(stage.gate.port("wrapped"))
    for piece in ([bytes([byte]) for byte in header] if pieces else [header]):
        peer.send(piece)
    assert peer.get().status == peer.get().status == 200
    seen = [(request.get("X-Client"), request.get("X-Forwarded-For")) for request in stage.origin.requests]
    assert seen == [(address, address)] * 2


@pytest.mark.parametrize("start", [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"PROXY TCP4 192.0.2.7 10.0.0.1 1234\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"PROXY TCP4 999.0.2.7 10.0.0.1 1 2\r\n", b"PROXY " + b"x" * 200, V2 + b"\x31\x11\0\x0c" + inet("192.0.2.7"),
    v2(2, 0x11, inet("192.0.2.7")), v2(1, 0x11, b"short"), b"\r\n\r\n\0\r\nQUIX\n"])
def test_no_proxy_header_no_service(stage, client, start):
    """Whoever could leave it out could also be anybody."""
    stage.play(answering())
    peer = client(stage.gate.port("wrapped"))
    peer.send(start)
    peer.wait_gone(timeout=2)
    assert stage.origin.requests == []


def test_a_proxy_header_that_does_not_come(stage, client):
    peer = client(stage.gate.port("wrapped"))
    peer.send(b"PROXY TCP4 192.")
    peer.expect_closed(2)


def test_a_proxy_header_of_an_untrusted_peer(stage, client):
    stage.play(answering())
    peer = client(stage.gate.port("wrapped"), source="127.0.0.2")
    peer.send(b"PROXY TCP4 192.0.2.7 10.0.0.1 1234 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
    peer.wait_gone(timeout=2)
    assert stage.origin.requests == []


def test_a_proxy_header_where_none_is_wanted(stage, client):
    peer = client(stage.gate.port())
    peer.send(b"PROXY TCP4 192.0.2.7 10.0.0.1 1234 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert peer.read_response().status == 400


def test_who_is_behind_a_proxy_header_is_trusted_or_not(stage, client):
    """X-Forwarded-For is believed of the address in the header, not of the balancer that wrote it."""
    stage.play(answering())
    for source, expected in (("192.0.2.7", "192.0.2.7"), ("10.9.9.9", "192.0.2.99")):
        peer = client(stage.gate.port("wrapped"))
        peer.send(f"PROXY TCP4 {source} 10.0.0.1 1234 80\r\nGET / HTTP/1.1\r\nHost: a\r\n"
                  "X-Forwarded-For: 192.0.2.99\r\n\r\n".encode())
        assert peer.read_response().status == 200
        assert stage.origin.requests[-1].get("X-Client") == expected


def test_the_log_names_the_client(stage, client):
    stage.play(answering())
    peer = client(stage.gate.port("inner"))
    assert peer.get("/logged?by=name", fields=["X-Forwarded-For: 192.0.2.7"]).status == 200
    deadline = time.monotonic() + 5
    entries = []
    while not entries and time.monotonic() < deadline:
        log = (stage.gate.file.parent / "headgate.stdout").read_text()
        entries = [entry for line in log.splitlines() if (entry := json.loads(line)).get("path") == "/logged"]
        time.sleep(0.05)
    assert (entries[0]["client"], entries[0]["listener"], entries[0]["status"]) == ("192.0.2.7", "inner", 200)
    assert entries[0]["request_id"] == stage.origin.requests[0].get("X-Request-Id")
