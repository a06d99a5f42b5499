"""User-space instructions for one request: the slope between two request counts under valgrind's callgrind.

The same on a busy machine, and to a fraction of a percent from run to run: what timers and checks do beside the
requests is in it, but small. System calls' work in the kernel is not in it.
"""
import re
import subprocess
import urllib.request

import cache_peers
import peers
import report

COUNTS = (2000, 6000)
CONNECTIONS = 8
CLIENT_SECONDS_MAX = 300
COLLECTED = re.compile(r"Collected : (\d+)|I\s+refs:\s+([\d,]+)")
KINDS = {  # what stands behind "instructions" -> how the requests come, one after the other on each connection
    "": "on kept connections",
    "-tls": "on kept connections over TLS",
    "-cache": "from the caches, on kept connections",
    "-sticky": "on kept connections, each with a cookie that names its backend, or that means nothing",
    "-http2": "HTTP/2 over TLS, 8 streams at once on each of 8 connections",
}
NAMES = ("headgate", "headgate+log", "nginx", "haproxy", "h2o", "relay")
CACHE_NAMES = ("headgate", "headgate+respond", "nginx", "haproxy")  # Varnish does its work in a thread of many
STICKY_NAMES = ("headgate", "headgate+sticky")
BYTES = 120


def collected(text):
    found = COLLECTED.findall(text)
    if not found:
        raise RuntimeError(f"callgrind collected nothing:\n{text[-2000:]}")
    # h2o keeps its key in a process of its own, which is counted as well: the larger one is the proxy.
    return max(int((one or other).replace(",", "")) for one, other in found)


def names_of(kind):
    return {"-cache": CACHE_NAMES, "-sticky": STICKY_NAMES}.get(kind, NAMES)


def cookie_line(port, path):
    """The header line of a client that was here before; of the same length where it was given no cookie."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=CLIENT_SECONDS_MAX) as answer:
        given = answer.headers.get("Set-Cookie", f"hg={'A' * 64}")
    return f"Cookie: {given.split(';')[0]}"


def client(kind, port, path, count):
    if kind in ("", "-cache", "-sticky"):
        line = [cookie_line(port, path)] if kind == "-sticky" else []
        return [peers.BUILT / "requests", port, path, CONNECTIONS, count, *line]
    how = ["--h1", "-m1"] if kind == "-tls" else ["-m8"]
    return ["h2load", "-t1", f"-c{CONNECTIONS}", f"-n{count}", *how, f"https://127.0.0.1:{port}{path}"]


def one(name, folder, origin, kind, path, count):
    profile = folder / f"callgrind{kind}.{count}.out"
    before = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}"]
    cache = cache_peers.Cache(answer_bytes=BYTES) if kind == "-cache" else None
    setup = peers.Setup(origin.backends, tls=kind in ("-tls", "-http2"), cache=cache)
    proxy = peers.Proxy(name, folder, setup, before, traced=True, kinds=cache_peers.KINDS if cache else peers.KINDS)
    try:
        done = subprocess.run(list(map(str, client(kind, proxy.port, path, count))), check=True, capture_output=True,
                              text=True, timeout=CLIENT_SECONDS_MAX)
        assert kind in ("", "-cache", "-sticky") or f" {count} succeeded" in done.stdout, done.stdout
    finally:
        proxy.stop()
    return collected(proxy.errors.read_text(errors="replace"))


def why_not(name, kind, folder):
    """Why this one cannot be measured here; empty if it can."""
    if kind == "-cache":
        return cache_peers.why_not(name, folder)
    return "" if peers.is_there(name) else "not built"


def measure(names, folder, kind="", counts=COUNTS):
    """Prints and returns instructions a request of each proxy."""
    path = f"/s/{BYTES}/hit" if kind == "-cache" else "/120"
    origin = cache_peers.Origin() if kind == "-cache" else peers.Origin(folder / "origin")
    results = {}
    try:
        for name in names:
            if reason := why_not(name, kind, folder / f"{name}-tried"):
                print(f"  {name}: {reason}")
                continue
            if kind and name == "relay":
                continue
            few, many = (one(name, folder / name, origin, kind, path, count) for count in counts)
            results[name] = (many - few) / (counts[1] - counts[0])
            print(f"  {name}: {results[name]:,.0f} user-space instructions a request "
                  f"(profile: {(folder / name / f'callgrind{kind}.{counts[1]}.out').relative_to(peers.ROOT)})", flush=True)
    finally:
        origin.stop()
    if "headgate+respond" in results and "headgate" in results:
        print(f"  a hit costs {results['headgate'] / results['headgate+respond']:.2f} of a canned answer of headgate's")
    if "headgate+sticky" in results and "headgate" in results:
        print(f"  to keep a client at its backend costs {results['headgate+sticky'] - results['headgate']:,.0f}")
    report.write_json(f"instructions{kind}", {"path": path, "counts": counts, "instructions": results})
    return results
