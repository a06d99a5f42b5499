"""User-space instructions of a hit among few entries and among very many, through the whole of headgate.

The store is filled with callgrind's counting off, which is quick enough for a million entries; then hits are spread evenly
over them, so that nothing of a key, its place or its entry was looked at just before. What the processor waits for memory is
not in it: that is cache-entries-1000 and cache-entries-1000000.
"""
import subprocess

import cache_peers
import cache_scenarios
import instructions
import peers
import report

OBJECTS = (1000, 1_000_000)
HITS = 20_000
CONNECTIONS = 8
MEMORY_MIB = 4095


def _switch(pid, how):
    done = subprocess.run(["callgrind_control", "-i", how, str(pid)], capture_output=True, text=True, check=False, timeout=60)
    if done.returncode or "OK" not in done.stdout:
        raise RuntimeError(f"callgrind_control -i {how}:\n{done.stdout}{done.stderr}")


def one(folder, origin, objects):
    """Instructions a hit; all of the load must have been hits."""
    before = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/callgrind.out"]
    setup = peers.Setup(origin.backends, cache=cache_peers.Cache(memory_mib=MEMORY_MIB))
    proxy = peers.Proxy("headgate", folder, setup, before, traced=True, kinds=cache_peers.KINDS)
    try:
        cache_scenarios.draw(proxy.port, CONNECTIONS, objects, "/z/", objects, "each", 0)
        fetches = origin.fetches()
        _switch(proxy.pid, "on")
        done = cache_scenarios.draw(proxy.port, CONNECTIONS, HITS, "/z/", objects, "even", 1)
        _switch(proxy.pid, "off")
        assert done.errors == 0 and origin.fetches() - fetches < HITS // 1000, "these were no hits"
    finally:
        proxy.stop()
    return instructions.collected(proxy.errors.read_text(errors="replace")) / HITS


def measure(folder):
    origin = cache_peers.Origin()
    try:
        results = {objects: one(folder / str(objects), origin, objects) for objects in OBJECTS}
    finally:
        origin.stop()
    for objects, each in results.items():
        print(f"  {objects:,} entries: {each:,.0f} user-space instructions a hit of 1 KiB", flush=True)
    report.write_json("instructions-cache-entries", {"hits": HITS, "instructions": results})
    return results
