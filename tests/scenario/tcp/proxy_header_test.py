"""The PROXY header that backends get, for tcp and for HTTP: read by a script, by nginx, by HAProxy and by headgate."""
import re
import subprocess

import pytest

from headgate_test import answering, processes, proxy_yaml
from headgate_test.ports import free_port
from scenario_parts.tcp import echo, logged, tcp_yaml
from scenario_parts.watching import backends_of, wait_until

V1_LINE = re.compile(rb"PROXY TCP4 (\S+) (\S+) (\d+) (\d+)\r\n")
V2_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def read_header(connection):
    """(version, source, destination, TLVs by type); source and destination None for a connection of nobody's."""
    first = connection.read_exactly(12)
    if first != V2_SIGNATURE:
        line = first + connection.read_until(b"\r\n")
        if line == b"PROXY UNKNOWN\r\n":
            return "v1", None, None, {}
        source, destination, source_port, port = V1_LINE.fullmatch(line).groups()
        return "v1", (source.decode(), int(source_port)), (destination.decode(), int(port)), {}
    command, family, high, low = connection.read_exactly(4)
    block = connection.read_exactly(high << 8 | low)
    if command == 0x20:
        return "v2", None, None, {}
    assert (command, family) == (0x21, 0x11)

    def end(at, port_at):
        return ".".join(str(byte) for byte in block[at:at + 4]), int.from_bytes(block[port_at:port_at + 2], "big")

    tlvs, at = {}, 12
    while at < len(block):
        size = int.from_bytes(block[at + 1:at + 3], "big")
        tlvs[block[at]] = block[at + 3:at + 3 + size]
        at += 3 + size
    return "v2", end(0, 8), end(4, 10), tlvs


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_tcp_backends_are_told_of_the_client(headgate, origin, client, version):
    heard = []

    def handle(connection):
        heard.append(read_header(connection))
        echo(connection)

    gate = headgate(tcp_yaml(origin(handle), pool=f"proxy_protocol: {version}"))
    peer = client(gate.port())
    peer.send(b"hello")
    assert peer.read_exactly(5) == b"hello"
    said, source, destination, tlvs = heard[0]
    assert (said, source, destination) == (version, peer.socket.getsockname(), peer.socket.getpeername())
    assert sorted(tlvs) == ([3] if version == "v2" else [])


def test_what_a_header_said_is_passed_on(headgate, origin, client):
    """In and out: the client is whom the first proxy names, and so is the address that it was connected to."""
    heard = []

    def handle(connection):
        heard.append(read_header(connection))
        echo(connection)

    yaml = tcp_yaml(origin(handle), listener="proxy_protocol: true\ntrusted_proxies: [127.0.0.1/32]",
                    pool="proxy_protocol: v2")
    gate = headgate(yaml)
    peer = client(gate.port())
    peer.send(b"PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\nhello")
    assert peer.read_exactly(5) == b"hello"
    assert heard[0][1:3] == (("192.0.2.7", 50000), ("198.51.100.1", 443))
    peer.close()
    assert logged(gate, 1)[0]["client"] == "192.0.2.7"
    client(gate.port(), source="127.0.0.2").wait_gone()
    bad = client(gate.port())
    bad.send(b"hello without a header, and long enough\r\n")
    bad.wait_gone()
    assert [line["ending"] for line in logged(gate, 3)[1:]] == ["bad_proxy_header"] * 2


def test_a_pool_for_requests_keeps_connections_apart(headgate, origin, client):
    """Requests of one client's connection share one to the backend; another client's never use it."""
    heard = []

    def handle(connection):
        header = read_header(connection)
        while True:
            connection.read_request()
            heard.append((connection.number, header[1]))
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    gate = headgate(proxy_yaml(origin(lambda connection: _until_closed(handle, connection)),
                               pool="proxy_protocol: v1"))
    first, second = client(gate.port()), client(gate.port())
    for peer in (first, second, first, second, first):
        assert peer.get("/").body == b"ok"
    ends = {first.socket.getsockname(): 0, second.socket.getsockname(): 1}
    assert heard == [(ends[end], end) for end in (heard[i][1] for i in range(5))]
    assert [number for number, _ in heard] == [0, 1, 0, 1, 0]


def _until_closed(handle, connection):
    try:
        handle(connection)
    except (AssertionError, OSError):
        assert connection.number is not None  # the daemon closed what it kept


