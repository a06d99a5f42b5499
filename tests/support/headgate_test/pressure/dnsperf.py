"""dnsperf, run in the background, and its report read."""
import dataclasses
import re
import signal
import subprocess

from headgate_test import processes


@dataclasses.dataclass
class Report:
    answers: int   # whatever they said
    rate: float    # answers/s
    codes: dict    # "NOERROR" -> how many
    sent: int      # but for those under way when it was told to stop

    def errors(self, expected="NOERROR"):
        """Queries that were lost, or answered otherwise."""
        return self.sent - self.codes.get(expected, 0)


def parse(text):
    sent = re.search(r"Queries sent:\s+(\d+)", text)
    assert sent, f"not a report of dnsperf:\n{text}"
    codes = re.findall(r"([A-Z]+) (\d+) \(", re.search(r"Response codes:(.*)", text)[1])
    codes = {code: int(count) for code, count in codes}
    cut_short = re.search(r"Queries interrupted:\s+(\d+)", text)
    return Report(answers=sum(codes.values()), rate=float(re.search(r"Queries per second:\s+([\d.]+)", text)[1]), codes=codes,
                  sent=int(sent[1]) - (int(cut_short[1]) if cut_short else 0))


class DnsPerf:
    """Asks the questions of `file` ("name type", a line each) over and over from construction on; report() ends it."""

    def __init__(self, address, port, file, seconds, rate):
        command = ["dnsperf", "-s", address, "-p", port, "-d", file, "-Q", rate, "-l", seconds]
        self.process = processes.start([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def report(self):
        self.process.send_signal(signal.SIGINT)
        text, _ = self.process.communicate(timeout=30)
        return parse(text)

    def close(self):
        processes.stop(self.process)
