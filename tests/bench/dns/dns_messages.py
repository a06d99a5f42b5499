"""Questions as bytes, also those that dnsperf cannot make: another client subnet in each."""
import struct

EDNS_BYTES_MAX = 1232
CLIENT_SUBNET = 8


def name_bytes(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def client_subnet(address, bits):
    """RFC 7871 section 6: an IPv4 address as four numbers."""
    return struct.pack("!HHHBB", CLIENT_SUBNET, 4 + (bits + 7) // 8, 1, bits, 0) + bytes(address)[:(bits + 7) // 8]


def query(name, edns=False, option=b"", number=1):
    """For an A record."""
    edns = edns or bool(option)
    message = struct.pack("!HHHHHH", number, 0, 1, 0, 0, 1 if edns else 0) + name_bytes(name) + struct.pack("!HH", 1, 1)
    return message + (b"\0" + struct.pack("!HHIH", 41, EDNS_BYTES_MAX, 0, len(option)) + option if edns else b"")


def addresses(message):
    """Of the A records of an answer whose names are compressed or the question's own; nothing if it is none."""
    if len(message) < 12:
        return []
    answers = struct.unpack("!H", message[6:8])[0]
    at = message.index(b"\0", 12) + 5
    found = []
    for _ in range(answers):
        at = at + 2 if message[at] >= 0xc0 else message.index(b"\0", at) + 1
        kind, _, _, length = struct.unpack("!HHIH", message[at:at + 10])
        if kind == 1:
            found.append(".".join(map(str, message[at + 10:at + 10 + length])))
        at += 10 + length
    return found


def stream(messages):
    """As a file for `dnsperf -B`, and as over TCP."""
    return b"".join(struct.pack("!H", len(message)) + message for message in messages)
