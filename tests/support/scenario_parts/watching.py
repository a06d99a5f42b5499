"""Waiting for what the daemon does by itself, and finding one's way in /status."""
import time

TURN = 0.02


def wait_until(condition, timeout=10, what=""):
    """Asks until condition() is true; returns what it returned."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {timeout} s: {what or condition}"
        time.sleep(TURN)


def named(rows, name):
    """The row of that name in a list of /status."""
    found = [row for row in rows if row["name"] == name]
    assert len(found) == 1, f"{name} is there {len(found)} times"
    return found[0]


def pool_of(gate, pool="app"):
    return named(gate.status()["pools"], pool)


def backends_of(gate, pool="app"):
    """The rows of a pool's backends by id."""
    return {row["id"]: row for row in pool_of(gate, pool)["backends"]}


def states_of(gate, pool="app"):
    return {name: row["state"] for name, row in backends_of(gate, pool).items()}


def wait_state(gate, backend, state, timeout=10, pool="app"):
    """Waits for a backend's state; returns its row."""
    wait_until(lambda: states_of(gate, pool).get(backend) == state, timeout, f"{backend} is {state}")
    return backends_of(gate, pool)[backend]
