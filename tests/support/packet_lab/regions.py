"""A client and two data centres, each a network namespace with a wire to each other:

    client 192.0.2.1 <-> 192.0.2.2 eu        client 198.51.100.1 <-> 198.51.100.2 us        eu 203.0.113.1 <-> 203.0.113.2 us

The third network is that of the house: backends listen on it, and both instances check those of both.
"""
from packet_lab.lab import Network
from packet_lab.namespaces import Namespace

CLIENTS = {"eu": "192.0.2.1", "us": "198.51.100.1"}      # of the client, on the wire to each
FRONTS = {"eu": "192.0.2.2", "us": "198.51.100.2"}
NETWORKS = {"eu": "192.0.2.0/24", "us": "198.51.100.0/24"}
INSIDE = {"eu": "203.0.113.1", "us": "203.0.113.2"}


class TwoRegions(Network):
    def __init__(self):
        self.client = Namespace()
        self.sites = {name: Namespace() for name in FRONTS}
        super().__init__([self.client, *self.sites.values()])

    def _lay(self):
        for name, site in self.sites.items():
            self._wire(self.client, name, site, "clients")
            self._address(self.client, name, f"{CLIENTS[name]}/24")
            self._address(site, "clients", f"{FRONTS[name]}/24")
        self._wire(self.sites["eu"], "inside", self.sites["us"], "inside")
        for name, site in self.sites.items():
            self._address(site, "inside", f"{INSIDE[name]}/24")
