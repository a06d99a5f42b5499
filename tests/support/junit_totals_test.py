import pytest

import junit_totals

GTEST = """<testsuites><testsuite name="S">
<testcase name="a" status="run" result="completed"/>
<testcase name="b" status="run" result="completed">{b}</testcase>
<testcase name="c" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""
CTEST = '<testsuite>{}</testsuite>'


@pytest.mark.parametrize("b, status, expected", [
    ("", 0, (2, 0, 1)),
    ('<failure message="x"/>', 8, (1, 1, 1)),
    ("<skipped/>", 0, (1, 0, 2)),
])
def test_cases_are_summed(tmp_path, b, status, expected):
    (tmp_path / "base_test.xml").write_text(GTEST.format(b=b))
    ctest_status = "fail" if status else "run"
    (tmp_path / "ctest.xml").write_text(CTEST.format(f'<testcase name="unit.base_test" status="{ctest_status}"/>'))
    assert junit_totals.totals(tmp_path, status) == expected


def test_a_program_that_died_counts_once(tmp_path):
    (tmp_path / "ctest.xml").write_text(CTEST.format('<testcase name="unit.net_test" status="fail"><failure/></testcase>'))
    assert junit_totals.totals(tmp_path, 8) == (0, 1, 0)


def test_a_leak_after_the_last_case_counts(tmp_path):
    (tmp_path / "net_test.xml").write_text(GTEST.format(b=""))
    (tmp_path / "ctest.xml").write_text(CTEST.format('<testcase name="unit.net_test" status="fail"><failure/></testcase>'))
    assert junit_totals.totals(tmp_path, 8) == (2, 1, 1)


@pytest.mark.parametrize("status, expected", [(0, (0, 0, 0)), (1, (0, 1, 0))])
def test_a_stage_without_files_counts_its_status(tmp_path, status, expected):
    assert junit_totals.totals(tmp_path, status) == expected


def test_a_file_that_was_cut_short_does_not_hide_the_failure(tmp_path):
    (tmp_path / "pytest.xml").write_text("<testsuites><testsuite><testcase")
    assert junit_totals.totals(tmp_path, 3) == (0, 1, 0)


def test_reasons_of_skips_are_told_once_each(tmp_path):
    skips = "".join(f'<testcase name="{name}"><skipped message="{reason}"/></testcase>'
                    for name, reason in (("a", "wants root"), ("b", "no\nnamespaces"), ("c", "wants root")))
    (tmp_path / "pytest.xml").write_text(f"<testsuites><testsuite>{skips}<testcase name='d'/></testsuite></testsuites>")
    assert junit_totals.reasons(tmp_path) == ["2 skipped: wants root", "1 skipped: no namespaces"]
    assert junit_totals.totals(tmp_path, 0) == (1, 0, 3)


def test_what_failed_is_told_by_name(tmp_path):
    (tmp_path / "base_test.xml").write_text(GTEST.format(b='<failure message="Expected: 1&#10;Actual: 2"/>'))
    (tmp_path / "fuzz.xml").write_text('<testsuite><testcase classname="fuzz" name="dns"><error/></testcase></testsuite>')
    assert junit_totals.failures(tmp_path) == ["failed: b: Expected: 1", "failed: fuzz.dns"]


@pytest.mark.parametrize("count, last", [(20, "failed: t19"), (21, "failed: and 1 more")])
def test_as_many_failures_are_told_as_one_reads(tmp_path, count, last):
    (tmp_path / "pytest.xml").write_text("<testsuite>" + "".join(
        f'<testcase name="t{number}"><failure/></testcase>' for number in range(count)) + "</testsuite>")
    told = junit_totals.failures(tmp_path)
    assert told[19] == "failed: t19" and told[-1] == last
