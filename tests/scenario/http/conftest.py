"""A daemon for all tests of a file, in front of one scripted origin whose part each test writes.

A file may say in YAML what it gives to proxy_yaml(), and in REPLACED what else is to stand in the text.
"""
import pytest

from headgate_test import Headgate, Origin, answering, proxy_yaml
from scenario_parts import stages

# A new backend connection for each request, so that it is played by the handler of the test that sends it.
UNSHARED = "connections: { idle: 0 }"


class Stage(stages.SharedStage):
    def __init__(self, module, folder):
        self.origin = Origin(answering())
        parts = dict(getattr(module, "YAML", {}))
        parts["pool"] = f"{UNSHARED}\n{parts.get('pool', '')}"
        yaml = proxy_yaml(self.origin, **parts)
        for old, new in getattr(module, "REPLACED", {}).items():
            assert yaml.count(old) == 1, old
            yaml = yaml.replace(old, new)
        self.gate = Headgate(folder, yaml)

    def play(self, handler):
        """From now on the backend behaves so; returns the daemon's port."""
        self.origin.handler = handler
        self.origin.requests.clear()
        self.origin.connections.clear()
        return self.gate.port()


@pytest.fixture(scope="module")
def shared_stage(request, tmp_path_factory):
    yield from stages.opened(Stage, request, tmp_path_factory)


@pytest.fixture
def stage(shared_stage):
    """stage.play(handler) sets what the backend does; what the handler raises fails this test."""
    yield from stages.lent(shared_stage)
