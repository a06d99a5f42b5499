"""What is stored and given again: hits and their fields, conditions, ranges, variants, what is not stored."""
import re
import subprocess

import pytest

from cache.conftest import answer
from headgate_test import curl
from headgate_test.daemon import binary
from scenario_parts.watching import wait_until

YAML = {"cache": "key: { codings: [gzip, br] }",
        "route": "headers: { response: { set: { X-Request: '{request_id}', X-Query: '{query}' } } }",
        "more": "access_log: { file: stdout, format: '{path} {cache} {cache_reason} {cache_age}' }"}

FRESH = "Cache-Control: max-age=60"


def test_a_miss_and_then_hits(stage):
    path = stage.path(answer(b"hello", FRESH, "X-Mine: 1", "Age: 10"))
    first, second = stage.ask(path), stage.ask(path)
    assert first.body == second.body == b"hello" and len(stage.asked(path)) == 1
    assert re.fullmatch(r"headgate;fwd=uri-miss;ttl=(50|49);stored;detail=not-there", first.get("Cache-Status").replace("; ", ";"))
    assert re.fullmatch(r"headgate;hit;ttl=(50|49);detail=fresh", second.get("Cache-Status").replace("; ", ";"))
    assert int(second.get("Age")) in (10, 11) and second.get("X-Mine") == "1"
    assert second.get("Date") == first.get("Date") and second.get("Content-Length") == "5"
    head = stage.ask(path, method="HEAD")
    assert (head.get("Content-Length"), head.get("X-Mine"), head.body) == ("5", "1", b"") and len(stage.asked(path)) == 1


def test_rules_for_fields_are_applied_to_each_answer(stage):
    path = stage.path(answer(b"hello", FRESH))
    ids = {stage.ask(path, f"X-Request-Id: id-{i}").get("X-Request") for i in range(3)}
    assert len(ids) == 3 and len(stage.asked(path)) == 1


def test_over_http2(stage):
    path = stage.path(answer(b"x" * 100_000, FRESH))
    stage.ask(path)
    done = curl("--http2-prior-knowledge", f"http://127.0.0.1:{stage.gate.port()}{path}", "-H", "Host: a")
    assert "cache-status: headgate; hit" in done.head and done.body == b"x" * 100_000


def test_conditions_are_answered(stage):
    path = stage.path(answer(b"hello", FRESH, 'ETag: "v1"', "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT", "Content-Language: en"))
    # The client's own condition does not go on: the whole is fetched, and the condition answered from it.
    first = stage.ask(path, 'If-None-Match: "v1"')
    assert first.status == 304 and stage.asked(path)[0].get("If-None-Match") is None
    for field in ('If-None-Match: W/"v1"', "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"):
        response = stage.ask(path, field)
        assert (response.status, response.get("ETag"), response.get("Content-Language")) == (304, '"v1"', None)
    assert stage.ask(path, 'If-None-Match: "v2"').status == 200 and len(stage.asked(path)) == 1


@pytest.mark.parametrize("wanted, status, content_range, body", [
    ("bytes=0-1", 206, "bytes 0-1/10", b"01"), ("bytes=7-", 206, "bytes 7-9/10", b"789"),
    ("bytes=-3", 206, "bytes 7-9/10", b"789"), ("bytes=20-", 416, "bytes */10", b""),
    ("bytes=0-1,4-5", 200, None, b"0123456789"), ("lines=1-2", 200, None, b"0123456789")])
def test_ranges(stage, wanted, status, content_range, body):
    path = stage.path(answer(b"0123456789", FRESH, 'ETag: "v1"'))
    stage.ask(path)
    response = stage.ask(path, f"Range: {wanted}")
    assert (response.status, response.get("Content-Range"), response.body) == (status, content_range, body)
    assert stage.ask(path, f"Range: {wanted}", 'If-Range: "v2"').body == b"0123456789"
    assert len(stage.asked(path)) == 1


