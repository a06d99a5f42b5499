"""A daemon with a cache for all tests of a file, in front of one origin that each test tells what to answer.

A file may say in YAML what it gives to proxy_yaml(): "cache" are further keys of the route's `cache`, "store" of the
store, "routes" are further routes, as they stand in the file. Each test has paths of its own, so that what others stored is not in its way.
"""
import itertools
import threading

import pytest

from headgate_test import Headgate, Origin, proxy_yaml
from headgate_test.client import Client
from headgate_test.stream import ConnectionReset, StreamEnded
from scenario_parts import stages

NUMBERS = itertools.count(1)


def answer(body=b"ok", *fields, status=200, reason="OK"):
    """The bytes of an answer with its length."""
    lines = [f"HTTP/1.1 {status} {reason}", *fields]
    if status not in (204, 304):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Stage(stages.SharedStage):
    def __init__(self, module, folder):
        self.origin = Origin(self._serve)
        self.answers = {}
        self.otherwise = None  # what is answered at paths that no test has named
        self.seen = {}
        self.lock = threading.Lock()
        parts = dict(getattr(module, "YAML", {}))
        cache, store, routes = parts.pop("cache", ""), parts.pop("store", "memory: 8MiB"), parts.pop("routes", "")
        parts["pool"] = f"retry: {{ attempts: 0 }}\nconnections: {{ idle: 0 }}\n{parts.get('pool', '')}"
        parts["route"] = f"cache: {{ store: edge{', ' if cache else ''}{cache} }}\n{parts.get('route', '')}"
        parts["more"] = f"caches: {{ edge: {{ {store} }} }}\n{parts.get('more', '')}"
        self.socket = folder / "admin.sock"
        self.yaml = proxy_yaml(self.origin, **parts).replace("admin: {", f"{routes}admin: {{ socket: {self.socket},", 1)
        if workers := getattr(module, "WORKERS", 1):
            self.yaml = self.yaml.replace("workers: 1", f"workers: {workers}", 1)
        self.gate = Headgate(folder, self.yaml)

    def _serve(self, connection):
        while True:
            try:
                request = connection.read_request(timeout=120)
            except (StreamEnded, ConnectionReset):
                return
            path = request.target.partition("?")[0]
            assert path in self.answers or self.otherwise is not None, path
            with self.lock:
                self.seen.setdefault(path, []).append(request)
            made = self.answers.get(path, self.otherwise)
            made = made(request, connection) if callable(made) else made
            if made is None:
                return
            connection.send(made.split(b"\r\n\r\n")[0] + b"\r\n\r\n" if request.method == "HEAD" else made)

    def path(self, made, name="page"):
        """A path of its own, at which the origin answers `made`: bytes, or what made(request, connection) gives, None
        being to hang up."""
        path = f"/{name}{next(NUMBERS)}"
        self.answers[path] = made
        return path

    def asked(self, path):
        """The requests for it that came to the origin."""
        with self.lock:
            return list(self.seen.get(path, []))

    def client(self):
        return Client.connect(self.gate.port())

    def ask(self, path, *fields, method="GET"):
        """On a connection of its own."""
        client = self.client()
        try:
            client.send("\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", *fields, "", ""]).encode("latin-1"))
            return client.read_response(to=method)
        finally:
            client.close()

    def says(self, path, *fields, method="GET"):
        """(status, body, Cache-Status without its name)"""
        response = self.ask(path, *fields, method=method)
        return response.status, response.body, response.get("Cache-Status", "").removeprefix("headgate; ").removeprefix("headgate;")


@pytest.fixture(scope="module")
def shared_stage(request, tmp_path_factory):
    yield from stages.opened(Stage, request, tmp_path_factory)


@pytest.fixture
def stage(shared_stage):
    yield from stages.lent(shared_stage)
