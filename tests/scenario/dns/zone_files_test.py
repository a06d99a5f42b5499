"""Zones: names of the configuration and of a zone file that changes while the daemon runs, serials that go forward, and
what `explain DNS` says of a file and of the daemon."""
import json
import re
import urllib.error
import urllib.request

import dns.message
import dns.query
import pytest
from headgate_test import answering
from headgate_test.command import headgate_says
from scenario_parts.watching import wait_state, wait_until

YAML = """
workers: 2
listeners:
  names: {{ bind: 127.0.0.1:0, protocol: dns, zones: [gslb.example.com] }}
pools:
  app:
    backends: [{{ address: "{eu}", id: eu, region: eu }}, {{ address: "{us}", id: us, region: us }}]
    health: {{ tcp: {{}}, interval: 100ms, fall: 1, rise: 1 }}
geoip: {{ networks: {{ 127.0.0.0/8: eu, 10.2.0.0/16: us }} }}
regions:
  eu: {{ location: [50, 8], addresses: [192.0.2.1] }}
  us: {{ location: [39, -77], addresses: [198.51.100.1] }}
dns:
  zones:
    gslb.example.com: {{ ns: ns1.example.net, file: {zone}, names: {{ www: {{ pool: app }} }} }}
admin: {{ bind: 127.0.0.1:0 }}
"""
ZONE = """$TTL 1h
@ SOA ns1.example.net. hostmaster.example.net. ( 7 1h 10m 2w 60 )
text TXT "{text}"
"""
WWW = "www.gslb.example.com"


@pytest.fixture
def site(headgate, origin, tmp_path):
    (tmp_path / "gslb.zone").write_text(ZONE.format(text="first"))
    origins = {name: origin(answering()) for name in ("eu", "us")}
    gate = headgate(YAML.format(zone=tmp_path / "gslb.zone", **{name: each.address for name, each in origins.items()}))
    for name in origins:
        wait_state(gate, name, "up")
    return gate, origins, tmp_path


def ask(gate, name, kind):
    return dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", timeout=20, port=gate.port("names"))


def texts(gate, name="text.gslb.example.com", kind="TXT"):
    return sorted(record.to_text() for found in ask(gate, name, kind).answer for record in found)


def serial(gate):
    return ask(gate, "gslb.example.com", "SOA").answer[0][0].serial


