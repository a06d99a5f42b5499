"""Methods and targets that a proxy treats in a way of their own (RFC 9110 sections 7 and 9)."""
import pytest

from headgate_test import answering


def ask(peer, text):
    peer.send(text.replace("\n", "\r\n").encode() + b"\r\n\r\n")
    return peer.read_response()


@pytest.fixture
def peer(stage, client):
    return client(stage.play(answering(body=b"app")))


def test_trace_is_not_served(peer, stage):
    """It would show scripts the cookies that they must not see."""
    response = ask(peer, "TRACE / HTTP/1.1\nHost: a\nCookie: secret=1")
    assert response.status == 405
    assert "GET" in response.get("Allow") and "TRACE" not in response.get("Allow")
    assert b"secret" not in response.body
    assert peer.get().body == b"app"
    assert len(stage.origin.requests) == 1


def test_connect_is_not_offered(peer, stage):
    response = ask(peer, "CONNECT internal:22 HTTP/1.1\nHost: internal:22")
    assert (response.status, response.get("Connection")) == (501, "close")
    peer.expect_closed()
    assert stage.origin.requests == []


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PURGE", "PROPFIND", "get", "X-~"])
def test_other_methods_are_forwarded_as_they_are(peer, stage, method):
    assert ask(peer, f"{method} /x?y HTTP/1.1\nHost: a").body == b"app"
    assert stage.origin.requests[0].start == f"{method} /x?y HTTP/1.1"


def test_options_asterisk(peer, stage):
    assert ask(peer, "OPTIONS * HTTP/1.1\nHost: a").body == b"app"
    assert stage.origin.requests[0].start == "OPTIONS * HTTP/1.1"


def test_options_of_a_whole_server_in_absolute_form(peer, stage):
    """RFC 9112 section 3.2.4: the last proxy sends an asterisk."""
    assert ask(peer, "OPTIONS http://b.example:8000 HTTP/1.1\nHost: b.example:8000").body == b"app"
    request = stage.origin.requests[0]
    assert (request.start, request.get("Host")) == ("OPTIONS * HTTP/1.1", "b.example:8000")


def test_max_forwards_is_counted_down(peer, stage):
    assert ask(peer, "OPTIONS /x HTTP/1.1\nHost: a\nMax-Forwards: 5").body == b"app"
    assert stage.origin.requests[0].get("Max-Forwards") == "4"


def test_max_forwards_ends_here(peer, stage):
    response = ask(peer, "OPTIONS /x HTTP/1.1\nHost: a\nMax-Forwards: 0")
    assert response.status == 200 and "GET" in response.get("Allow")
    assert stage.origin.requests == []


def test_max_forwards_means_nothing_to_get(peer, stage):
    assert ask(peer, "GET /x HTTP/1.1\nHost: a\nMax-Forwards: 0").body == b"app"
    assert stage.origin.requests[0].get("Max-Forwards") == "0"


def test_absolute_form_becomes_origin_form(peer, stage):
    """RFC 9112 section 3.2.2: the target's authority replaces the Host field."""
    assert ask(peer, "GET http://real.example:81/a?b HTTP/1.1\nHost: other.example").body == b"app"
    request = stage.origin.requests[0]
    assert request.start == "GET /a?b HTTP/1.1"
    assert request.all("Host") == ["real.example:81"]
    assert request.get("X-Forwarded-Host") == "real.example:81"


def test_absolute_form_without_path(peer, stage):
    assert ask(peer, "GET http://real.example HTTP/1.1\nHost: real.example").body == b"app"
    assert stage.origin.requests[0].start == "GET / HTTP/1.1"


def test_https_is_misdirected(peer, stage):
    """RFC 9110 section 15.5.20: this listener has no TLS, so it does not speak for https."""
    response = ask(peer, "GET https://real.example/ HTTP/1.1\nHost: real.example")
    assert (response.status, response.get("Connection")) == (421, "close")
    peer.expect_closed()
    assert stage.origin.requests == []


def test_1_0_without_host_names_the_backend(peer, stage):
    assert ask(peer, "GET /old HTTP/1.0").body == b"app"
    request = stage.origin.requests[0]
    assert request.start == "GET /old HTTP/1.1"
    assert request.all("Host") == [stage.origin.address]
    assert request.get("X-Forwarded-Host") is None
    assert "host=" not in request.get("Forwarded")


def test_the_path_is_forwarded_in_its_one_spelling(peer, stage):
    assert ask(peer, "GET /a/./b/../%7Ec%2fd?q=%2e HTTP/1.1\nHost: a").body == b"app"
    assert stage.origin.requests[0].target == "/a/~c%2Fd?q=%2e"
