"""The watchdog is fed while all loops turn, and by nobody once one stands still."""
import time

import pytest

from headgate_test import proxy_yaml
from scenario_parts.backends import Gated
from scenario_parts.fake_systemd import FakeSystemd
from scenario_parts.standing_still import standing_still, threads

INTERVAL = 2.0  # s: long enough for a loaded machine to turn its loops in half of it


@pytest.fixture
def systemd(tmp_path):
    manager = FakeSystemd(tmp_path)
    yield manager
    manager.close()


def start(headgate, origin, systemd):
    app = Gated()
    app.open()
    yaml = proxy_yaml(origin(app)).replace("workers: 1", "workers: 2")
    before = {"WATCHDOG_USEC": str(int(INTERVAL * 1e6)), **systemd.environment}
    gate = headgate(yaml, environment=before)
    systemd.wait_key("WATCHDOG")
    return gate


def fed(systemd):
    return [message for _, message in systemd.told].count({"WATCHDOG": "1"})


def test_it_is_fed_in_time(headgate, origin, systemd):
    start(headgate, origin, systemd)
    number = len(systemd.told)
    started = time.monotonic()
    for _ in range(4):
        number, _, _ = systemd.wait_key("WATCHDOG", after=number)
        number += 1
    assert time.monotonic() - started < 4 * INTERVAL


def worker_threads(gate):
    """Threads that are not the control thread and wait for events: workers. They are started in their order."""
    found = [thread for thread in threads(gate.pid)
             if thread != gate.pid and name_of(gate.pid, thread).startswith("worker")]
    assert len(found) == 2
    return found


def name_of(pid, thread):
    with open(f"/proc/{pid}/task/{thread}/comm") as file:
        return file.read().strip()


def test_a_stuck_worker_trips_it(headgate, origin, systemd):
    gate = start(headgate, origin, systemd)
    with standing_still(worker_threads(gate)[1]):
        gate.wait_log("worker 1 stands still", 4 * INTERVAL)
        before = fed(systemd)
        time.sleep(1.5 * INTERVAL)
        assert fed(systemd) == before, "systemd would have acted by now"
    gate.wait_log("worker 1 turns again", 4 * INTERVAL)
    systemd.wait_key("WATCHDOG", after=len(systemd.told))


def test_a_stuck_control_thread_trips_it(headgate, origin, systemd):
    gate = start(headgate, origin, systemd)
    with standing_still(gate.pid):
        before = fed(systemd)
        time.sleep(1.2 * INTERVAL)
        assert fed(systemd) <= before + 1  # one may have been on its way
    systemd.wait_key("WATCHDOG", after=len(systemd.told))
