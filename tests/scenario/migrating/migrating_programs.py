"""nginx, HAProxy and headgate, each with a snippet of docs/migrating.md completed to a whole configuration.

What a snippet lacks is what the page says it lacks, and headgate gets one worker, as nginx has; its addresses are moved to this machine: port 80 to a free port,
backends to those of the test, the proxy in front (192.0.2.7, and its network) to 127.0.0.2, paths below /srv and /var to
a folder.
"""
import os
import pathlib
import re
import signal
import subprocess
import time

from headgate_test import daemon, processes
from headgate_test.ports import free_port, listening_on
from scenario_parts import pages

PROXY_IN_FRONT = "127.0.0.2"
CLIENT = "127.0.0.1"
START_TIMEOUT = 30

NGINX = """daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ }}
http {{
  {log}
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
{snippet}
}}
"""
HAPROXY_DEFAULTS = """defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
"""


class Program:
    """One of the three, listening on 127.0.0.1:`port`; `text` is its configuration, `log` where its access log is."""

    def __init__(self, name, snippet, folder, backends):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.port = free_port()
        self.file = self.folder / f"{name}.conf"
        self._whole = {"nginx": self._nginx, "haproxy": self._haproxy, "yaml": self._headgate}[name]
        self.text = self._whole(self._moved(snippet, backends))
        self.file.write_text(self.text)
        self.process = None
        self._backends = backends

    def _moved(self, snippet, backends):
        for address, port in backends.items():
            snippet = snippet.replace(f"{address}:8080", f"127.0.0.1:{port}")
        snippet = snippet.replace("192.0.2.0/24", f"{PROXY_IN_FRONT}/32")
        snippet = pages.INSTALLED.sub(lambda found: self._made(str(self.folder) + found[0]), snippet)
        snippet = re.sub(r"\blisten 80\b", f"listen 127.0.0.1:{self.port}", snippet)
        snippet = re.sub(r"\bbind :80\b", f"bind 127.0.0.1:{self.port}", snippet)
        return snippet.replace("0.0.0.0:80", f"127.0.0.1:{self.port}")

    @staticmethod
    def _made(path):
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        return path

    def _nginx(self, snippet):
        user = "user root;" if os.geteuid() == 0 else ""
        log = "" if "access_log" in snippet else "access_log off;"
        return NGINX.format(folder=self.folder, user=user, log=log, snippet=snippet)

    @staticmethod
    def _haproxy(snippet):
        return snippet if "defaults" in snippet.split() else HAPROXY_DEFAULTS + snippet

    def _headgate(self, snippet):
        workers = "" if "workers:" in snippet else "workers: 1\n"
        return workers + pages.completed(snippet, self.folder)

    def command(self, check):
        return {"nginx": ["nginx", *(["-t"] if check else []), "-p", self.folder, "-c", self.file,
                          "-e", self.folder / "error.log"],
                "haproxy": ["haproxy", *(["-c"] if check else ["-W", "-db"]), "-f", self.file],
                "yaml": [daemon.binary(), "check" if check else "run", self.file]}[self.name]

    def check(self):
        """What the program says of its configuration: (status, output)."""
        done = subprocess.run(self.command(check=True), capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, **daemon.SANITIZER_OPTIONS})
        return done.returncode, done.stdout + done.stderr

    def start(self):
        with open(self.folder / "output", "wb") as output:
            self.process = processes.start(self.command(check=False), stdout=output, stderr=subprocess.STDOUT,
                                           env={**os.environ, **daemon.SANITIZER_OPTIONS})
        deadline = time.monotonic() + START_TIMEOUT
        while self.process.poll() is None and time.monotonic() < deadline:
            if listening_on(self.port):
                return self
            time.sleep(0.02)
        raise AssertionError(f"{self.name} does not listen:\n{self.output()}{self.text}")

    def output(self):
        """All that it has said so far."""
        return "".join(path.read_text() for name in ("output", "error.log") if (path := self.folder / name).exists())

    def reload(self, snippet):
        """Runs another snippet from now on."""
        self.text = self._whole(self._moved(snippet, self._backends))
        self.file.write_text(self.text)
        self.ask_to_reload()

    def ask_to_reload(self):
        """As its service does it: HUP, HAProxy's master by USR2."""
        self.process.send_signal(signal.SIGUSR2 if self.name == "haproxy" else signal.SIGHUP)

    def stop(self):
        if self.process is not None:
            processes.stop(self.process)
