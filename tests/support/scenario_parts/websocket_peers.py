"""A WebSocket server and client of npm's ws, each a process that is told by lines of JSON and says what happens."""
import json
import pathlib
import queue
import shutil
import subprocess
import threading

import pytest

from headgate_test import processes

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAMS = ROOT / "tests" / "websocket"
MODULES = ROOT / "build" / "websocket" / "node_modules"
PATIENCE = 20


class Peer:
    def __init__(self, program, *arguments):
        if not shutil.which("node") or not MODULES.exists():
            pytest.skip("node, or what tests/websocket/package-lock.json names, is missing; ./dev test installs both")
        self.process = processes.start(["node", PROGRAMS / program, *map(str, arguments)], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
        self._events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)

    def next(self):
        """What it says next; None if it has ended."""
        return self._events.get(timeout=PATIENCE)

    def wait(self, key):
        """The value of the next event that has this key."""
        while (event := self.next()) is not None:
            if key in event:
                return event[key]
        raise AssertionError(f"it ended without {key!r}")

    def tell(self, **what):
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        self.process.stdin.flush()

    def close(self):
        processes.stop(self.process)


class WebSocketServer(Peer):
    """`version`: http/1.1, h2c, or h2c-without-connect."""

    def __init__(self, version):
        super().__init__("server.js", version)
        self.address = f"127.0.0.1:{self.wait('port')}"


class WebSocketClient(Peer):
    def __init__(self, version, port, path="/"):
        super().__init__("client.js", version, port, path)

    def echo(self, text):
        self.tell(send=text)
        assert self.wait("message") == text
