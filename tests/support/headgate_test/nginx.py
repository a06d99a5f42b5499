"""A real nginx as a backend, in the foreground, with a configuration made for the test."""
import pathlib
import socket
import subprocess
import time

from headgate_test import processes
from headgate_test.ports import free_port

START_TIMEOUT = 10

CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 20000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type application/octet-stream;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  server {{
    {listens}
    root {folder}/www;
{locations}
  }}
}}
"""


class Nginx:
    """Serves `folder`/www; `locations` is the text of further location blocks, `listen` further words of `listen`."""

    def __init__(self, folder, locations="", host="127.0.0.1", hosts=(), before=(), listen="", port=None):
        self.folder = pathlib.Path(folder)
        self.root = self.folder / "www"
        self.root.mkdir(parents=True, exist_ok=True)
        self.host, self.port = host, port or free_port(host)
        listens = "\n    ".join(f"listen {name}:{self.port} backlog=4096 {listen};" for name in (host, *hosts))
        # Started as root it would serve as www-data, which may not read the test's folder.
        user = "user root;" if _is_root() else ""
        (self.folder / "nginx.conf").write_text(CONFIGURATION.format(folder=self.folder, user=user, listens=listens,
                                                                     locations=locations))
        self._errors = open(self.folder / "stderr.log", "wb")
        self.process = processes.start(
            [*before, "nginx", "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"],
            stdout=subprocess.DEVNULL, stderr=self._errors)
        self._wait()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def write(self, name, data):
        """A file to serve as /name."""
        (self.root / name).write_bytes(data)

    def _wait(self):
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection((self.host, self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.close()
        raise AssertionError(f"nginx did not start:\n{(self.folder / 'stderr.log').read_text()}")

    def close(self):
        processes.stop(self.process)
        self._errors.close()


def _is_root():
    return pathlib.Path("/proc/self").stat().st_uid == 0
