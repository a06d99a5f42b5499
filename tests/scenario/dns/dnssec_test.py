"""DNSSEC: zones that are signed as they are answered, as validators see them: dnspython, and BIND's delv."""
import random
import stat
import subprocess

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from headgate_test.command import headgate_says
from headgate_test.daemon import Headgate

ZONE = "gslb.example.com"
YAML = """
workers: 1
listeners:
  names: {{ bind: 127.0.0.1:0, protocol: dns, zones: [{zone}, plain.example, roll.example] }}
pools:
  app: {{ backends: [127.0.0.1:9] }}
regions:
  eu: {{ continents: EU, addresses: [192.0.2.10, 192.0.2.11, 192.0.2.12] }}
default_region: eu
dns:
  zones:
    plain.example: {{ ns: ns1.example.net, names: {{ www: {{ a: 192.0.2.1 }} }} }}
    roll.example: {{ ns: ns1.example.net, names: {{ www: {{ a: 192.0.2.1 }} }}, dnssec: {{ key: {folder}/roll.key }} }}
    {zone}:
      ns: [ns1.{zone}]
      names:
        www: {{ pool: app, txt: geo }}
        ns1: {{ a: 127.0.0.1 }}
        static: {{ a: [192.0.2.1, 192.0.2.2], mx: 10 mail.example.com, caa: 0 issue ca.example }}
        deep.er: {{ txt: {long} }}
        alias: {{ cname: www.{zone} }}
        lost: {{ cname: nobody.{zone} }}
        "*.wild": {{ txt: wild }}
        child: {{ ns: [ns.child.{zone}, ns.example.net] }}
        ns.child: {{ a: 127.0.0.1 }}
      dnssec: {{ key: {folder}/zone.key }}
"""
COMPACT_OK = 0x4000
NXNAME = 128


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the keys are: zone.key, and roll.key, which one test changes."""
    folder = tmp_path_factory.mktemp("keys")
    for zone, name in [(ZONE, "zone.key"), ("roll.example", "roll.key")]:
        said = headgate_says("dns", "key", zone, folder / name)
        assert said.returncode == 0, said.stderr
    return folder


@pytest.fixture(scope="module")
def gate(folder, tmp_path_factory):
    daemon = Headgate(tmp_path_factory.mktemp("gate"), YAML.format(zone=ZONE, folder=folder, long="x" * 1100))
    yield daemon
    daemon.close()


def name_of(text):
    return dns.name.from_text(text if text.endswith(".") else f"{text}.{ZONE}.")


def ask(gate, what, kind, flags=dns.flags.DO, tcp=False):
    query = dns.message.make_query(name_of(what), kind, use_edns=0, payload=4096)
    query.ednsflags |= flags  # make_query() takes DO back unless want_dnssec says so
    asking = dns.query.tcp if tcp else dns.query.udp
    return asking(query, "127.0.0.1", port=gate.port("names"), timeout=20)


def keys_of(gate, zone=ZONE):
    """The zone's keys, whose own signatures are good."""
    answer = ask(gate, f"{zone}.", "DNSKEY").answer
    keys = {name_of(f"{zone}."): next(each for each in answer if each.rdtype == dns.rdatatype.DNSKEY)}
    dns.dnssec.validate(*answer, keys)
    return keys


def validate(message, keys):
    """Every set of answer and authority has a signature that is good; but the servers of a delegation have none."""
    for section in (message.answer, message.authority):
        signatures = {(each.name, each.covers): each for each in section if each.rdtype == dns.rdatatype.RRSIG}
        sets = [each for each in section if each.rdtype != dns.rdatatype.RRSIG]
        for each in sets:
            is_delegation = section is message.authority and each.rdtype == dns.rdatatype.NS
            assert is_delegation == ((each.name, each.rdtype) not in signatures), message
            if not is_delegation:
                dns.dnssec.validate(each, signatures.pop((each.name, each.rdtype)), keys)
        assert not signatures
    assert all(each.rdtype != dns.rdatatype.RRSIG for each in message.additional)


def nsec_of(message):
    [nsec] = [each for each in message.authority if each.rdtype == dns.rdatatype.NSEC]
    types = set()
    for window, bitmap in nsec[0].windows:
        types |= {window * 256 + at * 8 + bit for at, byte in enumerate(bitmap) for bit in range(8) if byte & 0x80 >> bit}
    return nsec.name, nsec[0].next, types


