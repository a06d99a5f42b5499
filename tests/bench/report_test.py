"""The arithmetic of the benchmark; the proxies are measured by ./dev bench."""
import math

import pytest

import cache_scenarios
import instructions
import loads
import report
from measure import Sample
from scenarios import BY_NAME, SCENARIOS, STREAMS


def results(**cpu):
    return {name: report.median_of([Sample(cpu_us=value)]) for name, value in cpu.items()}


def test_medians_and_summed_errors():
    rounds = [Sample(cpu_us=cpu, errors=1) for cpu in (9.0, 1.0, 2.0)]
    median = report.median_of(rounds)
    assert (median["cpu_us"], median["errors"]) == (2.0, 3)


def test_the_ratio_is_to_the_best_peer_not_to_the_relay():
    measured = results(headgate=8.0, nginx=10.0, haproxy=16.0, relay=4.0)
    assert report.ratio_to_best_peer(measured, "headgate", "cpu_us") == 0.8
    assert report.ratio_to_best_peer(measured, "haproxy", "cpu_us") == 1.6
    assert math.isnan(report.ratio_to_best_peer(results(headgate=8.0), "headgate", "cpu_us"))


def test_growth_is_told_of_who_ran_both():
    assert report.growth(results(nginx=10.0, h2o=1.0), results(nginx=10.5)) == ["  nginx: +5.0% CPU a request"]


def test_handshakes_of_the_other_kind_are_errors():
    text = "handshakes 100 resumed 97 errors 1\n"
    full, resumed = (loads.handshakes_report(text, 2, kind) for kind in (False, True))
    assert (full.count, full.rate, full.errors) == (100, 50, 98)
    assert (resumed.count, resumed.errors) == (100, 4)


def test_h2load_is_read():
    done = loads.h2load_report("""
finished in 2.00s, 12345.50 req/s, 2.13MB/s
requests: 24691 total, 25203 started, 24691 done, 24690 succeeded, 1 failed, 0 errored, 2 timeout
""")
    assert (done.count, done.rate, done.errors) == (24690, 12345.5, 3)
    with pytest.raises(AssertionError):
        loads.h2load_report("could not connect")


def test_every_scenario_can_be_run():
    for scenario in [*SCENARIOS, *cache_scenarios.SCENARIOS]:
        assert scenario.load in loads.BY_NAME
        assert (scenario.load == "h2load") == (scenario.name in STREAMS)


def test_reports_of_the_caches_clients_are_read():
    done = cache_scenarios.clients_report("requests 1000 errors 2 seconds 0.500000 p99_us 1500 bytes 1024000\n")
    assert (done.count, done.rate, done.errors, done.p99_ms) == (1000, 2000, 2, 1.5)
    with pytest.raises(AssertionError):
        cache_scenarios.clients_report("Connection refused")


def test_a_quick_round_keeps_the_share_that_fits_into_the_cache():
    for scenario in cache_scenarios.SCENARIOS:
        quick = cache_scenarios.smaller(scenario)
        if scenario.objects > 10_000 and not scenario.fresh:
            assert quick.objects / quick.cache.memory_mib == pytest.approx(scenario.objects / scenario.cache.memory_mib, rel=0.1)
        assert quick.requests >= quick.connections or not quick.objects


def test_medians_of_hit_ratios():
    samples = [cache_scenarios.CacheSample(cpu_us=1, hit_ratio=ratio, fetches=1) for ratio in (0.1, 0.9, 0.5)]
    assert report.median_of(samples, cache_scenarios.CacheSample)["hit_ratio"] == 0.5


def test_callgrind_is_read():
    assert instructions.collected("==1== Collected : 123456\n==1==\n==1== I   refs:      123,456\n") == 123456
    with pytest.raises(RuntimeError):
        instructions.collected("Segmentation fault")


def test_large_scenarios_name_their_small_one():
    for scenario in SCENARIOS:
        if scenario.small:
            small = BY_NAME[scenario.small]
            assert (small.routes, small.backends) < (scenario.routes, scenario.backends)
    for name in ("routes-10000", "backends-1000"):
        assert BY_NAME[name].small
