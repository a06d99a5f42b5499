"""What the tests of headgate ctl start from."""
import contextlib

import pytest

from headgate_test import answering
from scenario_parts.ctl import Gate, named_pool
from scenario_parts.terminal import Terminal


@pytest.fixture
def gate(headgate):
    """gate(yaml) is a running daemon with an admin socket."""
    with contextlib.ExitStack() as stack:
        def make(yaml, **options):
            made = Gate(headgate, yaml, **options)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def two(gate, origin):
    """A daemon with the backends app-1 and app-2."""
    return gate(named_pool(origin(answering(body=b"one\n")), origin(answering(body=b"two\n"))))


@pytest.fixture
def terminal():
    """terminal(command) runs a command in a terminal of its own."""
    with contextlib.ExitStack() as stack:
        def make(command, **options):
            made = Terminal(command, **options)
            stack.callback(made.close)
            return made

        yield make
