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
NAMES = ("headgate", "headgate+log", "nginx", "haproxy", "h2o", "relay")


def collected(text):
    found = COLLECTED.findall(text)
    if not found:
        raise RuntimeError(f"callgrind collected nothing:\n{text[-2000:]}")
    return int((found[-1][0] or found[-1][1]).replace(",", ""))


def one(name, folder, origin, path, count):
    profile = folder / f"callgrind.{count}.out"
    before = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}"]
    proxy = peers.Proxy(name, folder, peers.Setup(origin.backends), before, traced=True)
    try:
        subprocess.run([peers.BUILT / "requests", str(proxy.port), path, str(CONNECTIONS), str(count)], check=True,
                       timeout=CLIENT_SECONDS_MAX)
    finally:
        proxy.stop()
    return collected(proxy.errors.read_text(errors="replace"))


def measure(names, folder, path="/120", counts=COUNTS):
    """Prints and returns instructions a request of each proxy."""
    origin = peers.Origin(folder / "origin")
    results = {}
    try:
        for name in names:
            if not peers.is_there(name):
                print(f"  {name}: not built")
                continue
            few, many = (one(name, folder / name, origin, path, count) for count in counts)
            results[name] = (many - few) / (counts[1] - counts[0])
            print(f"  {name}: {results[name]:,.0f} user-space instructions a request "
                  f"(profile: {(folder / name / f'callgrind.{counts[1]}.out').relative_to(peers.ROOT)})", flush=True)
    finally:
        origin.stop()
    report.write_json("instructions", {"path": path, "counts": counts, "instructions": results})
    return results
