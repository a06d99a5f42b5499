"""Ends what lives in network namespaces when their test has ended, however it ended: run as a program of its own.

    keeper.py DESCRIPTOR...      of namespaces; says "keeping", waits for the end of its input, kills, and ends

A daemon that has put itself into another process group, or a worker whose master was killed, is found all the same: what
counts is the namespace that a process is in. The descriptors keep the namespaces' numbers from being given to others.
"""
import os
import pathlib
import signal
import sys
import time

ROUNDS_MAX = 200
PAUSE_SECONDS = 0.05


def inhabitants(namespaces):
    """Processes that are in one of these namespaces, given as (device, inode)."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = os.stat(entry / "ns" / "net")
            except OSError:
                continue  # ended meanwhile
            if (status.st_dev, status.st_ino) in namespaces:
                found.append(int(entry.name))
    return found


def empty(namespaces):
    """Kills until nobody is left; returns whether that came about."""
    for _ in range(ROUNDS_MAX):
        left = [pid for pid in inhabitants(namespaces) if not is_dead(pid)]
        if not left:
            return True
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(PAUSE_SECONDS)
    return False


def is_dead(pid):
    """Whether it is gone, or all that is left of it is a status that its parent has not asked for."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def main(descriptors):
    namespaces = {(status.st_dev, status.st_ino) for status in map(os.fstat, descriptors)}
    own = os.stat("/proc/self/ns/net")
    if (own.st_dev, own.st_ino) in namespaces:
        sys.exit("keeper: that is the namespace of this machine, not of a lab")
    print("keeping", flush=True)
    sys.stdin.buffer.read()
    sys.exit(0 if empty(namespaces) else 1)


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]])
