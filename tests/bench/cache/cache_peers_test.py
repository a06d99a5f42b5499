"""The caches' configurations are accepted, and their origin and clients do what the scenarios count on."""
import pathlib
import re
import subprocess

import pytest

import cache_peers
import cache_scenarios
import peers
from peers_test import check_command

HERE = pathlib.Path(__file__).resolve().parent
SETUPS = {"memory": cache_peers.Cache(answer_bytes=120), "disk": cache_peers.Cache(memory_mib=16, disk_mib=64)}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with the programs in C."""
    folder = tmp_path_factory.mktemp("built")
    for name, libraries in (("cache_origin.c", ()), ("cache_clients.c", ("-lm",))):
        subprocess.run(["clang-19", "-O2", "-Wall", "-Wextra", "-Werror", "-o", folder / name.removesuffix(".c"), HERE / name,
                        *libraries], check=True)
    return folder


@pytest.mark.parametrize("cache", SETUPS.values(), ids=SETUPS.keys())
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("name", ["nginx", "haproxy", "headgate+respond"])
def test_a_configuration_is_accepted(tmp_path, monkeypatch, name, tls, cache):
    monkeypatch.setattr(peers, "BUILT", tmp_path / "built")
    setup = peers.Setup(["127.0.0.1:1"], tls=tls, cache=cache)
    command = cache_peers.KINDS[name](tmp_path, 10000, setup, False)
    if name == "nginx" or (name == "haproxy" and not cache.disk_mib) or (name == "headgate+respond" and cache.answer_bytes):
        done = subprocess.run(list(map(str, check_command(name.partition("+")[0], command))), capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "@" not in "".join(file.read_text() for file in tmp_path.iterdir() if file.is_file())
    else:
        assert command is None


def test_a_headgate_without_a_cache_says_why(tmp_path, monkeypatch):
    older = tmp_path / "build" / "release" / "headgate"
    older.parent.mkdir(parents=True)
    older.write_text("#!/bin/sh\necho 'caches: unknown key'\nexit 2\n")
    older.chmod(0o755)
    monkeypatch.setattr(peers, "ROOT", tmp_path)
    assert cache_peers.why_not("headgate", tmp_path / "tried") == "refuses its configuration: caches: unknown key"


def _drawn(built, origin, law, requests=2000, objects=100):
    done = subprocess.run([built / "cache_clients", "draw", str(origin.port), "8", str(requests), "/z/", str(objects), law, "7"],
                          check=True, capture_output=True, text=True, timeout=60)
    return done.stdout


def test_origin_and_clients(built, monkeypatch):
    monkeypatch.setattr(peers, "BUILT", built)
    origin = cache_peers.Origin()
    try:
        texts = {law: _drawn(built, origin, law) for law in ("each", "even", "0.9")}
        sizes = {law: int(re.search(r"bytes (\d+)", text)[1]) for law, text in texts.items()}
        for text in texts.values():
            done = cache_scenarios.clients_report(text)
            assert (done.count, done.errors) == (2000, 0)
        # The same seed draws the same, and objects have sizes of their own: another law is another sum.
        assert int(re.search(r"bytes (\d+)", _drawn(built, origin, "0.9"))[1]) == sizes["0.9"]
        assert len(set(sizes.values())) == 3
        assert origin.fetches() == 4 * 2000
        before = origin.fetches()
        done = cache_scenarios.clients_report(subprocess.run([built / "cache_clients", "storm", str(origin.port), "50", "/d/100/x"],
                                                             check=True, capture_output=True, text=True, timeout=60).stdout)
        assert (done.count, done.errors) == (50, 0) and done.p99_ms >= 100
        assert origin.fetches() - before == 50
    finally:
        origin.stop()
