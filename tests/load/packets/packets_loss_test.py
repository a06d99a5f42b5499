"""One packet in a hundred is lost: every request is answered, nobody is refused or reset. How long it takes is only told."""
import time

import pytest

from loss import LOCATIONS, PAGE, SMALL, fill_backend, measure
from packet_lab.lab import GATE
from site_in_lab import SECOND, WEB, gate_yaml
from verdicts import count

CONNECTIONS = 16
RUNS = ((0, 1), (1, 3))  # (percent, seconds)
SYN_AGAIN_SECONDS = 2    # after which a client has surely sent a SYN anew


@pytest.mark.parametrize("path, fresh", [(PAGE, False), (SMALL, True)], ids=["kept", "fresh"])
def test_loss(site, tmp_path, path, fresh):
    backend = site.backend(0, LOCATIONS)
    fill_backend(backend)
    site.start(gate_yaml([backend.address]))
    for percent, seconds in RUNS:
        upstream = site.capture("backends")
        certain_until = time.time_ns() + seconds * SECOND
        sample, traffic = measure(site.lab, tmp_path / "loss.pcap", (GATE, WEB), path, percent, seconds, CONNECTIONS, fresh)
        upstream.stop()
        counts = count(traffic, upstream.traffic(), certain_until)
        print(f"\n{percent}% lost: {counts}\n  {sample}")
        assert sample.requests > 0 and sample.errors == 0
        assert (counts.refused, counts.reset_clients, counts.reset_backends, counts.icmp_errors) == (0, 0, 0, 0)
        # Of SYNs that were lost, the last ones cannot have been sent again before wrk ended.
        early = certain_until - (SYN_AGAIN_SECONDS * SECOND if percent else 0)
        assert not [flow for flow in traffic.unanswered() if flow.syn_at < early and flow.opener.syns < 2]
        if percent:
            assert sample.lost > 0 and sample.repeated > 0