def test_keys_are_made_and_shown(tmp_path, folder):
    key = folder / "zone.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    again = headgate_says("dns", "key", ZONE, key)
    assert again.returncode == 2 and key.read_bytes() == before
    assert again.stderr == f"headgate dns: {key} is there already, and a key is never overwritten; name another FILE\n"
    shown = headgate_says("dns", "ds", ZONE, key)
    public = headgate_says("dns", "ds", "--dnskey", ZONE, key)
    dnskey = dns.rrset.from_text(f"{ZONE}.", 3600, "IN", "DNSKEY", public.stdout.split("DNSKEY ")[1].strip())
    digest = dns.dnssec.make_ds(f"{ZONE}.", dnskey[0], "SHA256")
    assert shown.stdout.lower() == f"{ZONE}. 3600 in ds {digest.to_text()}\n".lower()
    made = headgate_says("dns", "key", ZONE, tmp_path / "other.key")
    assert f"{ZONE}. 3600 IN DS " in made.stdout and f"{ZONE}. 3600 IN DNSKEY 257 3 13 " in made.stdout
    assert max(map(len, made.stdout.replace(str(tmp_path), "").splitlines()[:9])) <= 80

    assert "a label is empty" in headgate_says("dns", "key", "a..b", tmp_path / "third.key").stderr
    nowhere = headgate_says("dns", "key", ZONE, tmp_path / "none" / "zone.key")
    assert nowhere.returncode == 1 and "No such file or directory" in nowhere.stderr
    (tmp_path / "empty.key").touch(0o600)
    empty = headgate_says("dns", "ds", ZONE, tmp_path / "empty.key")
    assert empty.returncode == 2 and "has no private key" in empty.stderr


def test_a_key_that_is_of_no_use_is_refused(tmp_path, folder):
    for name in ("zone.key", "roll.key"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
        (tmp_path / name).chmod(0o600)
    (tmp_path / "gate.yaml").write_text(YAML.format(zone=ZONE, folder=tmp_path, long="x"))
    assert headgate_says("check", tmp_path / "gate.yaml").returncode == 0
    key = tmp_path / "zone.key"
    subprocess.run(["openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", key], check=True)
    said = headgate_says("check", tmp_path / "gate.yaml")
    assert said.returncode == 2
    assert f"dns.zones.{ZONE}.dnssec.key: {key}: the key is EC of 384 bits; ECDSA over P-256 is wanted" in said.stderr


def test_answers_validate(gate):
    keys = keys_of(gate)
    for what, kind in [("www", "A"), ("www", "TXT"), ("static", "A"), ("static", "MX"), ("static", "CAA"), ("alias", "A"),
                       (f"{ZONE}.", "SOA"), (f"{ZONE}.", "NS"), (f"{ZONE}.", "CDS"), (f"{ZONE}.", "CDNSKEY"),
                       ("a.wild", "TXT"), ("b.c.wild", "TXT"), ("www", "ANY")]:
        message = ask(gate, what, kind)
        assert message.answer and message.flags & dns.flags.AA and not message.flags & dns.flags.AD, message
        validate(message, keys)
    # Whichever address is the first, and however the name is written.
    firsts = set()
    for turn in range(30):
        message = ask(gate, "wWw" if turn % 2 else "www", "A")
        validate(message, keys)
        firsts.add(message.answer[0][0].address)
    assert len(firsts) == 3
    # Who does not ask for signatures gets none, and neither does a zone without a key.
    assert [each.rdtype for each in ask(gate, "www", "A", 0).answer] == [dns.rdatatype.A]
    assert [each.rdtype for each in ask(gate, "www.plain.example.", "A").answer] == [dns.rdatatype.A]


def test_what_is_not_there_is_denied(gate):
    keys = keys_of(gate)
    for what, rcode, types in [("nobody", "NOERROR", {46, 47, NXNAME}), ("x.y.z", "NOERROR", {46, 47, NXNAME}),
                               ("er", "NOERROR", {46, 47}), ("a.wild", "NOERROR", {16, 46, 47}),
                               ("static", "NOERROR", {1, 15, 46, 47, 257}), ("www", "NOERROR", {1, 16, 46, 47})]:
        message = ask(gate, what, "AAAA")
        validate(message, keys)
        assert not message.answer and message.rcode() == dns.rcode.from_text(rcode)
        owner, following, found = nsec_of(message)
        assert owner == name_of(what) and found == types
        assert following == dns.name.Name((b"\0",) + owner.labels)
    lost = ask(gate, "lost", "A")
    validate(lost, keys)
    assert nsec_of(lost)[0] == name_of("nobody")
    compact = ask(gate, "nobody", "A", dns.flags.DO | COMPACT_OK)
    validate(compact, keys)
    assert compact.rcode() == dns.rcode.NXDOMAIN and compact.ednsflags & 0xffff == dns.flags.DO | COMPACT_OK
    assert ask(gate, "nobody", "A", 0).rcode() == dns.rcode.NXDOMAIN
    assert ask(gate, "nobody", NXNAME).rcode() == dns.rcode.FORMERR


def test_delegations_say_that_they_are_not_signed(gate):
    message = ask(gate, "www.child", "A")
    validate(message, keys_of(gate))
    assert not message.answer and not message.flags & dns.flags.AA
    owner, following, types = nsec_of(message)
    assert (owner, types) == (name_of("child"), {2, 46, 47})
    assert following == dns.name.Name((b"child\0",) + name_of(f"{ZONE}.").labels)
    assert [each.name for each in message.additional] == [name_of("ns.child")]


def test_what_does_not_fit_comes_over_tcp(gate):
    message = ask(gate, "deep.er", "TXT")
    assert message.flags & dns.flags.TC and not message.answer
    whole = ask(gate, "deep.er", "TXT", tcp=True)
    validate(whole, keys_of(gate))
    assert len(b"".join(whole.answer[0][0].strings)) == 1100


def test_chance_asks(gate):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    keys = keys_of(gate)
    labels = ["www", "wild", "child", "deep", "er", "a", "*", "alias", "lost", "static", "\\000", "\\255" * 60]
    for _ in range(150):
        what = ".".join(chance.choices(labels, k=chance.randrange(1, 4)))
        kind = chance.choice(["A", "AAAA", "TXT", "MX", "DS", "NS", "CAA", "SRV", "TYPE4711"])
        message = ask(gate, what, kind, dns.flags.DO | chance.choice([0, COMPACT_OK]), tcp=True)
        assert message.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN), (seed, what, kind)
        assert message.answer or message.authority, (seed, what, kind)
        validate(message, keys)


