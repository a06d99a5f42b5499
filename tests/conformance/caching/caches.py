"""The caches side by side: how each is configured, and started in front of an origin.

The configurations are in configurations/, with the reasons for what they say. @NAME@ stands for what is filled in here.
"""
import os
import pathlib
import shutil
import subprocess

from headgate_test import processes
from headgate_test.daemon import SANITIZER_OPTIONS, binary
from headgate_test.ports import free_port

from caching import suite

HERE = pathlib.Path(__file__).resolve().parent
USERS = {"nginx.conf.in": "user root;", "apache.conf.in": "User www-data\nGroup www-data", "squid.conf.in": "cache_effective_user proxy"}


def _is_root():
    return pathlib.Path("/proc/self").stat().st_uid == 0


def fill(template, folder, port, origin, target=None):
    text = (HERE / "configurations" / template).read_text()
    host, origin_port = origin.split(":")
    values = {"FOLDER": folder, "PORT": port, "ORIGIN": origin, "ORIGIN_HOST": host, "ORIGIN_PORT": origin_port,
              "USER": USERS.get(template, "") if _is_root() else ""}
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    path = folder / (target or template.removesuffix(".in"))
    path.write_text(text)
    return path


def headgate(folder, port, origin):
    return [binary(), "run", fill("headgate.yaml.in", folder, port, origin)]


def nginx(folder, port, origin):
    return ["nginx", "-p", folder, "-c", fill("nginx.conf.in", folder, port, origin), "-e", folder / "error.log"]


def varnish(folder, port, origin):
    # What has no freshness of its own is not kept; what has become stale is kept for an hour, to be asked about.
    parameters = [word for value in ("default_ttl=0", "default_grace=0", "default_keep=3600") for word in ("-p", value)]
    return ["varnishd", "-F", "-n", folder / "work", "-a", f"127.0.0.1:{port}", *parameters, "-s", "malloc,64M", "-f",
            fill("varnish.vcl.in", folder, port, origin)]


def haproxy(folder, port, origin):
    return ["haproxy", "-db", "-q", "-f", fill("haproxy.cfg.in", folder, port, origin)]


def apache(folder, port, origin):
    (folder / "cache").mkdir()
    (folder / "cache").chmod(0o777)  # its workers are not who started it
    return ["apache2", "-X", "-d", folder, "-f", fill("apache.conf.in", folder, port, origin)]


def squid(folder, port, origin):
    return ["squid", "-N", "-f", fill("squid.conf.in", folder, port, origin)]


KINDS = {"headgate": headgate, "nginx": nginx, "varnish": varnish, "haproxy": haproxy, "apache": apache, "squid": squid}
PROGRAMS = {"varnish": "varnishd", "apache": "apache2"}
PACKAGES = {"nginx": "nginx", "apache": "apache2"}
TITLES = {"nginx": "nginx", "varnish": "Varnish", "haproxy": "HAProxy", "apache": "Apache httpd", "squid": "Squid"}


def program(name):
    return str(binary()) if name == "headgate" else shutil.which(PROGRAMS.get(name, name), path="/usr/sbin:/usr/bin:/sbin:/bin")


def title(name):
    """The name with the version that is installed here, as far as a reader needs it."""
    if name == "headgate":
        return name
    version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", PACKAGES.get(name, name)], capture_output=True,
                             text=True, check=True).stdout
    return f"{TITLES[name]} {version.split('-')[0].partition(':')[2] or version.split('-')[0]}"


NO_CACHE = "this headgate has no cache"


def why_not(name, folder):
    """Why this cache cannot be tried here; empty if it can."""
    if not (path := program(name)) or not pathlib.Path(path).exists():
        return f"{name} is not installed"
    if name != "headgate":
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    file = fill("headgate.yaml.in", folder, 8080, "127.0.0.1:8081")
    done = subprocess.run([path, "check", file], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    # Any other problem is one of this file, and is told when headgate does not start with it.
    return NO_CACHE if "caches: unknown key" in said else ""


class Cache:
    """A running cache in front of the origin; `url` is where it is asked."""

    def __init__(self, name, folder, origin):
        folder.mkdir(parents=True)
        if _is_root():
            folder.chmod(0o777)  # some of them become a user of their own
        self.port = free_port()
        self.log = folder / "output.log"
        command = [program(name), *KINDS[name](folder, self.port, origin)[1:]]
        with open(self.log, "wb") as log:
            self.process = processes.start(command, stdout=log, stderr=log, env={**os.environ, **SANITIZER_OPTIONS})
        suite.wait_for(self.port, self.process, self.log)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        processes.stop(self.process, 20)
