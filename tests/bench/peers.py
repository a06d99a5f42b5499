"""The proxies side by side: what each is configured as, started with its one worker on one CPU.

The configurations are in configurations/, with the reasons for what they say. @NAME@ stands for what is filled in here.
"""
import dataclasses
import pathlib
import socket
import ssl
import subprocess
import time

from headgate_test import processes
from headgate_test.ports import free_port

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILT = ROOT / "build" / "bench"
START_SECONDS_MAX = 120  # under valgrind, and with 10,000 routes
MIB = 1 << 20
DEFAULT_PEERS = ("nginx", "haproxy", "h2o")


@dataclasses.dataclass(frozen=True)
class Check:
    """How backends are asked whether they are well. nginx as Debian ships it has none."""
    path: str = "/"
    interval_ms: int = 2000
    timeout_ms: int = 1000
    fall: int = 3


@dataclasses.dataclass
class Setup:
    """What a scenario wants of every proxy."""
    backends: list            # "address:port"
    routes: int = 1           # with more than one, /r0/ ... ; requests match the last
    access_log: bool = False
    host: str = "127.0.0.1"   # to listen on
    connect_ms: int = 2000    # to a backend
    response_ms: int = 30000
    check: Check = Check()
    outlier_errors: int = 0   # failed requests that take a backend out; 0: only checks do
    reloads: bool = False     # it will be told to load its configuration anew
    tls: bool = False         # listen with it, and with HTTP/2
    mode: str = "http"        # or tcp
    websocket: bool = False   # let upgrades through
    compress: str = ""        # gzip, or for headgate zstd
    cache: object = None      # of cache_peers.py
    sticky: str = ""          # for headgate: what keeps a client at its backend
    failover: bool = False    # another try elsewhere where that is safe, as headgate and nginx have it without being told


def limits(setup):
    """What is filled in alike for every proxy that knows of it."""
    return {"HOST": setup.host, "CONNECT_MS": setup.connect_ms, "RESPONSE_MS": setup.response_ms,
            "CHECK_PATH": setup.check.path, "CHECK_INTERVAL_MS": setup.check.interval_ms,
            "CHECK_TIMEOUT_MS": setup.check.timeout_ms, "CHECK_FALL": setup.check.fall}


def fill(template, folder, **values):
    text = (HERE / "configurations" / template).read_text()
    user = "user root;" if template.endswith(("conf.in", "cfg.in")) else "user: root"
    root = pathlib.Path("/proc/self").stat().st_uid == 0
    for name, value in dict(values, FOLDER=folder, USER=user if root else "").items():
        text = text.replace(f"@{name}@", str(value))
    target = folder / template.removesuffix(".in")
    target.write_text(text)
    return target


def certificate():
    """A certificate of its own (ECDSA P-256) and its key, made once: their paths, and of one file with both."""
    folder = BUILT / "tls"
    both = folder / "both.pem"
    if not both.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "3650", "-subj", "/CN=bench.example", "-addext", "subjectAltName=DNS:bench.example,IP:127.0.0.1",
                        "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
        both.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return folder / "cert.pem", folder / "key.pem", both


def lines(columns, texts):
    return "\n".join(" " * columns + text for text in texts)


def prefixes(setup):
    return ["/"] if setup.routes == 1 else [f"/r{number}/" for number in range(setup.routes)]


def nginx(folder, port, setup, traced):
    if setup.mode == "tcp":
        file = fill("nginx-stream.conf.in", folder, PORT=port, MASTER="off" if traced else "on", **limits(setup),
                    BACKENDS=lines(4, [f"server {backend};" for backend in setup.backends]))
        return ["nginx", "-p", folder, "-c", file, "-e", folder / "error.log"]
    cert, key, _ = certificate() if setup.tls else (None, None, None)
    tls = [f"ssl_certificate {cert};", f"ssl_certificate_key {key};", "ssl_protocols TLSv1.2 TLSv1.3;",
           "ssl_session_cache shared:bench:10m;"] if setup.tls else []
    more = ['proxy_set_header Upgrade $http_upgrade;', 'proxy_set_header Connection "upgrade";'] if setup.websocket else []
    more += ["gzip on;", "gzip_comp_level 1;", "gzip_types text/plain;", "gzip_vary on;"] if setup.compress else []
    routes = [f"location {prefix} {{ proxy_pass http://app; }}" for prefix in prefixes(setup)]
    fails = f" max_fails={setup.outlier_errors} fail_timeout=10s" if setup.outlier_errors else ""
    file = fill("nginx.conf.in", folder, PORT=port, SSL=" ssl http2" if setup.tls else "", MORE=lines(4, tls + more), MASTER="off" if traced else "on", ROUTES=lines(4, routes),
                BACKENDS=lines(4, [f"server {backend}{fails};" for backend in setup.backends]), **limits(setup))
    return ["nginx", "-p", folder, "-c", file, "-e", folder / "error.log"]


