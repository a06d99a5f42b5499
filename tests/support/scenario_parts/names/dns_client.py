"""Who asks headgate for names: by dnspython, where a test says what it wants to see, and byte by byte."""
import socket
import struct

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

TIMEOUT = 20
CLASSES = {"IN": 1, "CH": 3}


def subnet(network, scope=0):
    address, bits = network.split("/")
    return dns.edns.ECSOption(address, int(bits), scope)


def cookie(text):
    return dns.edns.GenericOption(dns.edns.OptionType.COOKIE, text)


class Resolver:
    """Asks one dns listener on loopback."""

    def __init__(self, port, source="127.0.0.1"):
        self.port = port
        self.source = source

    def ask(self, name, kind="A", *options, tcp=False, edns=True, payload=1232, in_class="IN"):
        """The answer as a message of dnspython; by default with EDNS."""
        query = dns.message.make_query(name, kind, in_class, use_edns=0 if edns or options else -1,
                                       payload=payload, options=list(options) or None)
        over = dns.query.tcp if tcp else dns.query.udp
        return over(query, "127.0.0.1", timeout=TIMEOUT, port=self.port, source=self.source)

    def addresses(self, name, kind="A", *options, **how):
        """The data of its answer's records, sorted."""
        return sorted(each.to_text() for each in records(self.ask(name, kind, *options, **how)))

    def udp(self):
        """A socket that is connected to the listener."""
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        peer.settimeout(TIMEOUT)
        peer.bind((self.source, 0))
        peer.connect(("127.0.0.1", self.port))
        return peer

    def tcp(self):
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT, source_address=(self.source, 0))


def records(answer):
    return [each for rrset in answer.answer for each in rrset]


def option_of(answer, code):
    """The data of one option of the answer; None: it has none."""
    found = [each for each in answer.options if each.otype == code]
    return found[0] if found else None


def wire(name, kind="A", number=0):
    """A query's bytes."""
    query = dns.message.make_query(name, kind)
    query.id = number
    return query.to_wire()


def framed(message):
    return struct.pack("!H", len(message)) + message


def read_framed(stream):
    """One message of a connection; None at its end."""
    head = stream.read(2)
    if len(head) < 2:
        return None
    return dns.message.from_wire(stream.read(struct.unpack("!H", head)[0]))
