"""One daemon for the tests of a file, in front of a scripted origin whose part each test writes."""
import time

import pytest

from headgate_test import Headgate, Origin, answering
from headgate_test.metrics import total
from http2_peer.frames import FrameClient
from scenario_parts import stages

YAML = """
workers: 1
drain_timeout: 20s
listeners:
  web:
    bind: 127.0.0.1:0
    timeouts: {{ header: 2s, body: 4s, idle: 30s }}
    limits: {{ header: 8KiB, headers: 50, body: 64MiB }}
    http2: {{ streams: 32, stream_window: 64KiB, connection_window: 128KiB }}
    {listener}
pools:
  app: {{ backends: ["127.0.0.1:{port}"], connections: {{ idle: 0 }} }}
  narrow: {{ backends: [{{ address: "127.0.0.1:{port}", max_requests: 1 }}], connections: {{ idle: 0 }} }}
routes:
  - match: {{ path: /large/pressing }}
    respond: {{ status: 200, body: "{large}" }}
    headers: {{ response: {{ set: {{ Priority: "u=0" }} }} }}
  - match: {{ path: /fixed }}
    respond: {{ status: 200, body: "fixed" }}
  - match: {{ path: /large/ }}
    respond: {{ status: 200, body: "{large}" }}
  - match: {{ path: /narrow }}
    pool: narrow
  - pool: app
access_log: {{ file: stdout, format: "{{method}} {{uri}} {{protocol}} {{status}} {{ending}}" }}
admin: {{ bind: 127.0.0.1:0 }}
"""


class Stage(stages.SharedStage):
    def __init__(self, module, folder):
        self.folder = folder
        self.origin = Origin(answering())
        self.yaml = YAML.format(port=self.origin.port, large="x" * 60000, listener=getattr(module, "LISTENER", ""))
        self.gate = Headgate(folder, self.yaml)

    def play(self, handler):
        self.origin.handler = handler
        self.origin.requests.clear()
        return self.gate.port()

    def wait_log_line(self, text):
        """Until the access log holds it; lines are written a moment after their request."""
        deadline = time.monotonic() + 20
        while text not in (log := (self.folder / "headgate.stdout").read_text()):
            assert time.monotonic() < deadline, log[-2000:]
            time.sleep(0.01)

    def log_lines(self, text):
        """How many of the access log hold it so far."""
        return (self.folder / "headgate.stdout").read_text().count(text)

    def wait_metric(self, condition):
        deadline = time.monotonic() + 30
        while not condition(self.gate):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def wait_stuck(self):
        """Until what was sent to clients does not grow any more."""
        def sent(gate):
            return total(gate.metrics(), "headgate_listener_sent_bytes_total", listener="web")

        before = -1
        while (now := sent(self.gate)) != before:
            before = now
            time.sleep(0.2)


@pytest.fixture(scope="module")
def shared_stage(request, tmp_path_factory):
    yield from stages.opened(Stage, request, tmp_path_factory)


@pytest.fixture
def stage(shared_stage):
    yield from stages.lent(shared_stage)


@pytest.fixture
def peer(stage):
    """peer(...) opens a connection to the daemon; all are closed at the end."""
    opened = []

    def open_one(**named):
        opened.append(FrameClient(stage.gate.port(), **named))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()
