"""Network namespaces without a name, that are gone when their last process and descriptor are.

    space = Namespace()
    with space:                      # this thread, and what it starts, are in it
        processes.start(["wrk", ...])
    space.close()

Nothing of the machine's own network is touched: a namespace begins with nothing but a loopback interface that is down.
"""
import contextlib
import ctypes
import os
import pathlib
import subprocess
import threading

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _call(function, *arguments):
    if function(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{function.__name__}: {os.strerror(error)}")


class Namespace:
    def __init__(self):
        self.descriptor = None
        self._homes = threading.local()
        failure = []

        def make():
            try:
                _call(_libc.unshare, CLONE_NEWNET)
                self.descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            except OSError as error:
                failure.append(error)

        # In a thread that ends: the test itself stays where it is.
        maker = threading.Thread(target=make)
        maker.start()
        maker.join()
        if failure:
            raise failure[0]

    @property
    def path(self):
        """For programs that are given a namespace by its file, while this process lives."""
        return f"/proc/{os.getpid()}/fd/{self.descriptor}"

    def __enter__(self):
        homes = self._homes.__dict__.setdefault("stack", [])
        homes.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
        _call(_libc.setns, self.descriptor, CLONE_NEWNET)
        return self

    def __exit__(self, *_):
        home = self._homes.stack.pop()
        try:
            _call(_libc.setns, home, CLONE_NEWNET)
        finally:
            os.close(home)

    def run(self, *command):
        """Runs a program in it; what it says stands in the error if it fails."""
        with self:
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=30, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def set(self, name, value):
        """A sysctl of net.* in this namespace; returns what it was."""
        path = pathlib.Path("/proc/sys") / name.replace(".", "/")
        with self:
            before = path.read_text().strip()
            path.write_text(str(value))
        return before

    def get(self, name):
        with self:
            return (pathlib.Path("/proc/sys") / name.replace(".", "/")).read_text().strip()

    def close(self):
        with contextlib.suppress(OSError):
            os.close(self.descriptor)
