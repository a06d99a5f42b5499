"""The disk tier with the real daemon: what is stored outlives a restart, a kill -9 and an upgrade, large bodies go
through, and a disk that fails is of no consequence to anybody."""
import hashlib
import json
import random
import subprocess
import threading

import pytest

from cache import bad_disk
from cache.conftest import answer
from headgate_test import Headgate, Origin, proxy_yaml
from headgate_test.client import Client
from headgate_test.daemon import binary
from headgate_test.metrics import total
from headgate_test.stream import ConnectionReset, StreamEnded
from scenario_parts.watching import wait_until

FRESH = "Cache-Control: max-age=600"
MIB = 1 << 20


class Place:
    """A folder for the disk, an origin, and daemons that come and go."""

    def __init__(self, folder, store="memory: 8MiB, max_object: 1MiB", size="32MiB", disk=None):
        self.folder = folder
        self.disk = disk or folder / "disk"
        self.answers, self.seen = {}, []
        self.origin = Origin(self._serve)
        self.yaml = proxy_yaml(
            self.origin, pool="retry: { attempts: 0 }", route="cache: { store: edge }",
            more=f"caches: {{ edge: {{ {store}, disk: {{ path: {self.disk}, size: {size} }}, purge: 127.0.0.0/8 }} }}\n")
        self.socket = folder / "admin.sock"
        self.yaml = self.yaml.replace("admin: {", f"admin: {{ socket: {self.socket},", 1)
        self.gates = []

    def _serve(self, connection):
        while True:
            try:
                request = connection.read_request(timeout=120)
            except (StreamEnded, ConnectionReset):
                return
            path = request.target.partition("?")[0]
            self.seen.append(path)
            made = self.answers[path]
            try:
                connection.send(made(request) if callable(made) else made)
            except ConnectionError:
                return  # the daemon was killed, or its client has left

    def start(self, is_on=True, before=()):
        self.gate = Headgate(self.folder, self.yaml, before=before)
        self.gates.append(self.gate)
        if is_on:
            self.wait_on()
        return self.gate

    def disk_state(self):
        return json.loads(self.gate.admin("/api/v1/caches"))["caches"][0]["disk"]

    def wait_on(self):
        wait_until(lambda: (state := self.disk_state())["state"] == "on" and not state["indexing"], what="the disk is on")

    def wait_written(self, objects):
        wait_until(lambda: self.disk_state()["objects"] >= objects, what=f"{objects} objects are on the disk")

    def kill(self):
        self.gate.kill()

    def says(self, path, *fields, method="GET"):
        """(status, body, detail of Cache-Status if it was a hit)"""
        client = Client.connect(self.gate.port())
        try:
            client.send("\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", *fields, "", ""]).encode())
            response = client.read_response(to=method)
        finally:
            client.close()
        status = response.get("Cache-Status", "")
        return response.status, response.body, status.rpartition("detail=")[2] if "; hit" in status else "asked"

    def close(self):
        for gate in self.gates:
            gate.close()
        self.origin.close()
        assert not self.origin.failures


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    yield made
    made.close()


