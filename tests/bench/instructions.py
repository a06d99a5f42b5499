"""User-space instructions for one request: the slope between two request counts under valgrind's callgrind.

The same on a busy machine, and to a fraction of a percent from run to run: what timers and checks do beside the
requests is in it, but small. System calls' work in the kernel is not in it.
"""
import re
import subprocess

import peers
import report

COUNTS = (2000, 6000)
CONNECTIONS = 8
CLIENT_SECONDS_MAX = 300
COLLECTED = re.compile(r"Collected : (\d+)|I\s+refs:\s+([\d,]+)")
KINDS = {  # what stands behind "instructions" -> how the requests come, one after the other on each connection
    "": "on kept connections",
    "-tls": "on kept connections over TLS",
    "-http2": "HTTP/2 over TLS, 8 streams at once on each of 8 connections",
}
NAMES = ("headgate", "headgate+log", "nginx", "haproxy", "h2o", "relay")


def collected(text):
    found = COLLECTED.findall(text)
    if not found:
        raise RuntimeError(f"callgrind collected nothing:\n{text[-2000:]}")
    # h2o keeps its key in a process of its own, which is counted as well: the larger one is the proxy.
    return max(int((one or other).replace(",", "")) for one, other in found)


def client(kind, port, path, count):
    if kind == "":
        return [peers.BUILT / "requests", port, path, CONNECTIONS, count]
    how = ["--h1", "-m1"] if kind == "-tls" else ["-m8"]
    return ["h2load", "-t1", f"-c{CONNECTIONS}", f"-n{count}", *how, f"https://127.0.0.1:{port}{path}"]


def one(name, folder, origin, kind, path, count):
    profile = folder / f"callgrind{kind}.{count}.out"
    before = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}"]
    proxy = peers.Proxy(name, folder, peers.Setup(origin.backends, tls=kind != ""), before, traced=True)
    try:
        done = subprocess.run(list(map(str, client(kind, proxy.port, path, count))), check=True, capture_output=True,
                              text=True, timeout=CLIENT_SECONDS_MAX)
        assert kind == "" or f" {count} succeeded" in done.stdout, done.stdout
    finally:
        proxy.stop()
    return collected(proxy.errors.read_text(errors="replace"))


def measure(names, folder, kind="", path="/120", counts=COUNTS):
    """Prints and returns instructions a request of each proxy."""
    origin = peers.Origin(folder / "origin")
    results = {}
    try:
        for name in names:
            if not peers.is_there(name):
                print(f"  {name}: not built")
                continue
            if kind and name == "relay":
                continue
            few, many = (one(name, folder / name, origin, kind, path, count) for count in counts)
            results[name] = (many - few) / (counts[1] - counts[0])
            print(f"  {name}: {results[name]:,.0f} user-space instructions a request "
                  f"(profile: {(folder / name / f'callgrind{kind}.{counts[1]}.out').relative_to(peers.ROOT)})", flush=True)
    finally:
        origin.stop()
    report.write_json(f"instructions{kind}", {"path": path, "counts": counts, "instructions": results})
    return results