def test_a_part_is_stored_as_one(stage):
    def made(request, _):
        if request.get("Range") == "bytes=2-5":
            return answer(b"2345", FRESH, 'ETag: "v1"', "Content-Range: bytes 2-5/10", status=206, reason="Partial Content")
        return answer(b"0123456789", FRESH, 'ETag: "v1"')
    path = stage.path(made)
    assert stage.ask(path, "Range: bytes=2-5").body == b"2345"
    inner = stage.ask(path, "Range: bytes=3-4")
    assert (inner.status, inner.body, inner.get("Content-Range")) == (206, b"34", "bytes 3-4/10") and len(stage.asked(path)) == 1
    assert stage.ask(path).body == b"0123456789" and len(stage.asked(path)) == 2
    assert stage.ask(path, "Range: bytes=0-0").body == b"0" and len(stage.asked(path)) == 2


@pytest.mark.parametrize("fields, detail", [
    (("Cache-Control: private, max-age=60",), "private"), (("Cache-Control: no-store",), "no-store"),
    ((FRESH, "Set-Cookie: a=b"), "set-cookie"), ((FRESH, "Vary: *"), "vary-any"), ((), "no-freshness")])
def test_what_is_not_stored(stage, fields, detail):
    path = stage.path(answer(b"mine", *fields))
    for _ in range(2):
        status, body, says = stage.says(path)
        assert (status, body) == (200, b"mine") and says.endswith(f"detail={detail}"), says
    assert len(stage.asked(path)) == 2


def test_other_methods_go_on(stage):
    path = stage.path(answer(b"done"))
    assert stage.says(path, "Content-Length: 0", method="POST")[2] == "fwd=method; detail=method"
    assert stage.says(path, "Content-Length: 1", "X: y\r\n\r\nz", method="GET")[2] == "fwd=bypass; detail=request-body"


def test_only_if_cached(stage):
    path = stage.path(answer(b"hello", FRESH))
    assert stage.ask(path, "Cache-Control: only-if-cached").status == 504 and not stage.asked(path)
    stage.ask(path)
    assert stage.ask(path, "Cache-Control: only-if-cached").body == b"hello"


def test_variants(stage):
    def made(request, _):
        return answer(request.get("X-Kind", "none").encode(), FRESH, "Vary: X-Kind")
    path = stage.path(made)
    for _ in range(2):
        for kind in ("a", "b"):
            assert stage.ask(path, f"X-Kind: {kind}").body == kind.encode()
        assert stage.ask(path).body == b"none"
    assert len(stage.asked(path)) == 3
    assert "fwd=vary-miss" in stage.says(path, "X-Kind: c")[2]


def test_long_bodies_however_they_come(stage):
    body = bytes(range(256)) * 3000
    def chunked(_, connection):
        connection.send(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(body), 50_000):
            piece = body[at:at + 50_000]
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        return b"0\r\n\r\n"
    for path in (stage.path(answer(body, FRESH)), stage.path(chunked)):
        first, second = stage.ask(path), stage.ask(path)
        assert first.body == second.body == body and len(stage.asked(path)) == 1
        assert second.get("Content-Length") == str(len(body))
        assert stage.ask(path, "Range: bytes=300000-300009").body == body[300_000:300_010]


def test_the_log_tells(stage):
    path = stage.path(answer(b"hello", FRESH, "Age: 5"))
    for _ in range(2):
        stage.ask(path)
    log = stage.gate.file.with_name("headgate.stdout")
    wait_until(lambda: f"{path} hit fresh 5" in log.read_text() or f"{path} hit fresh 6" in log.read_text())
    assert f"{path} miss not-there 5" in log.read_text()


def test_explain_tells_what_lies_there(stage):
    path = stage.path(answer(b"hello", FRESH, "Age: 5"))
    url = f"http://a:{stage.gate.port()}{path}"

    def explained():
        done = subprocess.run([binary(), "ctl", "explain", url, "--header", "Host: a", "--socket", stage.socket], capture_output=True, text=True, check=True)
        return done.stdout
    text = explained()
    assert "miss: nothing is stored" in text and f"in edge, key http://a{path}" in text and "CDN-Cache-Control, s-maxage" in text
    stage.ask(path)
    text = explained()
    assert "hit: it is fresh" in text and re.search(r"age [5-9] s, fresh for 5\d s more by max-age", text), text
