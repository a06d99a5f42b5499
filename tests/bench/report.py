"""Tables for people, JSON for later comparisons."""
import dataclasses
import json
import math
import os
import platform
import statistics
import time

from measure import Sample
from peers import BUILT, DEFAULT_PEERS


def median_of(samples, kind=Sample):
    """A sample's fields as medians over the rounds; errors are added up."""
    fields = {field.name: statistics.median(getattr(sample, field.name) for sample in samples)
              for field in dataclasses.fields(kind) if field.name != "errors"}
    return dict(fields, errors=sum(sample.errors for sample in samples))


def ratio_to_best_peer(results, name, key):
    """results[name][key] over the least of the peers; nan where there is none."""
    best = min((results[peer][key] for peer in DEFAULT_PEERS if peer in results), default=float("nan"))
    return results[name][key] / best if best else float("nan")


def text(value, decimals):
    return "-" if math.isnan(value) else f"{value:,.{decimals}f}"


def table(scenario, results):
    key, what = ("idle_bytes", "memory") if scenario.idle else ("cpu_us", "CPU")
    unit = scenario.unit
    columns = ["proxy", f"{unit}s/s", f"CPU us/{unit}", "p99 ms", "PSS MiB", "B/idle conn", "errors",
               f"{what} / best peer (to {scenario.bound})"]
    rows = [[name, text(one["rate"], 0), text(one["cpu_us"], 2), text(one["p99_ms"], 2), text(one["pss_mib"], 1),
             text(one["idle_bytes"], 0), str(one["errors"]), text(ratio_to_best_peer(results, name, key), 2)]
            for name, one in results.items()]
    return f"{scenario.name}: {scenario.what}\n{aligned(columns, rows)}"


def aligned(columns, rows):
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    return "\n".join("  " + row[0].ljust(widths[0]) + "".join(f"  {cell:>{width}}" for cell, width in
                                                               zip(row[1:], widths[1:])) for row in [columns, *rows])


def growth(small, large):
    """How much more a request costs in the large configuration: lines of text, one a proxy that ran both."""
    return [f"  {name}: {large[name]['cpu_us'] / small[name]['cpu_us'] - 1:+.1%} CPU a request"
            for name in large if name in small and small[name]["cpu_us"] > 0]


def write_json(name, value):
    BUILT.mkdir(parents=True, exist_ok=True)
    path = BUILT / f"{name}.json"
    machine = {"cpus": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()}
    path.write_text(json.dumps({"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": machine,
                                **value}, indent=2, default=dataclasses.asdict) + "\n")
    return path