def test_what_is_stored_outlives_a_kill_and_purges_do_too(place):
    place.answers |= {
        "/plain": answer(b"plain", FRESH),
        "/tongue": lambda request: answer(request.get("Accept-Language", "").encode(), FRESH, "Vary: Accept-Language"),
        "/purged": answer(b"purged", FRESH),
        "/tagged": answer(b"tagged", FRESH, "Surrogate-Key: red"),
        "/posted": answer(b"posted", FRESH),
    }
    place.start()
    for path in ("/plain", "/purged", "/tagged", "/posted"):
        assert place.says(path)[2] == "asked"
    for tongue in ("de", "fr"):
        assert place.says("/tongue", f"Accept-Language: {tongue}")[1] == tongue.encode()
    place.wait_written(7)  # with the marker of the variants
    assert place.says("/plain") == (200, b"plain", "fresh")
    assert place.says("/posted", "Content-Length: 0", method="POST")[0] == 200
    assert place.says("/purged", method="PURGE")[:2] == (200, b"200 OK\npurged\n")
    done = subprocess.run([binary(), "ctl", "purge", "edge", "--tag", "red", "--socket", place.socket],
                          capture_output=True, text=True, check=True)
    assert done.stdout == "edge: what is tagged red is gone\n"
    place.kill()
    place.start()
    place.seen.clear()
    assert place.says("/plain") == (200, b"plain", "fresh-from-disk")
    assert place.says("/plain") == (200, b"plain", "fresh")
    for tongue in ("de", "fr"):
        assert place.says("/tongue", f"Accept-Language: {tongue}") == (200, tongue.encode(), "fresh-from-disk")
    assert place.seen == []
    for path in ("/purged", "/tagged", "/posted"):
        assert place.says(path)[2] == "asked", path
    assert place.seen == ["/purged", "/tagged", "/posted"]
    # A store of another size is another one, and finds what lies on the disk.
    assert place.gate.reload(place.yaml.replace("memory: 8MiB", "memory: 9MiB")) == "reloaded"
    place.wait_on()
    assert place.says("/plain") == (200, b"plain", "fresh-from-disk")
    figures = place.gate.metrics()
    assert total(figures, "headgate_cache_disk_lookups_total", result="hit") == 1
    assert total(figures, "headgate_cache_disk_on") == 1
    text = subprocess.run([binary(), "ctl", "caches", "--socket", place.socket], capture_output=True, text=True, check=True).stdout
    assert "DISK OF" in text and " on " in text, text


def test_an_upgrade_takes_it_over(place):
    place.answers["/a"] = answer(b"a", FRESH)
    gate = place.start()
    place.says("/a")
    place.wait_written(1)
    old = gate.upgrade()
    assert old.wait(30) == 0
    place.wait_on()
    assert place.says("/a") == (200, b"a", "fresh-from-disk")
    gate.stop()


