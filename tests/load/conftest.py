import pathlib
import resource

import pytest

from crowd import Crowd
from headgate_test import processes
from headgate_test.fixtures import client, dnsperf, headgate, nginx, origin, wrk  # noqa: F401

HERE = pathlib.Path(__file__).resolve().parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.load)


@pytest.fixture(autouse=True)
def many_descriptors():
    """The daemon and the crowds of clients inherit what we may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def crowd():
    """crowd("idle", port, count) starts tests/load/crowd.py: thousands of clients in a process of their own."""
    started = []

    def make(*arguments):
        started.append(Crowd(*arguments))
        return started[-1]

    yield make
    for one in started:
        processes.stop(one.process)
