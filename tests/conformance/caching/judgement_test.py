"""Counting and comparing, without a cache."""
import pytest

from caching import judgement
from caching.suite import Test

CATALOGUE = {test.id: test for test in (
    Test("root", "a", "check", ()),
    Test("must", "a", "required", ("root",)),
    Test("must-too", "a", "required", ("must",)),
    Test("should", "a", "optimal", ()),
)}
FAILED = ["Assertion", "Response 2 comes from cache"]


def test_passes_only_with_what_it_depends_on():
    results = {"root": FAILED, "must": True, "must-too": True, "should": True}
    assert judgement.counts(CATALOGUE, results) == {"required": 0, "optimal": 1, "check": 0}
    assert judgement.differences(CATALOGUE, results, {}) == [
        "required test fails: must: says nothing without root",
        "required test fails: must-too: says nothing without must"]


def test_differences():
    results = {"root": True, "must": FAILED, "must-too": FAILED, "should": True}
    failures = judgement.read_failures("# why\n\nmust-too | RFC 9111 1 | a\nshould | RFC 9111 2 | b\n")
    assert judgement.differences(CATALOGUE, results, failures) == [
        "required test fails: must: Assertion: Response 2 comes from cache",
        "passes, but is listed as failing: should (RFC 9111 2)"]


def test_what_is_not_there_fails():
    results = {"root": True, "must": True, "must-too": True}
    assert judgement.differences(CATALOGUE, results, {}) == ["optimal test fails: should: not run: "]
    results["should"] = True
    assert judgement.differences(CATALOGUE, results, {}) == []
    failures = judgement.read_failures("gone | RFC 9111 1 | a\n")
    assert judgement.differences(CATALOGUE, results, failures) == ["listed as failing, but there is no such test: gone"]


@pytest.mark.parametrize("text", ["a | RFC 9111 1", "a | | b", "a | b | c\na | b | d"])
def test_a_bad_list_is_refused(text):
    with pytest.raises(AssertionError):
        judgement.read_failures(text)