def test_bodies_that_memory_has_no_room_for_come_from_the_disk(tmp_path):
    place = Place(tmp_path, store="memory: 2MiB, max_object: 8MiB", size="64MiB")
    body = random.Random(7).randbytes(5 * MIB + 12345)
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[i:i + 50_000] for i in range(0, len(body), 50_000))]
    chunked = f"HTTP/1.1 200 OK\r\n{FRESH}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + b"".join(chunks) + b"0\r\n\r\n"
    place.answers |= {"/large": answer(body, FRESH), "/other": answer(body[::-1], FRESH), "/chunked": chunked}
    try:
        place.start()
        assert place.says("/large") == (200, body, "asked")
        place.wait_written(1)
        assert place.says("/chunked") == (200, body, "asked")
        place.wait_written(2)
        assert place.says("/chunked") == (200, body, "fresh-from-disk")
        for _ in range(2):
            assert place.says("/large") == (200, body, "fresh-from-disk")
        part = place.says("/large", "Range: bytes=1000000-2000000")
        assert part == (206, body[1000000:2000001], "fresh-from-disk")
        assert place.says("/large", "Range: bytes=-5")[:2] == (206, body[-5:])
        # A client that leaves in the middle leaves nothing behind.
        client = Client.connect(place.gate.port())
        client.send(b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
        client.read_exactly(100_000)
        client.close()
        wait_until(lambda: total(place.gate.metrics(), "headgate_cache_disk_not_written_total", reason="torn") == 1,
                   what="it is torn")
        place.kill()
        place.start()
        assert place.says("/large") == (200, body, "fresh-from-disk")
        assert place.says("/other") == (200, body[::-1], "asked")
        assert place.seen == ["/large", "/chunked", "/other", "/other"]
    finally:
        place.close()


def test_killed_again_and_again_under_load(place):
    """Bodies that tell what they should be; every one that is got is checked, wherever it came from."""
    def made(request):
        chance = random.Random(request.target)
        body = chance.randbytes(chance.choice([10, 3000, 70_000, 300_000]))
        return answer(hashlib.sha256(body).hexdigest().encode() + body, FRESH)
    place.answers |= {f"/{number}": made for number in range(200)}
    from_disk = []

    def ask(seed, stop):
        chance = random.Random(seed)
        while not stop.is_set():
            try:
                status, body, detail = place.says(f"/{chance.randrange(200)}")
            except (StreamEnded, ConnectionReset, OSError):
                return
            assert status == 200 and hashlib.sha256(body[64:]).hexdigest().encode() == body[:64]
            from_disk.append(detail == "fresh-from-disk")

    for round_number in range(6):
        place.start()
        stop, failed = threading.Event(), []

        def guarded(seed):
            try:
                ask(seed, stop)
            except AssertionError as wrong:
                failed.append(wrong)
        threads = [threading.Thread(target=guarded, args=(round_number * 3 + n,)) for n in range(3)]
        asked = len(from_disk)
        for thread in threads:
            thread.start()
        wait_until(lambda: len(from_disk) > asked + 60 or failed, 30)
        place.kill()
        stop.set()
        for thread in threads:
            thread.join()
        assert not failed, failed
    assert sum(from_disk) > 50, sum(from_disk)


def test_a_full_disk_turns_it_off_and_the_proxy_goes_on(tmp_path):
    mount = tmp_path / "small"
    mount.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", mount], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"SKIPPED: a small disk takes the right to mount one: {done.stderr.strip()}")
    place = Place(tmp_path, disk=mount / "disk", size="32MiB", store="memory: 8MiB, max_object: 4MiB")
    bodies = {f"/{number}": random.Random(number).randbytes(400_000) for number in range(30)}
    place.answers |= {path: answer(body, FRESH) for path, body in bodies.items()}
    try:
        gate = place.start()
        for path, body in bodies.items():
            assert place.says(path)[:2] == (200, body)
        line = gate.wait_log(r"error.*cache edge: disk tier off: .*No space left")[0]
        assert "tried again" in gate.log, line
        assert place.disk_state()["state"] == "off"
        assert "No space left" in place.disk_state()["why"]
        assert total(gate.metrics(), "headgate_cache_disk_on") == 0
        for path, body in bodies.items():
            assert place.says(path)[:2] == (200, body)
        subprocess.run(["mount", "-o", "remount,size=64m", mount], check=True)
        assert gate.reload() == "reloaded"
        place.wait_on()
        assert place.says("/0", "Cache-Control: no-cache")[:2] == (200, bodies["/0"])
        place.wait_written(1)
    finally:
        place.close()
        subprocess.run(["umount", "-l", mount], check=True)


@pytest.mark.parametrize("call", ["pwrite", "pread"])
def test_a_disk_with_a_bad_part_turns_it_off_and_every_answer_is_right(place, call):
    bodies = {f"/{number}": random.Random(number).randbytes(60_000) for number in range(30)}
    place.answers |= {path: answer(body, FRESH) for path, body in bodies.items()}
    if call == "pread":
        place.start()
        for written, (path, body) in enumerate(bodies.items(), 1):
            assert place.says(path)[:2] == (200, body)
            place.wait_written(written)
        place.gate.stop()
        place.seen.clear()
    gate = place.start(is_on=call == "pwrite", before=bad_disk.command(call, 600_000))
    for asked, (path, body) in enumerate(bodies.items(), 1):
        assert place.says(path)[:2] == (200, body)
        wait_until(lambda: "Input/output error" in gate.log or place.disk_state()["objects"] >= asked, what="it was written, or not")
    gate.wait_log(r"error.*cache edge: disk tier off: .*Input/output error")
    assert place.disk_state()["state"] == "off"
    assert "Input/output error" in place.disk_state()["why"]
    assert len(place.seen) >= 20  # what lies behind the bad part was asked for
    for path, body in bodies.items():
        assert place.says(path)[:2] == (200, body)


def test_a_folder_that_is_no_place_is_told_and_does_not_keep_the_daemon_from_its_work(tmp_path):
    (tmp_path / "file").write_text("x")
    place = Place(tmp_path, disk=tmp_path / "file" / "disk")
    place.answers["/a"] = answer(b"a", FRESH)
    try:
        gate = place.start(is_on=False)
        gate.wait_log(r"error.*cache edge: disk tier off: .*Not a directory")
        assert place.says("/a") == (200, b"a", "asked")
        assert place.says("/a") == (200, b"a", "fresh")
        assert place.says("/a", method="PURGE")[1].startswith(b"200 OK\npurged, but the disk does not know")
        assert place.says("/a")[2] == "asked"
    finally:
        place.close()
