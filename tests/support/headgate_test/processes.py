"""Starting programs that die with us, and what the kernel tells of them."""
import os
import pathlib
import subprocess

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def start(command, **options):
    """A child that the kernel kills when we die, however we die."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, command)], stdin=subprocess.DEVNULL, **options)


def stop(process, timeout=10):
    """SIGTERM, then SIGKILL after the timeout; returns the exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def tree(pid):
    """The process and all its descendants."""
    pids = [pid]
    for parent in pids:
        for task in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                pids += map(int, task.read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                pass  # a thread that ended meanwhile
    return pids


def cpu_seconds(pid):
    """User and system time of the process and its living descendants."""
    ticks = 0
    for one in tree(pid):
        fields = pathlib.Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / CLOCK_TICKS


def _sum_kib(pid, file, key):
    total = 0
    for one in tree(pid):
        for line in pathlib.Path(f"/proc/{one}/{file}").read_text().splitlines():
            if line.startswith(key):
                total += int(line.split()[1])
    return total * 1024


def rss_bytes(pid):
    return _sum_kib(pid, "status", "VmRSS:")


def pss_bytes(pid):
    """Proportional set size: pages shared between a master and its workers count once."""
    return _sum_kib(pid, "smaps_rollup", "Pss:")


def descriptors(pid):
    """How many descriptors the process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))
