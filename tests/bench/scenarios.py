"""What is compared."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    path: str = "/120"
    connections: int = 64
    close: bool = False     # a connection for each request
    routes: int = 1
    backends: int = 1
    idle: int = 0           # so many idle connections are held, and memory is measured in place of speed
    small: str = ""         # the scenario whose cost this one should have
    load: str = "wrk"       # or h2load, handshakes, websocket: see loads.py
    tls: bool = False       # between the client and the proxy
    http2: bool = False     # by the client; requests go to the backend over HTTP/1.1
    resumed: bool = False   # of handshakes
    mode: str = "http"      # or tcp: the proxy reads nothing of what it passes on
    accept: str = ""        # Accept-Encoding of the requests; then the proxies compress
    bytes: int = 0          # of a WebSocket message
    unit: str = "request"
    bound: float = 0.85     # of the best peer, to reach


SCENARIOS = [
    Scenario("keepalive-120", "120 B answers, 64 kept connections"),
    Scenario("keepalive-16k", "16 KiB answers, 64 kept connections", path="/16k"),
    Scenario("keepalive-1m", "1 MiB answers, 16 kept connections", path="/1m", connections=16),
    Scenario("connection-per-request", "120 B answers, a new connection for each, 64 at once", close=True),
    Scenario("connections-1000", "120 B answers, 1,000 kept connections", connections=1000),
    Scenario("idle-10000", "10,000 connections that idle after a request each", idle=10000),
    Scenario("routes-10", "10 routes, requests match the last", path="/r9/120", routes=10),
    Scenario("routes-10000", "10,000 routes, requests match the last", path="/r9999/120", routes=10000,
             small="routes-10"),
    Scenario("backends-3", "3 backends", backends=3),
    Scenario("backends-1000", "1,000 backends", backends=1000, small="backends-3"),
    Scenario("tls-120", "120 B answers over TLS, 64 kept connections", tls=True),
    Scenario("tls-1m", "1 MiB answers over TLS, 16 kept connections", path="/1m", connections=16, tls=True),
    Scenario("tls-full", "a full handshake, a request and a close, 64 at once", load="handshakes", tls=True,
             unit="handshake", bound=0.95),
    Scenario("tls-resumed", "a resumed handshake, a request and a close, 64 at once", load="handshakes", tls=True,
             resumed=True, unit="handshake", bound=0.95),
    Scenario("tls-idle", "5,000 TLS connections that idle after a request each", tls=True, idle=5000),
    Scenario("http2-120", "120 B answers, HTTP/2 over TLS, 16 connections of 32 streams", load="h2load", connections=16,
             tls=True, http2=True),
    Scenario("http2-1m", "1 MiB answers, HTTP/2 over TLS, 4 connections of 4 streams", path="/1m", load="h2load",
             connections=4, tls=True, http2=True),
    Scenario("http2-idle", "5,000 HTTP/2 connections over TLS that idle after a request each", tls=True, http2=True,
             idle=5000),
    Scenario("websocket-64", "64 B messages there and back, 64 connections", load="websocket", bytes=64, unit="message"),
    Scenario("websocket-16k", "16 KiB messages there and back, 16 connections", load="websocket", bytes=16 << 10,
             connections=16, unit="message"),
    Scenario("tcp-120", "120 B answers through a relay of TCP, 64 kept connections", mode="tcp"),
    Scenario("tcp-1m", "1 MiB answers through a relay of TCP, 16 kept connections", path="/1m", connections=16,
             mode="tcp"),
    Scenario("gzip-16k", "16 KiB of text, compressed with gzip at level 1, 64 kept connections", path="/text",
             accept="gzip"),
    Scenario("zstd-16k", "the same, headgate with zstd at its default level", path="/text", accept="gzip, zstd"),
]
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
STREAMS = {"http2-120": 32, "http2-1m": 4, "cache-http2-1k": 32}  # at once on one connection
