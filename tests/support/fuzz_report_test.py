import importlib.machinery
import importlib.util
import pathlib
import xml.etree.ElementTree as ElementTree

import pytest

import junit_totals

RUN = pathlib.Path(__file__).resolve().parents[1] / "fuzz" / "run"


@pytest.fixture(scope="module")
def run():
    loader = importlib.machinery.SourceFileLoader("fuzz_run", str(RUN))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("fuzz_run", loader))
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("output, why", [
    ("#1 pulse\n==7==ERROR: AddressSanitizer: x\nSUMMARY: AddressSanitizer: heap-use-after-free a.cc:3\nstat::x: 1\n",
     "SUMMARY: AddressSanitizer: heap-use-after-free a.cc:3"),
    ("a.cc:4:2: runtime error: signed integer overflow\n", "a.cc:4:2: runtime error: signed integer overflow"),
    ("no corpus: tests/fuzz/corpus/x does not exist\n", "no corpus: tests/fuzz/corpus/x does not exist"),
    ("", "it said nothing"),
])
def test_what_was_found_is_told(run, output, why):
    assert run.why_of(output) == why


def test_a_report_names_the_target_whatever_it_printed(run, tmp_path):
    run.write_junit(tmp_path / "fuzz.xml", [("dns", True, 3.0, "fine"), ("csv", False, 3.0, "SUMMARY: \x01<\"&\xff\n")])
    assert len(list(ElementTree.parse(tmp_path / "fuzz.xml").iter("testcase"))) == 2
    assert junit_totals.failures(tmp_path) == ["failed: fuzz.csv: SUMMARY: ?<\"&?"]