def explained(gate, status=200, **question):
    request = urllib.request.Request(f"http://127.0.0.1:{gate.admin_port}/api/v1/explain", method="POST",
                                     data=json.dumps(question).encode(), headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            assert response.status == status
            return json.load(response)
    except urllib.error.HTTPError as refused:
        assert refused.code == status
        return json.load(refused)


def test_a_file_that_changes_is_answered_by(site):
    gate, _, folder = site
    assert texts(gate) == ['"first"']
    first = serial(gate)
    assert first > 1_700_000_000, "the file's is a floor"

    (folder / "gslb.zone").write_text(ZONE.format(text="second"))
    wait_until(lambda: texts(gate) == ['"second"'], what="the new file")
    second = serial(gate)
    assert second > first
    gate.wait_log("the files of zone gslb.example.com have changed and are used: 3 names, serial")

    # A file with mistakes changes nothing; nor does a reload with it.
    (folder / "gslb.zone").write_text(ZONE.format(text="third") + "www A 192.0.2.9\nx FOO 1\n$INCLUDE other\n")
    gate.wait_log("gslb.zone:5:3: 'FOO' is no type of records")
    gate.wait_log(r"\(and 1 more problem\); zone gslb.example.com stays as it was")
    checked = headgate_says("check", gate.file)
    assert checked.returncode == 2 and checked.stderr.count("gslb.zone:") == 2 and "gslb.zone:6:1: $INCLUDE" in checked.stderr
    assert texts(gate) == ['"second"'] and serial(gate) == second
    (zone,) = json.loads(gate.admin("/api/v1/zones"))["zones"]
    assert (zone["name"], zone["names"], zone["serial"], zone["listeners"]) == ("gslb.example.com", 3, second, ["names"])
    assert "'FOO' is no type" in zone["error"] and zone["file"] == str(folder / "gslb.zone")
    told = headgate_says("ctl", "--url", f"http://127.0.0.1:{gate.admin_port}", "zones")
    assert re.search(rf"gslb.example.com +3 +{second} +no ", told.stdout) and "newer files are not used" in told.stdout

    # What does not go together with the configuration's names has the file's line too.
    (folder / "gslb.zone").write_text(ZONE.format(text="third") + "www A 192.0.2.9\n")
    gate.wait_log("gslb.zone:4:1: www.gslb.example.com: its addresses are those of its pool; zone gslb")

    (folder / "gslb.zone").write_text(ZONE.format(text="last"))
    wait_until(lambda: texts(gate) == ['"last"'], what="a good file again")
    assert serial(gate) > second


def test_what_is_explained_is_what_is_answered(site):
    gate, origins, _ = site
    offline = headgate_says("explain", gate.file, "DNS", WWW, "--from", "127.0.0.1")
    assert offline.returncode == 0, offline.stderr
    assert "(no daemon was asked)" in offline.stdout and f"{WWW}. 30 A 192.0.2.1" in offline.stdout
    assert all(len(line) <= 80 for line in offline.stdout.splitlines() if str(gate.file) not in line)
    before = explained(gate, name=WWW)
    assert before["live"] and before["choice"]["region"] == "eu" and not before["choice"]["failing"]
    assert [record["text"] for record in before["answer"]["records"]] == texts(gate, WWW, "A") == ["192.0.2.1"]
    assert before["answer"]["scope"] == "127.0.0.0/8" and before["zone"]["serial"] == serial(gate)

    # A region's only backend goes: others are told, for a shorter while, and the serial moves.
    origins["eu"].close()
    wait_until(lambda: texts(gate, WWW, "A") == ["198.51.100.1"], what="the other region")
    after = explained(gate, name=WWW, type="A")
    choice = after["choice"]
    assert (choice["region"], choice["failing"], choice["ttl_seconds"]) == ("us", True, 5)
    eu, us = choice["regions"]
    assert (eu["name"], eu["healthy"], eu["backends"], eu["serves"]) == ("eu", 0, 1, False)
    assert (us["name"], us["healthy"], us["backends"], us["serves"]) == ("us", 1, 1, True)
    assert after["answer"]["records"] == [{"section": "answer", "name": WWW + ".", "ttl_seconds": 5, "type": "A",
                                           "text": "198.51.100.1"}]
    wait_until(lambda: serial(gate) > before["zone"]["serial"], what="another serial")

    live = headgate_says("ctl", "--url", f"http://127.0.0.1:{gate.admin_port}", "explain", "dns", WWW)
    assert live.returncode == 0, live.stderr
    assert "by the running daemon" in live.stdout and "0 of 1 backend of pool app healthy" in live.stdout
    assert "! for 5s, lowered from 30s" in live.stdout
    assert explained(gate, name="nobody.gslb.example.com")["answer"]["rcode"] == "NXDOMAIN"
    assert explained(gate, name="example.net")["answer"]["rcode"] == "REFUSED"
    assert "is no type to ask for" in explained(gate, 400, name=WWW, type="FOO")["detail"]
    assert "With name there are type and from" in explained(gate, 400, name=WWW, method="GET")["detail"]


def test_what_is_no_question(tmp_path):
    for words, why in ((("explain", "x.yaml", "DNS"), "a name is missing"),
                       (("explain", "DNS", "a.example", "b.example"), "'b.example' is too much"),
                       (("explain", "x.yaml", "http://a/", "b.example"), "only DNS has a name behind it"),
                       (("explain", "x.yaml", "http://a/", "--type", "AAAA"), "--type is for DNS"),
                       (("explain", "x.yaml", "DNS", "a.example", "--method", "PUT"), "--from, --type and --json"),
                       (("explain", "x.yaml", "DNS", "a.example", "--from", "b"), "this is no IP address")):
        said = headgate_says(*words, cwd=tmp_path)
        assert said.returncode == 2 and why in said.stderr, said.stderr
