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
]
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
