"""Steps for a scripted peer: play(Expect(b"GET / "), Send(b"HTTP/1.1 200"), Delay(0.1), Reset()) is a handler."""
import dataclasses
import re
import time


@dataclasses.dataclass
class Expect:
    """Reads up to and including these bytes, or the end of the first match of a compiled pattern."""
    what: object
    timeout: float = 10.0

    def play(self, stream):
        if isinstance(self.what, re.Pattern):
            stream.read_matching(self.what, self.timeout)
        else:
            stream.read_until(self.what, self.timeout)


@dataclasses.dataclass
class Send:
    data: bytes

    def play(self, stream):
        stream.send(self.data)


@dataclasses.dataclass
class Delay:
    seconds: float

    def play(self, stream):
        time.sleep(self.seconds)


class Close:
    def play(self, stream):
        stream.close()


class Reset:
    def play(self, stream):
        stream.reset()


def play(*steps):
    """A handler for Origin that plays the steps; without Close or Reset at the end it closes too."""
    def handle(stream):
        for step in steps:
            step.play(stream)

    return handle
