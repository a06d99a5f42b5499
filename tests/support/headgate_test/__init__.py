"""What the scenario and load tests are made of: the real daemon, scripted clients and origins, nginx and curl.

    def test_forwards(headgate, origin, client):
        app = origin(answering(body=b"hello"))
        gate = headgate(proxy_yaml(app))
        peer = client(gate.port("web"))
        peer.send(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
        assert peer.read_response().body == b"hello"

The fixtures (headgate_test.fixtures) start what a test asks for and stop and check it at its end.
"""
from headgate_test.configuration import proxy_yaml
from headgate_test.curl import curl
from headgate_test.daemon import Headgate
from headgate_test.origin import Origin, answering, in_turn
from headgate_test.steps import Close, Delay, Expect, Reset, Send, play
from headgate_test.stream import ConnectionReset, Stream, StreamEnded

__all__ = ["Close", "ConnectionReset", "Delay", "Expect", "Headgate", "Origin", "Reset", "Send", "Stream",
           "StreamEnded", "answering", "curl", "in_turn", "play", "proxy_yaml"]
