"""What systemd is told: the exact messages, in order, of a start, reloads, health, a stop, and a start that fails."""
import re
import signal

import pytest

from headgate_test import proxy_yaml
from headgate_test.ports import free_port
from scenario_parts.backends import Gated
from scenario_parts.fake_systemd import FakeSystemd
from scenario_parts.watching import wait_state, wait_until

SERVING = r"serving 1 listener, 1 pool: {} up; configuration of \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
QUICK_CHECKS = "health: { http: { path: / }, interval: 100ms, timeout: 5s, fall: 1, rise: 1 }"


@pytest.fixture
def systemd(tmp_path):
    manager = FakeSystemd(tmp_path)
    yield manager
    manager.close()


def is_status(message, pattern):
    return re.fullmatch(pattern, message["STATUS"]) is not None


def open_origin(origin):
    app = Gated()
    app.open()
    return origin(app)


def test_start_and_stop(headgate, origin, systemd):
    gate = headgate(proxy_yaml(open_origin(origin)) + "drain_timeout: 7s\n", environment=systemd.environment)
    systemd.wait_key("READY")
    gate.stop()
    systemd.wait_key("STOPPING")
    (starter, ready), (stopper, stopping) = systemd.told
    assert starter == stopper == gate.pid
    assert list(ready) == ["READY", "STATUS"] and is_status(ready, SERVING.format("1 of 1 backend"))
    assert stopping == {"STOPPING": "1", "EXTEND_TIMEOUT_USEC": "12000000",
                        "STATUS": "stopping: waiting at most 7 s for connections that are open"}


def test_reloads(headgate, origin, systemd):
    yaml = proxy_yaml(open_origin(origin))
    gate = headgate(yaml, environment=systemd.environment)
    assert gate.reload(yaml.replace("web:", "web:\n    timeouts: { idle: 50s }")) == "reloaded"
    systemd.wait_key("READY", after=1)
    assert gate.reload("listeners: 1\n") == "refused"
    systemd.wait_key("READY", after=4)
    assert gate.reload(yaml) == "reloaded"
    systemd.wait_key("READY", after=6)
    told = [message for _, message in systemd.told]
    assert [list(message) for message in told] == [["READY", "STATUS"]] + [["RELOADING", "MONOTONIC_USEC"],
                                                                           ["READY", "STATUS"]] * 3
    times = [int(message["MONOTONIC_USEC"]) for message in told if "MONOTONIC_USEC" in message]
    assert times == sorted(times) and times[0] > 0
    serving = SERVING.format("1 of 1 backend")
    assert is_status(told[2], serving) and is_status(told[6], serving)
    assert is_status(told[4], serving + "; a newer one was refused: .*headgate.yaml:1:.*")


def test_health(headgate, origin, systemd):
    app = open_origin(origin)
    dead = free_port()
    gate = headgate(proxy_yaml(app, f"127.0.0.1:{dead}", pool=QUICK_CHECKS), environment=systemd.environment)
    _, _, message = systemd.wait_status("is down")
    assert is_status(message, SERVING.format("1 of 2 backends") + f"; pool app: backend 127.0.0.1:{dead} is down: "
                     "connect to .* refused.*, 1 of 1 failed")
    app.close()
    systemd.wait_status("0 of 2 backends up")
    wait_state(gate, app.address, "down")


def test_a_start_that_fails_says_why(headgate, systemd, tmp_path):
    gate = headgate("listeners: { web: { bnd: 1 } }\n", environment=systemd.environment, wait=False)
    assert gate.process.wait(20) == 2
    gate._stopped = True
    assert systemd.wait_key("STATUS")[2]["STATUS"].startswith("the configuration is refused: ")
    assert "READY" not in systemd.told[0][1]


def test_a_bind_that_is_taken(headgate, origin, systemd):
    app = open_origin(origin)
    yaml = proxy_yaml(app).replace("127.0.0.1:0", app.address, 1)
    gate = headgate(yaml, environment=systemd.environment, wait=False)
    assert gate.process.wait(20) == 1
    gate._stopped = True
    _, _, message = systemd.wait_key("STATUS")
    assert message == {"STATUS": f"the start failed: listener web: listen on {app.address}: Address already in use"}
    gate._reader.join(5)
    assert f"error start: listener web: listen on {app.address}: Address already in use" in gate.log


def test_signals_of_a_storm_are_one_more_reload(headgate, origin, systemd):
    """Every RELOADING is followed by its READY, however the signals come."""
    gate = headgate(proxy_yaml(open_origin(origin)), environment=systemd.environment)
    for _ in range(20):
        gate.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(systemd.told) >= 3 and "READY" in systemd.told[-1][1])
    gate.stop()
    kinds = ["RELOADING" if "RELOADING" in message else "READY" for _, message in systemd.told[:-1]]
    assert kinds == ["READY"] + ["RELOADING", "READY"] * (len(kinds) // 2)


def test_without_systemd_nothing_is_different(headgate, origin):
    gate = headgate(proxy_yaml(open_origin(origin)), environment={"NOTIFY_SOCKET": "/nobody/listens/here"})
    assert gate.reload() == "reloaded"
    gate.stop()


def test_an_upgrade(headgate, origin, systemd):
    """The old process names the new one, then the new one speaks and nobody else."""
    gate = headgate(proxy_yaml(open_origin(origin)), environment={**systemd.environment, "WATCHDOG_USEC": "600000000"})
    first = gate.pid
    systemd.wait_key("WATCHDOG")
    old = gate.upgrade()
    systemd.wait_key("WATCHDOG", after=3)
    assert old.wait(20) == 0
    second = gate.pid
    gate.stop()
    systemd.wait_key("STOPPING")
    told = [(pid, list(message)) for pid, message in systemd.told]
    assert told == [(first, ["READY", "STATUS"]), (first, ["WATCHDOG"]), (first, ["MAINPID"]),
                    (second, ["READY", "STATUS"]), (second, ["WATCHDOG"]),
                    (second, ["STOPPING", "EXTEND_TIMEOUT_USEC", "STATUS"])]
    assert systemd.told[2][1] == {"MAINPID": str(second)}


def test_an_upgrade_that_fails(headgate, origin, systemd):
    gate = headgate(proxy_yaml(open_origin(origin)), environment=systemd.environment)
    gate.write("listeners: 1\n")
    gate.process.send_signal(signal.SIGUSR2)
    number, pid, message = systemd.wait_status("the upgrade failed: ")
    assert (number, pid) == (1, gate.pid)
    assert is_status(message, SERVING.format("1 of 1 backend") + "; the upgrade failed: .*headgate.yaml:1:.*")
