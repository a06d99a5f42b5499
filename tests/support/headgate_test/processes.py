"""Starting programs that die with us, and what the kernel tells of them."""
import ctypes
import os
import pathlib
import signal
import subprocess
import time

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def start(command, **options):
    """A child that the kernel kills when we die, however we die."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, command)],
                            **{"stdin": subprocess.DEVNULL, **options})


PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """From now on the processes that our children leave behind become ours instead of init's, and can be waited for."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")


def parent_of(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class Adopted:
    """A process that became our child after adopt_orphans(); with what one uses of subprocess.Popen."""

    def __init__(self, pid):
        self.pid = pid
        self.returncode = None

    def poll(self):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid == self.pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout=None):
        deadline = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"pid {self.pid}", timeout)
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


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
    """The process and all its descendants. One that ends meanwhile may be among them; it has no more of its own."""
    pids = [pid]
    for parent in pids:
        try:
            tasks = os.listdir(f"/proc/{parent}/task")
        except OSError:
            continue
        for task in tasks:
            try:
                pids += map(int, pathlib.Path(f"/proc/{parent}/task/{task}/children").read_text().split())
            except OSError:
                pass  # a thread that ended meanwhile
    return pids


def _told_of_each(pid, file):
    """What a file of /proc says of the process, and of those of its descendants that are still there."""
    for one in tree(pid):
        try:
            yield pathlib.Path(f"/proc/{one}/{file}").read_text()
        except OSError:
            if one == pid:
                raise


def cpu_seconds(pid):
    """User and system time of the process and its living descendants."""
    ticks = 0
    for text in _told_of_each(pid, "stat"):
        fields = text.rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / CLOCK_TICKS


def _sum_kib(pid, file, key):
    total = 0
    for text in _told_of_each(pid, file):
        for line in text.splitlines():
            if line.startswith(key):
                total += int(line.split()[1])
    return total * 1024


def rss_bytes(pid):
    return _sum_kib(pid, "status", "VmRSS:")


def pss_bytes(pid):
    """Proportional set size: pages shared between a master and its workers count once."""
    return _sum_kib(pid, "smaps_rollup", "Pss:")


def anonymous_bytes(pid):
    """What the process has made itself. Of files (program, libraries) its share changes with who else maps them."""
    return _sum_kib(pid, "smaps_rollup", "Pss_Anon:")


def descriptors(pid):
    """How many descriptors the process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def has_open(pid, path):
    """Whether the process holds this file, by whatever name it was opened."""
    wanted = os.stat(path)
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            held = os.stat(f"/proc/{pid}/fd/{number}")
        except OSError:
            continue  # closed meanwhile
        if os.path.samestat(held, wanted):
            return True
    return False
