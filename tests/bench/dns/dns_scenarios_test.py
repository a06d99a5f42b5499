"""The name servers' questions are what they should be, and headgate takes its configuration."""
import subprocess

import dns.edns
import dns.message
import dns.rrset
import pytest

import dns_messages
import dns_peers
import dns_scenarios
from headgate_test.daemon import binary


@pytest.mark.parametrize("scenario", dns_scenarios.SCENARIOS, ids=dns_scenarios.BY_NAME)
def test_questions_are_whole(scenario):
    questions = dns_scenarios.questions(scenario)
    for wire in questions[:100]:
        message = dns.message.from_wire(wire)
        assert str(message.question[0].name).endswith(f"{dns_peers.ZONE}.")
        assert (message.edns >= 0) == (scenario.edns or scenario.subnets > 0)
        assert [option.otype for option in message.options] == [dns.edns.ECS] * (scenario.subnets > 0)
    assert len({wire[2:] for wire in questions}) > 0.5 * min(len(questions), scenario.names if scenario.static else 1 << 30)


def test_addresses_of_an_answer():
    query = dns.message.make_query(dns_scenarios.WWW, "A")
    answer = dns.message.make_response(query)
    answer.answer.append(dns.rrset.from_text(query.question[0].name, 30, "IN", "A", "203.0.113.10", "203.0.113.11"))
    assert sorted(dns_messages.addresses(answer.to_wire())) == ["203.0.113.10", "203.0.113.11"]
    assert dns_messages.addresses(b"") == []


def test_servers_are_compared_round_by_round():
    """A round in which the machine was slow says as much of both."""
    samples = {name: [dns_scenarios.DnsSample(cpu_us=each) for each in cpu]
               for name, cpu in {"headgate": [4.0, 12.0, 4.4], "gdnsd": [4.0, 10.0, 4.0]}.items()}
    assert dns_scenarios.beside_gdnsd(samples, "headgate") == "1.10"
    assert dns_scenarios.beside_gdnsd({"headgate": samples["headgate"]}, "headgate") == "-"


def test_headgate_takes_its_configuration(tmp_path):
    database = dns_peers.database(tmp_path, 100, binary())
    command = dns_peers.headgate(tmp_path, 5300, dns_peers.Setup(8080, database, 10))
    subprocess.run([binary(), "check", command[-1]], check=True)
