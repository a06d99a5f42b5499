"""Purges over the admin API and by `headgate ctl purge`: by URL, tag, host, prefix and everything, hard and soft."""
import json
import subprocess

import pytest

from cache.conftest import answer
from headgate_test.daemon import binary

FRESH = "Cache-Control: max-age=60"


def purge(stage, *arguments):
    done = subprocess.run([binary(), "ctl", "purge", *arguments, "--socket", stage.socket], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def stored(stage):
    """Three stored paths: /a.../1 tagged red, /a.../2 tagged red and blue, /b...; and whether each is still there."""
    base = stage.path(b"")
    paths = {}
    for name, tags in (("red", "red"), ("both", "red blue"), ("none", "")):
        path = f"{base}/{name}"
        stage.answers[path] = answer(name.encode(), FRESH, *([f"Surrogate-Key: {tags}"] if tags else []))
        stage.ask(path)
        paths[name] = path

    def there():
        return {name: "hit" in stage.says(path, "Cache-Control: only-if-cached")[2] for name, path in paths.items()}
    assert all(there().values())
    return base, paths, there


def test_by_tag(stage, stored):
    _, _, there = stored
    assert purge(stage, "edge", "--tag", "blue") == (0, "edge: what is tagged blue is gone\n")
    assert there() == {"red": True, "both": False, "none": True}
    assert purge(stage, "edge", "--tag", "red")[0] == 0
    assert there() == {"red": False, "both": False, "none": True}


def test_by_url(stage, stored):
    _, paths, there = stored
    port = stage.gate.port()
    assert purge(stage, "edge", "--of-url", f"http://a{paths['red']}") == (0, f"edge: http://a{paths['red']} in all variants is gone\n")
    assert there() == {"red": False, "both": True, "none": True}
    assert purge(stage, "edge", "--of-url", f"http://other:{port}{paths['none']}")[0] == 0
    assert there()["none"]


def test_by_prefix_and_host(stage, stored):
    base, paths, there = stored
    assert purge(stage, "edge", "--prefix", f"{base}/r", "--host", "other")[0] == 0
    assert all(there().values())
    assert purge(stage, "edge", "--prefix", f"{base}/r", "--host", "A")[0] == 0
    assert there() == {"red": False, "both": True, "none": True}
    assert purge(stage, "edge", "--prefix", f"{base}/b")[0] == 0
    assert there() == {"red": False, "both": False, "none": True}
    assert purge(stage, "edge", "--host", "a", "--soft") == (0, "edge: all of a is stale from now on\n")
    assert "detail=purged-softly" in stage.says(paths["none"])[2]


def test_everything(stage, stored):
    _, _, there = stored
    assert purge(stage, "edge", "--everything") == (0, "edge: everything is gone\n")
    assert not any(there().values())


def test_a_purge_during_a_fetch_wins(stage):
    def made(_, __):
        if len(stage.asked(path)) == 1:
            assert purge(stage, "edge", "--tag", "slow")[0] == 0
        return answer(b"x", FRESH, "Cache-Tag: quick,slow")
    path = stage.path(made)
    stage.ask(path)
    assert "fwd=uri-miss" in stage.says(path)[2] and "hit" in stage.says(path)[2]


@pytest.mark.parametrize("arguments, said", [
    (["edge"], "a purge names one thing"), (["edge", "--tag", "a", "--everything"], "a purge names one thing"),
    (["egde", "--everything"], "no cache named 'egde' (did you mean 'edge'?)"),
    (["edge", "--prefix", "a"], "prefix is a path and begins with /"), (["edge", "--of-url", "http://"], "url is not one")])
def test_what_is_refused(stage, arguments, said):
    status, text = purge(stage, *arguments)
    assert status == 1 and said in text, text


def test_caches_are_shown(stage, stored):
    done = subprocess.run([binary(), "ctl", "caches", "--socket", stage.socket], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].split() == ["CACHE", "MEMORY", "USED", "ENTRIES", "DISCARDED", "PURGES", "HITS"]
    assert done.stdout.splitlines()[1].startswith("edge ")
    shown = json.loads(stage.gate.admin("/api/v1/caches"))["caches"]
    assert [one["name"] for one in shown] == ["edge"] and shown[0]["entries"] >= 3
    route = shown[0]["routes"]["routes[0]"]
    assert route["miss"] >= 3 and route["hit"] >= 3 and route["stored_bytes"] > 0
