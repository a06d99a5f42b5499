"""One daemon for all tests of a file, in front of a scripted backend that speaks HTTP/2 without TLS."""
import pytest

from headgate_test import Headgate, proxy_yaml
from scenario_parts import stages
from scenario_parts.http2_origin import http2_origin

# A new connection for each test, so that it is played by the test's own handler; what comes at once shares it.
POOL = "protocol: h2c\nconnections: { idle: 0 }\n"


class Stage(stages.SharedStage):
    def __init__(self, module, folder):
        self.handler = None
        self.settings = {}
        self.origin = http2_origin(lambda peer: self.handler(peer), settings=self.settings)
        parts = dict(getattr(module, "YAML", {}))
        parts["pool"] = POOL + parts.get("pool", "")
        self.gate = Headgate(folder, proxy_yaml(self.origin, **parts))

    def play(self, handler, settings=None):
        """From now on a connection is played so; returns the daemon's port."""
        self.handler = handler
        self.settings.clear()
        self.settings.update(settings or {})
        self.origin.connections.clear()
        return self.gate.port()


@pytest.fixture(scope="module")
def shared_stage(request, tmp_path_factory):
    yield from stages.opened(Stage, request, tmp_path_factory)


@pytest.fixture
def stage(shared_stage):
    """stage.play(handler) sets what the backend does; what the handler raises fails this test."""
    yield from stages.lent(shared_stage)
