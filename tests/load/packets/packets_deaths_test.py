"""A backend dies under load: from its death to the last request that it is given is no longer than documented."""
import time

import pytest

from deaths import CHECK_PATH, KINDS, REQUESTS, Dying, bound_by_checks_ms, bound_by_requests_ms
from peers import Check
from site_in_lab import gate_yaml

CHECK = Check(CHECK_PATH, interval_ms=200, timeout_ms=300, fall=2)
CONNECT_MS, RESPONSE_MS = 300, 500
ERRORS = 3
CONNECTIONS = 12  # over three backends, so that more than ERRORS requests are on the one that dies
SECONDS_AFTER = 3.2
SLACK_MS = 2000   # of a machine that does much else
BACKENDS = 3

BY_CHECKS = (f"{{ http: {{ path: {CHECK.path} }}, interval: {CHECK.interval_ms}ms, timeout: {CHECK.timeout_ms}ms, "
             f"fall: {CHECK.fall} }}")
BY_REQUESTS = f"{{ outlier: {{ errors: {ERRORS}, window: 10s, eject: 60s }} }}"
WAYS = {"checks": (BY_CHECKS, bound_by_checks_ms(CHECK)),
        "requests": (BY_REQUESTS, bound_by_requests_ms(CONNECT_MS, RESPONSE_MS))}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_death(site, kind, way):
    health, bound_ms = WAYS[way]
    backends = [site.backend(number) for number in range(BACKENDS)]
    pool = f"health: {health}, connections: {{ connect_timeout: {CONNECT_MS}ms }}"
    site.start(gate_yaml([backend.address for backend in backends], pool=pool,
                         route=f"timeouts: {{ response: {RESPONSE_MS}ms }}"))
    upstream = site.capture("backends", REQUESTS)
    load = site.load(connections=CONNECTIONS)
    site.wait_served()
    with Dying(kind, site.lab, backends[1]) as death:
        time.sleep(SECONDS_AFTER)
        report = load.interrupt()
        upstream.stop()
    given = death.given(upstream.traffic())
    print(f"\n{kind}, taken out by {way}: {given.after} requests in {given.last_ms:.0f} ms after its death, at most "
          f"{bound_ms:.0f} ms by configuration; of {report.requests} requests {report.errors} failed")
    assert given.before > 0 and given.others_last_ms > bound_ms + SLACK_MS
    assert given.last_ms <= bound_ms + SLACK_MS
    if kind == "killed":
        assert report.errors == 0, "what a killed backend had not answered is asked elsewhere"