def test_the_client_behind_a_trusted_proxy_is_announced(headgate, origin, client):
    heard = []

    def handle(connection):
        heard.append(read_header(connection))
        answering(body=b"ok")(connection)

    gate = headgate(proxy_yaml(origin(lambda connection: _until_closed(handle, connection)),
                               pool="proxy_protocol: v2", listener="trusted_proxies: [127.0.0.1/32]"))
    peer = client(gate.port())
    for name in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
        assert peer.get("/", fields=[f"X-Forwarded-For: {name}"]).body == b"ok"
    assert [source for _, source, _, _ in heard] == [("192.0.2.1", 0), ("192.0.2.2", 0)], "the third goes with the first"


@pytest.mark.parametrize("check", ["tcp: {}", "http: { path: / }"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_checks_are_nobodys(headgate, origin, version, check):
    heard = []

    def handle(connection):
        heard.append(read_header(connection))
        answering(body=b"ok")(connection)

    gate = headgate(proxy_yaml(origin(lambda connection: _until_closed(handle, connection)),
                               pool=f"proxy_protocol: {version}\nhealth: {{ {check}, interval: 50ms }}"))
    wait_until(lambda: len(heard) >= 2)
    assert {tuple(each[:2]) for each in heard} == {(version, None)}
    assert all(row["state"] == "up" for row in backends_of(gate).values())


NGINX = """
daemon off; {user}
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 1000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} proxy_protocol;
    location / {{ return 200 "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_port"; }}
  }}
}}
"""
HAPROXY = """
global
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend web
  bind 127.0.0.1:{port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst_port]%[fc_pp_authority]"
"""


def start_nginx(folder, port):
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, user="user root;"))
    return processes.start(["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start_haproxy(folder, port):
    (folder / "haproxy.cfg").write_text(HAPROXY.format(port=port))
    return processes.start(["haproxy", "-db", "-f", folder / "haproxy.cfg"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("program", [start_nginx, start_haproxy])
def test_real_programs_understand_it(headgate, client, tmp_path, program):
    """v1 and v2, of requests and of tcp connections, with checks that must pass as well."""
    port = free_port()
    process = program(tmp_path, port)
    backend = f"backends: [\"127.0.0.1:{port}\"], health: {{ tcp: {{}}, interval: 100ms, rise: 1 }}"
    yaml = f"""
workers: 1
listeners:
  web: {{ bind: 127.0.0.1:0 }}
  raw1: {{ bind: 127.0.0.1:0, protocol: tcp, pool: first }}
  raw2: {{ bind: 127.0.0.1:0, protocol: tcp, pool: second }}
pools:
  first: {{ proxy_protocol: v1, {backend} }}
  second: {{ proxy_protocol: v2, {backend} }}
routes:
  - {{ match: {{ path: /second }}, pool: second }}
  - {{ pool: first }}
admin: {{ bind: 127.0.0.1:0 }}
"""
    try:
        gate = headgate(yaml)
        for name, path in (("web", "/first"), ("web", "/second"), ("raw1", "/"), ("raw2", "/")):
            def ask(name=name, path=path):
                peer = client(gate.port(name))
                host, source = peer.socket.getsockname()
                try:
                    body = peer.get(path).body.decode()
                except AssertionError:
                    return False  # not started yet
                return body == f"{host} {source} {gate.port(name)}"

            wait_until(ask)
        rows = [row for pool in gate.status()["pools"] for row in pool["backends"]]
        wait_until(lambda: all(row["state"] == "up" for pool in gate.status()["pools"] for row in pool["backends"]))
        assert len(rows) == 2
    finally:
        processes.stop(process)


def test_headgate_understands_headgate(headgate, origin, client):
    """Two in a row: the inner one trusts the outer, and logs the client itself."""
    inner = headgate(tcp_yaml(origin(echo), listener="proxy_protocol: true\ntrusted_proxies: [127.0.0.1/32]"))
    outer = headgate(tcp_yaml(f"127.0.0.1:{inner.port()}", pool="proxy_protocol: v2"))
    peer = client(outer.port(), source="127.0.0.9")
    peer.send(b"hello")
    assert peer.read_exactly(5) == b"hello"
    peer.close()
    assert logged(inner, 1)[0]["client"] == logged(outer, 1)[0]["client"] == "127.0.0.9"


def test_a_client_of_http_2_has_a_port_too(headgate, origin):
    heard = []

    def handle(connection):
        heard.append(read_header(connection))
        answering()(connection)

    gate = headgate(proxy_yaml(origin(handle), pool="proxy_protocol: v1"))
    port = gate.port()
    done = subprocess.run(["curl", "-s", "--http2-prior-knowledge", "-o", "/dev/null", "-w", "%{http_version} %{local_port}",
                           f"http://127.0.0.1:{port}/"], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == f"2 {heard[0][1][1]}"
    assert heard[0][2] == ("127.0.0.1", port)
