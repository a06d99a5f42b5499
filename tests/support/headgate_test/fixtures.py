"""pytest fixtures: each is a factory; what it made is stopped and checked at the end of the test."""
import contextlib
import itertools

import pytest

from headgate_test.client import Client
from headgate_test.daemon import Headgate
from headgate_test.nginx import Nginx
from headgate_test.origin import Origin
from headgate_test.pressure.dnsperf import DnsPerf
from headgate_test.pressure.wrk import Wrk


@pytest.fixture
def headgate(tmp_path):
    """headgate(yaml) starts the daemon with this configuration and returns it ready."""
    numbers = itertools.count()
    with contextlib.ExitStack() as stack:
        def make(yaml, **options):
            folder = tmp_path / f"headgate-{next(numbers)}"
            folder.mkdir()
            gate = Headgate(folder, yaml, **options)
            stack.callback(gate.close)
            return gate

        yield make


@pytest.fixture
def origin():
    """origin(handler) listens on a port of its own; what its handler raises fails the test."""
    with contextlib.ExitStack() as stack:
        def make(handler, **options):
            made = Origin(handler, **options)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def nginx(tmp_path):
    """nginx(locations) starts a real nginx on a free port."""
    numbers = itertools.count()
    with contextlib.ExitStack() as stack:
        def make(locations="", **options):
            made = Nginx(tmp_path / f"nginx-{next(numbers)}", locations, **options)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def client():
    """client(address) connects; address as in Client.connect."""
    with contextlib.ExitStack() as stack:
        def make(address, **options):
            made = Client.connect(address, **options)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def wrk():
    """wrk(url, seconds) starts wrk in the background."""
    with contextlib.ExitStack() as stack:
        def make(url, seconds, **options):
            made = Wrk(url, seconds, **options)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def dnsperf(tmp_path):
    """dnsperf(address, port, questions, seconds, rate) asks those in the background."""
    with contextlib.ExitStack() as stack:
        def make(address, port, questions, seconds, rate):
            file = tmp_path / "questions"
            file.write_text("".join(f"{question}\n" for question in questions), encoding="ascii")
            made = DnsPerf(address, port, file, seconds, rate)
            stack.callback(made.close)
            return made

        yield make
