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

REPORT = """
  Queries sent:         1000
  Queries completed:    998 (99.80%)
  Queries lost:         2 (0.20%)

  Response codes:       NOERROR 990 (99.20%), SERVFAIL 8 (0.80%)
  Average packet size:  request 38, response 54
  Queries per second:   92611.157816
"""


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


def test_lost_and_wrong_answers_are_errors():
    assert dns_scenarios.dnsperf_report(REPORT, "NOERROR") == (998, 92611.157816, 10)


def test_headgate_takes_its_configuration(tmp_path):
    database = dns_peers.database(tmp_path, 100, binary())
    command = dns_peers.headgate(tmp_path, 5300, dns_peers.Setup(8080, database, 10))
    subprocess.run([binary(), "check", command[-1]], check=True)
