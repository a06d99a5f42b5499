"""`headgate ctl` against a daemon with an admin socket, and what it says."""
import json
import os
import shutil
import subprocess
import tempfile

from headgate_test import daemon, processes, proxy_yaml


def ctl(*arguments, socket=None, environment=None, before=(), timeout=60, program=None):
    """Runs headgate ctl to its end, into pipes. `before` is a command that runs it with something changed, `program` a
    copy of it."""
    variables = {**os.environ, **daemon.SANITIZER_OPTIONS, **(environment or {})}
    variables.pop("HEADGATE_SOCKET", None)
    if socket:
        variables["HEADGATE_SOCKET"] = str(socket)
    return subprocess.run([*before, program or daemon.binary(), "ctl", *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, check=False, env=variables, stdin=subprocess.DEVNULL)


class Gate:
    """A daemon and its socket."""

    def __init__(self, headgate, yaml, **options):
        # The path of a socket has 107 bytes at most; those of tests may be longer.
        self.folder = tempfile.mkdtemp(prefix="headgate-ctl-")
        self.socket = os.path.join(self.folder, "admin.sock")
        self._headgate = headgate
        self._options = options
        self.yaml = self.with_socket(yaml)
        self.daemon = headgate(self.yaml, **options)

    def with_socket(self, yaml):
        return yaml.replace("admin: { bind: 127.0.0.1:0 }", f"admin: {{ bind: 127.0.0.1:0, socket: {self.socket} }}")

    def ctl(self, *arguments, **options):
        return ctl(*arguments, socket=self.socket, **options)

    def says(self, *arguments, status=0):
        """What it prints; it must end with that status."""
        done = self.ctl(*arguments)
        assert done.returncode == status, (arguments, done.stdout, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def json(self, *arguments):
        return json.loads(self.says(*arguments, "--json"))

    def backend(self, name, pool="app"):
        found = [row for row in self.json("backends", pool)["backends"] if row["id"] == name]
        assert len(found) == 1, f"{name} is there {len(found)} times"
        return found[0]

    def start(self, *arguments):
        """Begins headgate ctl and returns the process, with its output in pipes."""
        return processes.start([daemon.binary(), "ctl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env={**os.environ, **daemon.SANITIZER_OPTIONS, "HEADGATE_SOCKET": self.socket})

    def restart(self):
        """Another daemon with the same file and socket."""
        self.daemon = self._headgate(self.yaml, **self._options)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def named_pool(*origins, pool="", more=""):
    """Backends app-1, app-2, ... of one pool."""
    rows = ", ".join(f'{{ id: app-{number}, address: "{getattr(each, "address", each)}" }}'
                     for number, each in enumerate(origins, 1))
    return proxy_yaml("x:1", pool=pool, more=more).replace('["x:1"]', f"[{rows}]")