def delv(gate, anchor, what, kind):
    """Begins to ask; what it says is read later."""
    return subprocess.Popen(["delv", "@127.0.0.1", "-p", str(gate.port("names")), "-a", anchor, f"+root={ZONE}",
                             str(name_of(what)), kind], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_delv_validates_from_the_ds_record(gate, folder, tmp_path):
    tag, algorithm, kind, digest = headgate_says("dns", "ds", ZONE, folder / "zone.key").stdout.split("DS ")[1].split()
    anchor, wrong = tmp_path / "anchor", tmp_path / "wrong"
    for path, said in ((anchor, digest), (wrong, digest[::-1])):
        path.write_text(f'trust-anchors {{ {ZONE}. static-ds {tag} {algorithm} {kind} "{said}"; }};')
    negative = "; negative response, fully validated"
    asked = {verdict: [delv(gate, anchor, *question) for question in questions] for verdict, questions in {
        "; fully validated": [("www", "A"), ("b.wild", "TXT"), ("alias", "A")],
        negative: [("www", "AAAA"), ("nobody", "A"), ("child", "DS")]}.items()}
    refused = delv(gate, wrong, "www", "A")
    for verdict, running in asked.items():
        for each in running:
            assert verdict in each.communicate(timeout=60)[0], each.args
    assert "fully validated" not in refused.communicate(timeout=60)[0]


def test_the_key_is_changed_in_three_steps(gate, folder):
    zone, www, key, other = "roll.example", "www.roll.example.", folder / "roll.key", folder / "other.key"
    old = keys_of(gate, zone)
    assert headgate_says("dns", "key", zone, other).returncode == 0
    old_text, new_text = key.read_text(), other.read_text()

    def reload_with(text):
        other.touch(0o600)
        other.write_text(text)
        other.replace(key)
        return gate.reload()

    def tags():
        return [each.key_tag for each in ask(gate, www, "A").answer[1]]

    def published():
        [keys] = keys_of(gate, zone).values()
        return {dns.dnssec.key_id(each) for each in keys}

    [old_tag] = published()
    assert reload_with(old_text + new_text) == "reloaded"
    both = keys_of(gate, zone)
    [new_tag] = published() - {old_tag}
    assert len(ask(gate, f"{zone}.", "CDS").answer[0]) == 2 and tags() == [old_tag]
    validate(ask(gate, www, "A"), old)
    assert reload_with(new_text + old_text) == "reloaded"
    assert tags() == [new_tag]
    validate(ask(gate, www, "A"), both)
    # Either key leads to the other, whichever of them the parent names.
    dns.dnssec.validate(*ask(gate, f"{zone}.", "DNSKEY").answer, old)
    assert reload_with(new_text) == "reloaded"
    assert published() == set(tags()) == {new_tag}
    # What is of no use changes nothing.
    assert reload_with("nonsense") == "refused"
    assert "roll.key: has no private key" in gate.log
    assert published() == set(tags()) == {new_tag}
