"""A daemon with a tcp listener for all tests of a file, in front of one scripted backend whose part each test writes."""
import pathlib

import pytest

from headgate_test import Headgate, Origin
from headgate_test.metrics import total
from scenario_parts import stages
from scenario_parts.tcp import echo, logged, tcp_yaml
from scenario_parts.watching import wait_until


class Stage(stages.SharedStage):
    def __init__(self, module, folder):
        self.origin = Origin(echo)
        self.gate = Headgate(folder, tcp_yaml(self.origin, **getattr(module, "YAML", {})))

    def play(self, handler):
        """From now on the backend behaves so; returns the daemon's port."""
        self.origin.handler = handler
        self.origin.connections.clear()
        return self.gate.port()

    def settle(self):
        """Waits until every connection that there was is over and in the access log."""
        file = pathlib.Path(self.gate.file).with_name("headgate.stdout")
        wait_until(lambda: len(file.read_text().splitlines()) == total(
            self.gate.metrics(), "headgate_listener_connections_total"))

    def last_line(self):
        """What the next connection's end adds to the access log."""
        file = pathlib.Path(self.gate.file).with_name("headgate.stdout")
        before = len(file.read_text().splitlines())
        return lambda: logged(self.gate, before + 1)[-1]


@pytest.fixture(scope="module")
def shared_stage(request, tmp_path_factory):
    yield from stages.opened(Stage, request, tmp_path_factory)


@pytest.fixture
def stage(shared_stage):
    shared_stage.settle()
    yield from stages.lent(shared_stage)
