"""Free ports for programs that cannot be given port 0."""
import pathlib
import random
import socket

# Below Linux' ephemeral range (32768 on), so that no outgoing connection takes the port between here and its use.
FIRST, LAST = 10000, 32000
TRIES_MAX = 1000


def free_port(host="127.0.0.1"):
    for _ in range(TRIES_MAX):
        port = random.randint(FIRST, LAST)
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
                return port
            except OSError:
                continue
    raise RuntimeError(f"no free port on {host}")


def listening_on(port):
    """How many listening sockets the machine has on a port, over IPv4. Unlike a connection it takes nobody's turn."""
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in lines)
