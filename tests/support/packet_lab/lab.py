"""Three network namespaces in a row, as a site has them:

    client  192.0.2.1, 2001:db8:1::1 <-> 192.0.2.2, 2001:db8:1::2  gate  198.51.100.1 <-> 198.51.100.11, .12, ...  backends
                           interface `clients` of the gate            `backends` of the gate

Addresses are those for documentation (RFC 5737, 3849). Offloads are off, so that a packet on the wire is a segment of TCP.

    with Lab() as lab:
        with lab.gate: ...           # starts the proxy there
        lab.lose_percent(1)
        lab.black_hole("198.51.100.11")
"""
import os
import pathlib
import shutil
import subprocess
import sys

from packet_lab.namespaces import Namespace

CLIENT, GATE = "192.0.2.1", "192.0.2.2"
CLIENT6, GATE6 = "2001:db8:1::1", "2001:db8:1::2"
GATE_INSIDE = "198.51.100.1"
PROGRAMS = ("ip", "nft", "tcpdump", "ethtool")
BACKENDS_MAX = 16
CLOSE_SECONDS_MAX = 30


def backend_address(number):
    """Of backend 0, 1, ..."""
    return f"198.51.100.{11 + number}"


def why_not():
    """Why there can be no lab here; empty if there can."""
    if os.geteuid() != 0:
        return "network namespaces want root"
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        return f"not installed: {', '.join(missing)}"
    try:
        Namespace().close()
    except OSError as error:
        return f"the system makes no network namespaces: {error}"
    return ""


class Network:
    """Namespaces with wires between them, which end with whatever still runs in them."""

    def __init__(self, spaces):
        self._spaces = spaces
        self._keeper = self._keep()
        try:
            self._lay()
        except BaseException:
            self.close()
            raise

    def _keep(self):
        """A process that outlives this one to end what is left in the namespaces; not in this process group."""
        descriptors = [space.descriptor for space in self._spaces]
        keeper = subprocess.Popen([sys.executable, pathlib.Path(__file__).with_name("keeper.py"), *map(str, descriptors)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=descriptors,
                                  start_new_session=True)
        if keeper.stdout.readline() != b"keeping\n":
            raise RuntimeError("the keeper of the lab did not start")
        return keeper

    def _lay(self):
        """Wires and addresses."""
        raise NotImplementedError

    @staticmethod
    def _wire(space, name, other, other_name):
        space.run("ip", "link", "add", name, "type", "veth", "peer", "name", other_name, "netns", other.path)
        for end, interface in ((space, name), (other, other_name)):
            end.run("ethtool", "-K", interface, "tso", "off", "gso", "off", "gro", "off")
            end.run("ip", "link", "set", interface, "up")
            end.run("ip", "link", "set", "lo", "up")

    @staticmethod
    def _address(space, interface, *addresses):
        for address in addresses:
            # Without detection of duplicates an IPv6 address can be used at once.
            space.run("ip", "address", "add", address, "dev", interface, *(["nodad"] if ":" in address else []))

    def close(self):
        """Ends whatever still runs in the namespaces; they go with it."""
        self._keeper.stdin.close()
        self._keeper.stdout.close()
        try:
            ended = self._keeper.wait(CLOSE_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            ended = self._keeper.wait()
        for space in self._spaces:
            space.close()
        if ended:
            raise RuntimeError("something in the namespaces of the lab could not be ended")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Lab(Network):
    """`congestion`: the congestion control of all connections, whatever the machine's default is."""

    def __init__(self, backends=4, congestion="cubic"):
        assert 1 <= backends <= BACKENDS_MAX
        self._addresses = [f"{backend_address(number)}/24" for number in range(backends)]
        self._congestion = congestion
        self.client, self.gate, self.backends = spaces = [Namespace() for _ in range(3)]
        super().__init__(spaces)

    def _lay(self):
        self._wire(self.gate, "clients", self.client, "gate")
        self._wire(self.gate, "backends", self.backends, "gate")
        self._address(self.client, "gate", f"{CLIENT}/24", f"{CLIENT6}/64")
        self._address(self.gate, "clients", f"{GATE}/24", f"{GATE6}/64")
        self._address(self.gate, "backends", f"{GATE_INSIDE}/24")
        self._address(self.backends, "gate", *self._addresses)
        if self._congestion:
            self._control(self._congestion)

    def _control(self, name):
        for space, network, interface in ((self.client, "192.0.2.0/24", "gate"), (self.gate, "192.0.2.0/24", "clients"),
                                          (self.client, "2001:db8:1::/64", "gate"),
                                          (self.gate, "2001:db8:1::/64", "clients"),
                                          (self.gate, "198.51.100.0/24", "backends"),
                                          (self.backends, "198.51.100.0/24", "gate")):
            # In place of the route that came with the address: the same family, and for IPv6 the same metric.
            like = ["metric", "256"] if ":" in network else ["scope", "link"]
            space.run("ip", "-6" if ":" in network else "-4", "route", "replace", network, "dev", interface,
                      "proto", "kernel", *like, "congctl", name)

    def lose_percent(self, percent):
        """Between client and gate, in both directions; what arrives is dropped, so that the sender cannot know."""
        for space, interface in ((self.client, "gate"), (self.gate, "clients")):
            self._rules(space, "loss", f'iifname "{interface}" meta l4proto tcp numgen random mod 1000 < '
                                       f"{round(percent * 10)} counter drop" if percent else None)

    def black_hole(self, address):
        """From now on nothing goes to or comes from this backend."""
        self._rules(self.backends, "hole", f"ip daddr {address} counter drop")

    def fill_hole(self):
        self._rules(self.backends, "hole", None)

    def dropped(self, space, table):
        """How many packets `lose_percent` ("loss") or `black_hole` ("hole") dropped in a namespace."""
        words = space.run("nft", "list", "chain", "inet", table, "arriving").split()
        return int(words[words.index("packets") + 1])

    @staticmethod
    def _rules(space, table, rule):
        space.run("nft", f"table inet {table}; delete table inet {table}")
        if rule:
            space.run("nft", f"add table inet {table}; add chain inet {table} arriving "
                             f"{{ type filter hook input priority 0; }}; add rule inet {table} arriving {rule}")
