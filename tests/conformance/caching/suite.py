"""The public suite http-cache-tests, as ./dev installs it into build/conformance/caching: its origin, its client, its results.

    with suite.Origin(folder) as origin, caches.Cache("nginx", folder, origin.address) as cache:
        results = suite.run(cache.url)

What the suite needs npm for is its own scripts, which are not used: package.json puts a small package in its place.
"""
import dataclasses
import functools
import json
import os
import pathlib
import socket
import subprocess
import time

from headgate_test import processes
from headgate_test.ports import free_port

ROOT = pathlib.Path(__file__).resolve().parents[3]
INSTALLED = ROOT / "build" / "conformance" / "caching" / "node_modules" / "http-cache-tests"
CATALOGUE = pathlib.Path(__file__).with_name("catalogue.mjs")
START_SECONDS_MAX = 20
RUN_SECONDS_MAX = 150  # it takes 19 s, nearly all of it waiting for answers to become stale


@dataclasses.dataclass(frozen=True)
class Test:
    __test__ = False  # pytest's own name for what it collects
    id: str
    group: str
    kind: str          # required, optimal, or check: a question without a wrong answer
    depends_on: tuple  # tests without which this one says nothing


def is_installed():
    return INSTALLED.is_dir()


def _node(command, **environment):
    """The suite reads its arguments as npm hands them on, from the environment."""
    given = {f"npm_config_{name}": str(value) for name, value in environment.items()}
    return {"args": ["node", "--no-warnings", *map(str, command)], "cwd": INSTALLED,
            "env": {**os.environ, "npm_package_config_id": "", **given}}


@functools.cache
def _catalogue():
    return json.loads(subprocess.run(["node", CATALOGUE, INSTALLED], check=True, capture_output=True, text=True).stdout)


def catalogue():
    """Every test of a shared cache, by id, in the order of the suite."""
    return {one["id"]: Test(one["id"], one["group"], one["kind"], tuple(one["depends_on"])) for one in _catalogue()["tests"]}


def published():
    """The results that come with the suite, of what is no browser: (name and version, results)."""
    return [(f"{one['name']} {one['version']}", json.loads((INSTALLED / "results" / one["file"]).read_text()))
            for one in _catalogue()["published"] if one["type"] != "browser"]


class Origin:
    """The suite's origin server, on a free port."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.log = folder / "origin.log"
        command = _node(["server/server.mjs"], protocol="http", port=self.port, pidfile=folder / "origin.pid")
        with open(self.log, "wb") as log:
            self.process = processes.start(command.pop("args"), stdout=log, stderr=log, **command)
        wait_for(self.port, self.process, self.log)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        processes.stop(self.process)


def wait_for(port, process, log, seconds=START_SECONDS_MAX):
    """Until something listens on the port."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
    processes.stop(process)
    raise RuntimeError(f"{process.args} does not listen:\n{log.read_text(errors='replace')[-3000:]}")


def run(url):
    """The results of every test against the cache at the URL: true, or [kind of failure, message]."""
    done = subprocess.run(**_node(["cli.mjs"], base=url, id=""), capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"no results of {url}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}") from None


def explain(url, test_id):
    """One test with the heads that its client saw, as text."""
    done = subprocess.run(**_node(["cli.mjs"], base=url, id=test_id), capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)
    return done.stdout + done.stderr
