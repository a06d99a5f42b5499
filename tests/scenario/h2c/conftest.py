"""One daemon for all tests of a file, in front of a scripted backend that speaks HTTP/2 without TLS."""
import pytest

from headgate_test import Headgate, proxy_yaml
from scenario_parts.http2_origin import http2_origin

# A new connection for each test, so that it is played by the test's own handler; what comes at once shares it.
POOL = "protocol: h2c\nconnections: { idle: 0 }\n"


class Stage:
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

    def close(self):
        try:
            self.gate.close()
        finally:
            self.origin.close()


@pytest.fixture(scope="module")
def shared_stage(request, tmp_path_factory):
    made = Stage(request.module, tmp_path_factory.mktemp("stage"))
    yield made
    made.close()


@pytest.fixture
def stage(shared_stage):
    """stage.play(handler) sets what the backend does; what the handler raises fails this test."""
    yield shared_stage
    failures, shared_stage.origin.failures = shared_stage.origin.failures, []
    assert shared_stage.gate.process.poll() is None, f"headgate died:\n{shared_stage.gate.log}"
    for failure in failures:
        raise failure
