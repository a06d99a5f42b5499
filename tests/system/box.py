"""A Debian 12 with a systemd of its own, booted by systemd-nspawn: no network but its loopback, and everything that is
written in it is gone with it."""
import contextlib
import itertools
import os
import pathlib
import subprocess
import time

from headgate_test import processes

BOOT_SECONDS_MAX = 60
NUMBERS = itertools.count(1)
# The box has the limits of the machine around it, which may be lower than what the unit asks for; systemd in it may not
# raise them and would refuse to start the service.
LIMITS = "[Service]\nLimitNOFILE=16384\n"
ENVIRONMENT = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
               "HOME=/root", "TERM=dumb", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_COLORS=0"]


class Box:
    """Booted when it is constructed. `packages` is a folder of the machine, to be read at /mnt in the box."""

    def __init__(self, root, packages, log):
        self.log = pathlib.Path(log)
        command = ["systemd-nspawn", "--quiet", "--boot", "--volatile=overlay", "--directory", root, "--console=pipe",
                   f"--machine=headgate-{os.getpid()}-{next(NUMBERS)}", "--private-network", "--register=no", "--keep-unit",
                   "--bind-ro", f"{packages}:/mnt"]
        with open(self.log, "wb") as file:
            self._nspawn = processes.start(command, stdout=file, stderr=subprocess.STDOUT,
                                           env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        try:
            self._wait_booted()
        except BaseException:
            self.close()
            raise

    def _wait_booted(self):
        deadline = time.monotonic() + BOOT_SECONDS_MAX
        while True:
            assert self._nspawn.poll() is None, f"the box did not boot:\n{self.log.read_text(errors='replace')}"
            assert time.monotonic() < deadline, f"the box is still booting:\n{self.log.read_text(errors='replace')}"
            children = processes.tree(self._nspawn.pid)[1:]
            if children:
                self.leader = children[0]
                if self.try_("systemctl", "is-system-running", "--wait").stdout.strip() in ("running", "degraded"):
                    return
            time.sleep(0.05)

    def inside(self, *, network_only=False):
        """What to put before a command so that it runs in the box, or only with the box's network."""
        enter = ["nsenter", "--target", str(self.leader)]
        return [*enter, "--net"] if network_only else [*enter, "--all", "--", *ENVIRONMENT]

    def try_(self, *command, text=None, timeout=120):
        """Runs a command in the box; whatever comes of it is returned."""
        given = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
        return subprocess.run([*self.inside(), *map(str, command)], capture_output=True, text=True, check=False,
                              timeout=timeout, cwd="/", **given)

    def run(self, *command, **options):
        """Runs a command in the box, which must end well; returns what it printed."""
        ran = self.try_(*command, **options)
        assert ran.returncode == 0, f"{' '.join(map(str, command))}: {ran.returncode}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def write(self, path, text, mode="644"):
        self.run("install", "-D", "-m", mode, "/dev/stdin", path, text=text)

    def property(self, name, unit="headgate.service"):
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def main_pid(self):
        """As processes in the box know it."""
        return int(self.property("MainPID"))

    def outside_pid(self, pid):
        """As this machine knows a process of the box."""
        for each in processes.tree(self._nspawn.pid):
            with contextlib.suppress(OSError):
                status = pathlib.Path(f"/proc/{each}/status").read_text()
                if any(line.split()[1:][-1] == str(pid) for line in status.splitlines() if line.startswith("NSpid:")):
                    return each
        raise AssertionError(f"no process {pid} in the box")

    def journal(self, *arguments):
        return self.run("journalctl", "--no-pager", "--quiet", "--unit=headgate", "--output=short", *arguments)

    def status(self):
        """What `systemctl status` shows on a terminal of 80 columns."""
        return self.try_("env", "COLUMNS=80", "systemctl", "--no-pager", "status", "headgate").stdout

    def wait(self, holds, what, seconds=30):
        """Until `holds()` is true; its value."""
        deadline = time.monotonic() + seconds
        while not (value := holds()):
            assert time.monotonic() < deadline, f"waited {seconds} s: {what}\n{self.status()}"
            time.sleep(0.05)
        return value

    def install(self, package):
        """With the unit's limits brought down to those of the box."""
        self.write("/etc/systemd/system/headgate.service.d/box.conf", LIMITS)
        return self.run("apt-get", "install", "--yes", "--no-install-recommends", package)

    def close(self):
        processes.stop(self._nspawn, timeout=20)
