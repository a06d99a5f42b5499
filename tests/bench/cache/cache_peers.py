"""The caches side by side, one worker each; beside them what a hit is measured against.

As in peers.py, but with a Cache in the Setup and an origin that says for how long its answers hold. h2o 2.2.5 has no cache;
HAProxy's is in memory alone; Varnish has no TLS.
"""
import dataclasses
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

import peers
from headgate_test import processes
from headgate_test.ports import free_port

NAMES = ("headgate", "headgate+respond", "nginx", "haproxy", "varnish", "canned")
PROGRAMS = {"varnish": "/usr/sbin/varnishd", "nginx": "nginx", "haproxy": "haproxy"}


# By port: file systems' folders that go with their proxy, or with us.
stores_in_memory = {}


@dataclasses.dataclass(frozen=True)
class Cache:
    memory_mib: int = 256
    disk_mib: int = 0      # a second tier; nginx has this one alone
    answer_bytes: int = 0  # of what knows but one answer


def nginx(folder, port, setup, traced):
    """Its cache is of files: on a file system in memory, which is nginx' way to a cache in memory, or on a disk."""
    cache = setup.cache
    if cache.disk_mib:
        store = folder / "cache"
    else:
        stores_in_memory[port] = tempfile.TemporaryDirectory(prefix="headgate-bench-", dir="/dev/shm")
        store = stores_in_memory[port].name
    cert, key, _ = peers.certificate() if setup.tls else (None, None, None)
    tls = [f"ssl_certificate {cert};", f"ssl_certificate_key {key};", "ssl_protocols TLSv1.2 TLSv1.3;"] if setup.tls else []
    file = peers.fill("nginx-cache.conf.in", folder, PORT=port, SSL=" ssl http2" if setup.tls else "", MORE=peers.lines(4, tls),
                      MASTER="off" if traced else "on", STORE=store, SIZE_MIB=cache.disk_mib or cache.memory_mib,
                      BACKEND=setup.backends[0])
    return ["nginx", "-p", folder, "-c", file, "-e", folder / "error.log"]


def haproxy(folder, port, setup, traced):
    if setup.cache.disk_mib:
        return None
    ssl = f" ssl crt {peers.certificate()[2]} alpn h2,http/1.1" if setup.tls else ""
    file = peers.fill("haproxy-cache.cfg.in", folder, PORT=port, SSL=ssl, SIZE_MIB=setup.cache.memory_mib, BACKEND=setup.backends[0])
    return ["haproxy", "-db", "-q", "-f", file]


def varnish(folder, port, setup, traced):
    if setup.tls or traced:
        return None
    host, backend = setup.backends[0].split(":")
    cache = setup.cache
    store = f"file,{folder}/cache,{cache.disk_mib}M" if cache.disk_mib else f"malloc,{cache.memory_mib}M"
    # No jail, whose users could not read this folder. One pool of threads, since there is one CPU; the log that it keeps in
    # memory is part of how it works.
    return ["varnishd", "-j", "none", "-F", "-n", folder / "work", "-a", f"127.0.0.1:{port}", "-s", store, "-p", "thread_pools=1",
            "-p", "thread_pool_max=2000", "-f", peers.fill("varnish-cache.vcl.in", folder, HOST=host, BACKEND=backend)]


def headgate(folder, port, setup, traced):
    cache = setup.cache
    store = f"memory: {cache.memory_mib}MiB, max_object: 16MiB"
    if cache.disk_mib:
        (folder / "cache").mkdir(exist_ok=True)
        store += f", disk: {{ path: {folder}/cache, size: {cache.disk_mib}MiB }}"
    return _headgate(folder, port, setup, f"caches: {{ edge: {{ {store} }} }}", "pool: app, cache: { store: edge }")


def headgate_respond(folder, port, setup, traced):
    """The cheapest answer that headgate gives: it is in the configuration."""
    if not setup.cache.answer_bytes:
        return None
    return _headgate(folder, port, setup, "", f"respond: {{ status: 200, body: \"{'x' * setup.cache.answer_bytes}\" }}")


def _headgate(folder, port, setup, caches, route):
    cert, key, _ = peers.certificate() if setup.tls else (None, None, None)
    listener = f", tls: {{ certificates: [{{ cert: {cert}, key: {key} }}] }}" if setup.tls else ""
    file = peers.fill("headgate-cache.yaml.in", folder, PORT=port, ADMIN=free_port(), LISTENER=listener, CACHES=caches, ROUTE=route,
                      BACKEND=setup.backends[0])
    return [peers.ROOT / "build" / "release" / "headgate", "run", file]


def canned(folder, port, setup, traced):
    """Answers whatever comes with the same bytes, and parses nothing: the floor."""
    if setup.tls or not setup.cache.answer_bytes:
        return None
    return [peers.BUILT / "cache_origin", port, setup.cache.answer_bytes]


KINDS = {"headgate": headgate, "headgate+respond": headgate_respond, "nginx": nginx, "haproxy": haproxy, "varnish": varnish,
         "canned": canned}


def why_not(name, folder):
    """Why this one cannot be tried here; empty if it can."""
    if name == "canned":
        return ""
    if not name.startswith("headgate"):
        return "" if shutil.which(PROGRAMS[name]) else "not installed"
    if not peers.is_there(name):
        return "not built"
    folder.mkdir(parents=True, exist_ok=True)
    command = KINDS[name](folder, 8080, peers.Setup(["127.0.0.1:8081"], cache=Cache(answer_bytes=120)), False)
    done = subprocess.run([command[0], "check", command[-1]], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"refuses its configuration: {(done.stdout + done.stderr).strip().splitlines()[0]}"


def started(names, folder, setup, before=()):
    proxies = []
    try:
        for name in names:
            if reason := why_not(name, folder / f"{name}-tried"):
                print(f"  {name}: {reason}")
                continue
            proxy = peers.Proxy(name, folder / name, setup, before, kinds=KINDS)
            if proxy.runs:
                proxies.append(proxy)
    except BaseException:
        stop(proxies)
        raise
    return proxies


def stop(proxies):
    for proxy in proxies:
        proxy.stop()
        if store := stores_in_memory.pop(proxy.port, None):
            store.cleanup()


class Origin:
    """Answers any path, and knows how many there were (cache_origin.c)."""

    def __init__(self, before=()):
        self.port = free_port()
        self.backends = [f"127.0.0.1:{self.port}"]
        self.process = processes.start([*before, peers.BUILT / "cache_origin", self.port], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the origin does not start")

    def fetches(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/fetches", timeout=30) as response:
            return int(response.read())

    def stop(self):
        processes.stop(self.process)