def haproxy(folder, port, setup, traced):
    ssl = f" ssl crt {certificate()[2]} alpn h2,http/1.1" if setup.tls else ""
    more = ["compression algo gzip", "compression type text/plain"] if setup.compress else []
    check = "option tcp-check" if setup.mode == "tcp" else f"option httpchk GET {setup.check.path}"
    if setup.routes == 1:
        routes = ["default_backend app"]
    else:
        # Its documented way for many paths: a map, looked up as a tree of prefixes.
        (folder / "routes.map").write_text("".join(f"{prefix} app\n" for prefix in prefixes(setup)))
        routes = [f"use_backend %[path,map_beg({folder}/routes.map)]"]
    failover = "  retry-on conn-failure empty-response\n  option redispatch 1" if setup.failover else ""
    outlier = f" observe layer7 error-limit {setup.outlier_errors} on-error mark-down" if setup.outlier_errors else ""
    http = ["option http-keep-alive", "option forwardfor", "http-reuse always"] if setup.mode == "http" else []
    file = fill("haproxy.cfg.in", folder, PORT=port, SSL=ssl, MORE=lines(2, more), CHECK=check, MODE=setup.mode,
                HTTP=lines(2, http), ROUTES=lines(2, routes), FAILOVER=failover, OUTLIER=outlier,
                **limits(setup), BACKENDS=lines(2, [f"server s{i} {backend}" for i, backend in enumerate(setup.backends)]))
    # Only a master can reload.
    return ["haproxy", *(["-W"] if setup.reloads else []), "-db", "-q", "-f", file]


def h2o(folder, port, setup, traced):
    if len(setup.backends) > 1 or setup.mode == "tcp":
        return None
    cert, key, _ = certificate() if setup.tls else (None, None, None)
    ssl = f", ssl: {{ certificate-file: {cert}, key-file: {key}, minimum-version: TLSv1.2 }}" if setup.tls else ""
    more = ["proxy.websocket: ON"] if setup.websocket else []
    more += ["compress: { gzip: 1 }"] if setup.compress else []
    # The prefix is cut off the path unless the upstream's URL ends in it.
    routes = [f'"{prefix}": {{ proxy.reverse.url: "http://{setup.backends[0]}{prefix}" }}' for prefix in prefixes(setup)]
    return ["h2o", "-m", "worker", "-c", fill("h2o.yaml.in", folder, PORT=port, SSL=ssl, MORE=lines(0, more), ROUTES=lines(6, routes))]


def headgate(folder, port, setup, traced):
    cert, key, _ = certificate() if setup.tls else (None, None, None)
    listener = f", tls: {{ certificates: [{{ cert: {cert}, key: {key} }}] }}" if setup.tls else ""
    if setup.mode == "tcp":
        listener = ", protocol: tcp, pool: app"
    compress = {"": "", "gzip": ", compress: { algorithms: gzip, level: { gzip: 1 } }", "zstd": ", compress: zstd"}[setup.compress]
    # Only the route that is asked for has a limit: each keeps a table of its clients.
    limit = "rate_limit: { by: client, rate: 1000000/s, burst: 1000000 }"
    timeouts = f"timeouts: {{ response: {setup.response_ms}ms }}"
    routes = [f"- {{ match: {{ path: {prefix} }}, pool: app, {timeouts} }}" for prefix in prefixes(setup)[:-1]]
    routes.append(f"- {{ match: {{ path: {prefixes(setup)[-1]} }}, pool: app, {timeouts}, {limit}{compress} }}")
    if setup.mode == "tcp":
        routes = []
    outlier = f", outlier: {{ errors: {setup.outlier_errors} }}" if setup.outlier_errors else ""
    log = f"access_log: {{ file: {folder}/access.log, format: json }}" if setup.access_log else ""
    check = (f"health: {{ http: {{ path: {setup.check.path} }}, interval: {setup.check.interval_ms}ms, "
             f"timeout: {setup.check.timeout_ms}ms, fall: {setup.check.fall}{outlier} }}")
    if setup.sticky:
        check += f"\n    sticky: {{ {setup.sticky} }}"
    if setup.mode == "tcp":
        check = check.replace(f"http: {{ path: {setup.check.path} }}", "tcp: {}")
    file = fill("headgate.yaml.in", folder, PORT=port, ADMIN=free_port(), LOG=log, LISTENER=listener, CHECK=check,
                ROUTES="routes:\n" + lines(2, routes) if routes else "",
                **limits(setup), BACKENDS=lines(6, [f'- "{backend}"' for backend in setup.backends]))
    return [ROOT / "build" / "release" / "headgate", "run", file]


