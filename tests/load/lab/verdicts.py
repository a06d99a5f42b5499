"""What the packets of a run say about headgate, as counts."""
import dataclasses

from packet_lab.lab import GATE, GATE6, GATE_INSIDE


@dataclasses.dataclass
class Counts:
    connections: int          # opened by clients
    refused: int              # a RST for a SYN
    unanswered: int           # neither SYN-ACK nor RST for all of a client's SYNs
    reset_clients: int        # a RST by headgate on a connection that stood, before the client closed it
    to_backends: int          # connections opened to backends
    reset_backends: int       # a RST by headgate on a connection to a backend, while no client had left
    icmp_errors: int          # from headgate

    def are_clean(self):
        return not any((self.refused, self.unanswered, self.reset_clients, self.reset_backends, self.icmp_errors))


def was_reset(flow):
    """A FIN that the client sends once more, since an ACK was lost, may find nobody: the kernel answers it by a RST, which
    takes nothing from anyone."""
    ends = [at for at in (flow.opener.fin_at, *flow.opener.resets[:1]) if at is not None]
    return not flow.is_refused and any(not ends or at < min(ends) for at in flow.acceptor.resets)


def count(clients, backends, until):
    """`clients`, `backends`: Traffic of the two sides. From `until` on wrk leaves in the middle of its requests, so that
    headgate may close connections on which backends still answer; the kernel resets those."""
    of_clients = clients.to(GATE, GATE6)
    of_backends = [flow for flow in backends.flows if flow.opener.address[0] == GATE_INSIDE]
    return Counts(
        connections=len(of_clients),
        refused=sum(flow.is_refused for flow in of_clients),
        unanswered=sum(flow.is_unanswered for flow in of_clients),
        reset_clients=sum(was_reset(flow) for flow in of_clients),
        to_backends=len(of_backends),
        reset_backends=sum(any(at < until for at in flow.opener.resets) for flow in of_backends),
        icmp_errors=sum(error.source in (GATE, GATE6, GATE_INSIDE)
                        for error in clients.icmp_errors + backends.icmp_errors))
