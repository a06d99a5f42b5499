"""What scenarios of tcp listeners begin with."""
import contextlib
import json
import pathlib

from scenario_parts.watching import wait_until

YAML = """
workers: {workers}
listeners:
  web:
    bind: 127.0.0.1:0
    protocol: tcp
    pool: app
{listener}
pools:
  app:
    backends: [{backends}]
{pool}
access_log: {{ file: stdout }}
admin: {{ bind: 127.0.0.1:0 }}
"""


def tcp_yaml(*backends, listener="", pool="", more="", workers=1):
    """One tcp listener `web` and one pool `app`; further lines as in proxy_yaml()."""
    def indented(text):
        return "".join(f"    {line}\n" for line in text.strip("\n").splitlines())

    addresses = ", ".join(f'"{getattr(backend, "address", backend)}"' for backend in backends)
    return YAML.format(workers=workers, listener=indented(listener), pool=indented(pool), backends=addresses) + more


def logged(gate, count):
    """The access log's lines once there are so many."""
    file = pathlib.Path(gate.file).with_name("headgate.stdout")
    return wait_until(lambda: len(lines := file.read_text().splitlines()) >= count and [json.loads(x) for x in lines])


def echo(connection):
    """Sends back all that comes, and closes after the peer has, or when it is cut."""
    connection.send(connection.read_exactly(len(connection.buffer)))
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while data := connection.socket.recv(65536):
            connection.socket.sendall(data)