def headgate_with_zstd(folder, port, setup, traced):
    return headgate(folder, port, dataclasses.replace(setup, compress="zstd"), traced)


def headgate_with_access_log(folder, port, setup, traced):
    return headgate(folder, port, dataclasses.replace(setup, access_log=True), traced)


def headgate_sticky(folder, port, setup, traced):
    return headgate(folder, port, dataclasses.replace(setup, sticky="cookie: hg"), traced)


def relay(folder, port, setup, traced):
    """Parses nothing; the floor."""
    if len(setup.backends) > 1 or setup.tls or setup.compress:
        return None
    return [BUILT / "relay", port, setup.backends[0].split(":")[1]]


KINDS = {"headgate": headgate, "headgate+log": headgate_with_access_log, "headgate+zstd": headgate_with_zstd,
         "headgate+sticky": headgate_sticky, "nginx": nginx, "haproxy": haproxy,
         "h2o": h2o, "relay": relay}


def is_there(name):
    return not name.startswith("headgate") or (ROOT / "build" / "release" / "headgate").exists()


class Proxy:
    """A running proxy. `before` is a command that runs it: taskset, valgrind."""

    def __init__(self, name, folder, setup, before=(), traced=False, kinds=None):
        self.name = name
        self.host, self.port, self.tls = setup.host, free_port(), setup.tls
        folder.mkdir(parents=True, exist_ok=True)
        command = (kinds or KINDS)[name](folder, self.port, setup, traced)
        self.process = None
        if command is None:
            return
        self.errors = folder / "stderr.log"
        with open(self.errors, "wb") as errors:
            self.process = processes.start([*before, *command], stdout=subprocess.DEVNULL, stderr=errors)
        self._wait()

    @property
    def runs(self):
        """False where this proxy cannot do what the scenario asks for."""
        return self.process is not None

    @property
    def pid(self):
        return self.process.pid

    def _connected(self):
        plain = socket.create_connection((self.host, self.port), 5)
        if not self.tls:
            return plain
        context = ssl.create_default_context(cafile=str(certificate()[0]))
        return context.wrap_socket(plain, server_hostname="bench.example")

    def _wait(self):
        """Until it answers 200: with active checks on, that is after the backends were found well."""
        deadline = time.monotonic() + START_SECONDS_MAX
        host = b"bench.example" if self.tls else b"a"  # another than that of the handshake is misdirected
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with self._connected() as probe:
                    probe.sendall(b"GET /r0/ HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
                    if b" 200 " in probe.recv(4096)[:16]:
                        return
            except OSError:
                pass
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{self.name} does not answer:\n{self.errors.read_text(errors='replace')[-3000:]}")

    def stop(self, timeout=60):
        if self.process:
            processes.stop(self.process, timeout)


class EchoOrigin:
    """A backend that upgrades to WebSocket and sends each message back."""

    def __init__(self, before=()):
        port = free_port()
        self.backends = [f"127.0.0.1:{port}"]
        self.process = processes.start([*before, BUILT / "websocket_peers", "echo", port], stdout=subprocess.DEVNULL)

    def stop(self):
        processes.stop(self.process)


class Origin:
    """nginx with the bodies of the scenarios, on `addresses` loopback addresses."""

    def __init__(self, folder, addresses=1, before=()):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "www").mkdir(exist_ok=True)
        for name, size in (("16k", 16 << 10), ("1m", 1 << 20)):
            (folder / "www" / name).write_bytes(b"x" * size)
        (folder / "www" / "text").write_bytes((ROOT / "docs" / "behaviour.md").read_bytes()[:16 << 10])
        port = free_port()
        hosts = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(addresses)]
        if addresses == 1:
            hosts = ["127.0.0.1"]
        self.backends = [f"{host}:{port}" for host in hosts]
        file = fill("origin.conf.in", folder, BODY120="x" * 120,
                    LISTENS=lines(4, [f"listen {backend} backlog=4096;" for backend in self.backends]))
        self.process = processes.start([*before, "nginx", "-p", folder, "-c", file, "-e", folder / "error.log"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait(hosts[-1], port)

    def _wait(self, host, port):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return socket.create_connection((host, port), 1).close()
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the origin does not start")

    def stop(self):
        processes.stop(self.process)
