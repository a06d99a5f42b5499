"""What the results of a cache amount to: counts, and what differs from the failures that are known and meant."""
import collections
import dataclasses

KINDS = ("required", "optimal", "check")


def has_passed(test_id, catalogue, results):
    """The suite's own rule: a test passed if it did and all did that it depends on."""
    return results.get(test_id) is True and all(has_passed(other, catalogue, results) for other in catalogue[test_id].depends_on)


def counts(catalogue, results):
    """Passed tests by kind."""
    passed = collections.Counter(test.kind for test in catalogue.values() if has_passed(test.id, catalogue, results))
    return {kind: passed[kind] for kind in KINDS}


def totals(catalogue):
    return collections.Counter(test.kind for test in catalogue.values())


@dataclasses.dataclass(frozen=True)
class Failure:
    """A failure that is meant."""
    section: str
    reason: str


def read_failures(text):
    """Lines of `test | section | reason`; # begins a comment. -> Failure by test."""
    failures = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|")]
        assert len(parts) == 3 and all(parts), f"line {number} is not 'test | section | reason': {line}"
        assert parts[0] not in failures, f"line {number}: {parts[0]} a second time"
        failures[parts[0]] = Failure(*parts[1:])
    return failures


def _why(test, catalogue, results):
    if results.get(test.id) is True:
        missed = [other for other in test.depends_on if not has_passed(other, catalogue, results)]
        return f"says nothing without {', '.join(missed)}"
    result = results.get(test.id, ["not run", ""])
    return ": ".join(map(str, result))


def differences(catalogue, results, failures):
    """One line for each required or optimal test that fails and should not, or passes and is listed as failing."""
    lines = [f"listed as failing, but there is no such test: {name}" for name in failures if name not in catalogue]
    for test in catalogue.values():
        if test.kind == "check":
            continue
        passed = has_passed(test.id, catalogue, results)
        if not passed and test.id not in failures:
            lines.append(f"{test.kind} test fails: {test.id}: {_why(test, catalogue, results)}")
        if passed and test.id in failures:
            lines.append(f"passes, but is listed as failing: {test.id} ({failures[test.id].section})")
    return lines
