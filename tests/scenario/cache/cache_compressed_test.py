"""A route with compress and cache: what is stored is compressed, once for each coding."""
import gzip

from cache.conftest import answer

YAML = {"route": "compress: { algorithms: [gzip] }"}
PAGE = b"<p>The gate at the head of the canal.</p>\n" * 300
FRESH = "Cache-Control: max-age=60"


def compressed(stage):
    metrics = stage.gate.metrics()
    return sum(value for (name, labels), value in metrics.items() if name == "headgate_route_compressed_total")


def test_a_hit_compresses_nothing(stage):
    path = stage.path(answer(PAGE, FRESH, "Content-Type: text/html", 'ETag: "v1"'))
    before = compressed(stage)
    for number in range(3):
        zipped = stage.ask(path, "Accept-Encoding: gzip, deflate")
        assert gzip.decompress(zipped.body) == PAGE and zipped.get("ETag") == 'W/"v1"'
        plain = stage.ask(path)
        assert plain.body == PAGE and plain.get("Content-Encoding") is None
        assert ("hit" in zipped.get("Cache-Status")) == ("hit" in plain.get("Cache-Status")) == (number > 0)
    assert compressed(stage) - before == 1 and len(stage.asked(path)) == 2
    assert stage.ask(path, "Accept-Encoding: gzip", 'If-None-Match: W/"v1"').status == 304


def test_what_was_compressed_is_revalidated_by_the_tag_that_its_origin_knows(stage):
    def made(request, _):
        if '"v1"' in request.get("If-None-Match", "").split(", "):
            return answer(b"", FRESH, 'ETag: "v1"', status=304, reason="Not Modified")
        return answer(PAGE, "Cache-Control: max-age=60", "Age: 70", "Content-Type: text/html", 'ETag: "v1"')
    path = stage.path(made)
    stage.ask(path, "Accept-Encoding: gzip")
    again = stage.ask(path, "Accept-Encoding: gzip")
    assert gzip.decompress(again.body) == PAGE and "fwd-status=304" in again.get("Cache-Status")
    assert "hit" in stage.ask(path, "Accept-Encoding: gzip").get("Cache-Status") and len(stage.asked(path)) == 2
