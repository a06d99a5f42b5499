"""A network of its own for tests that count packets: namespaces, loss, captures, and what the packets say.

    with Lab() as lab, Capture(lab.gate, "clients", folder / "clients.pcap") as capture:
        ...
    assert not capture.traffic().refused()
"""
