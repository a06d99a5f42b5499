"""Stands in for systemd: a NOTIFY_SOCKET that keeps what it is told, and a start with LISTEN_FDS."""
import pathlib
import socket
import struct
import sys
import threading
import time

# Becomes the daemon as the service manager's child does: the sockets from descriptor 3 on, and LISTEN_PID its own.
LAUNCHER = """
import fcntl, os, sys
held = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 200) for each in sys.argv[1].split(",")]
for number, each in enumerate(held):
    os.dup2(each, 3 + number)
    os.close(each)
os.closerange(3 + len(held), 200)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


class FakeSystemd:
    """`told` are the messages in the order of their coming, each with `pid` and its assignments as a dict."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind(str(self.path))
        self.told = []
        self._changed = threading.Condition()
        self._closing = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def environment(self):
        return {"NOTIFY_SOCKET": str(self.path)}

    def _read(self):
        while True:
            data, ancillary, _, _ = self._socket.recvmsg(65536, socket.CMSG_SPACE(12))
            if self._closing:
                return
            pid = struct.unpack("3i", ancillary[0][2])[0]
            message = dict(line.split("=", 1) for line in data.decode().splitlines())
            with self._changed:
                self.told.append((pid, message))
                self._changed.notify_all()

    def wait(self, what, timeout=20, after=0):
        """The first message from number `after` on of which what(message) is true: (its number, pid, message)."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for number, (pid, message) in enumerate(self.told[after:], after):
                    if what(message):
                        return number, pid, message
                left = deadline - time.monotonic()
                assert left > 0, f"systemd was not told; it was told {self.told[after:]}"
                self._changed.wait(left)

    def wait_key(self, key, value=None, timeout=20, after=0):
        return self.wait(lambda message: key in message and value in (None, message[key]), timeout, after)

    def wait_status(self, part, timeout=20, after=0):
        return self.wait(lambda message: part in message.get("STATUS", ""), timeout, after)

    def close(self):
        self._closing = True
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"X=1", str(self.path))
        self._reader.join(5)
        self._socket.close()


def activation(*named_sockets):
    """Options for headgate() that pass these (name, socket) pairs on to it as socket units would."""
    descriptors = [passed.fileno() for _, passed in named_sockets]
    return {"before": [sys.executable, "-I", "-c", LAUNCHER, ",".join(map(str, descriptors))],
            "environment": {"LISTEN_FDS": str(len(descriptors)),
                            "LISTEN_FDNAMES": ":".join(name for name, _ in named_sockets)},
            "pass_fds": descriptors}


def listening(address=("127.0.0.1", 0)):
    """A listening socket as a socket unit opens it."""
    made = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    made.bind(address)
    made.listen(4096)
    return made
