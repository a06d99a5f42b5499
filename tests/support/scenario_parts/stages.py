"""One daemon for all tests of a file, in front of one scripted backend whose part each test writes.

A folder's conftest.py makes a class of it, which sets `gate` and `origin`, and two fixtures:

    @pytest.fixture(scope="module")
    def shared_stage(request, tmp_path_factory):
        yield from stages.opened(Stage, request, tmp_path_factory)

    @pytest.fixture
    def stage(shared_stage):
        yield from stages.lent(shared_stage)
"""


class SharedStage:
    def close(self):
        try:
            self.gate.close()
        finally:
            self.origin.close()


def opened(kind, request, tmp_path_factory):
    made = kind(request.module, tmp_path_factory.mktemp("stage"))
    yield made
    made.close()


def lent(stage):
    """To one test; what the backend's handler raises fails it, and so does a daemon that has died."""
    yield stage
    failures, stage.origin.failures = stage.origin.failures, []
    assert stage.gate.process.poll() is None, f"headgate died:\n{stage.gate.log}"
    for failure in failures:
        raise failure
