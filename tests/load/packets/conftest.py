import pytest

from packet_lab.lab import Lab, why_not
from site_in_lab import Site


@pytest.fixture
def lab():
    """The namespaces; skipped, with the reason, where they cannot be made."""
    if reason := why_not():
        pytest.skip(f"no packets are counted here: {reason}")
    with Lab() as made:
        yield made


@pytest.fixture
def site(lab, tmp_path, headgate, nginx, wrk):
    with Site(lab, tmp_path, headgate, nginx, wrk) as made:
        yield made
