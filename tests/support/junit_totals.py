"""Sums the JUnit files of one stage of `./dev test`: prints "PASSED FAILED SKIPPED", then a line for each test that
failed and for each reason of skips.

A stage that failed without any test having failed (a build, a crash) counts as one failure. ctest counts programs and
GoogleTest cases, so a program of ctest counts only if it died before it could write its own file.
"""
import argparse
import collections
import pathlib
import xml.etree.ElementTree as ElementTree

CTEST_FILE = "ctest.xml"
FAILURES_MAX = 20  # that are told by name
MESSAGE_CHARACTERS_MAX = 160


def outcome(case):
    """passed, failed or skipped, of one <testcase> by GoogleTest, ctest or pytest."""
    children = {child.tag for child in case}
    if "failure" in children or "error" in children or case.get("status") == "fail":
        return "failed"
    # GoogleTest writes status="notrun" for DISABLED_ tests, ctest "disabled" or "notrun" for what it could not start.
    if "skipped" in children or case.get("status") in ("notrun", "disabled") or case.get("result") == "skipped":
        return "skipped"
    return "passed"


def cases(path):
    """The test cases of a file; None if it is not whole (its program died while it wrote)."""
    try:
        return list(ElementTree.parse(path).getroot().iter("testcase"))
    except ElementTree.ParseError:
        return None


def program_of(ctest_case):
    return ctest_case.get("name", "").removeprefix("unit.")


def totals(folder, status):
    """(passed, failed, skipped) of all files in `folder`; `status` is the exit status of the stage."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    reported = set()
    for path in sorted(folder.glob("*.xml")):
        if path.name == CTEST_FILE:
            continue
        found = cases(path)
        if found is None:
            continue
        reported.add(path.stem)
        for case in found:
            counts[outcome(case)] += 1
    failed_programs_reported = counts["failed"]
    for case in cases(folder / CTEST_FILE) or [] if (folder / CTEST_FILE).exists() else []:
        kind = outcome(case)
        if program_of(case) not in reported:
            counts[kind] += 1
        elif kind == "failed" and failed_programs_reported == 0:
            counts["failed"] += 1  # every case passed, then the program failed: a leak, a race at exit
    if status != 0 and counts["failed"] == 0:
        counts["failed"] = 1
    return counts["passed"], counts["failed"], counts["skipped"]


def message_of(case):
    """The first line of what a failed test said; empty if it said nothing."""
    for child in case:
        if child.tag in ("failure", "error"):
            return (child.get("message") or "").strip().partition("\n")[0][:MESSAGE_CHARACTERS_MAX]
    return ""


def failures(folder):
    """What failed: lines of text, as they stand in the files, FAILURES_MAX at most."""
    failed = [case for path in sorted(folder.glob("*.xml")) for case in cases(path) or [] if outcome(case) == "failed"]
    lines = []
    for case in failed[:FAILURES_MAX]:
        name = ".".join(filter(None, (case.get("classname"), case.get("name"))))
        lines.append(": ".join(filter(None, (f"failed: {name}", message_of(case)))))
    if len(failed) > FAILURES_MAX:
        lines.append(f"failed: and {len(failed) - FAILURES_MAX} more")
    return lines


def reasons(folder):
    """Why tests were skipped: lines of text, most frequent first."""
    counts = collections.Counter()
    for path in sorted(folder.glob("*.xml")):
        for case in cases(path) or []:
            if (skipped := case.find("skipped")) is not None:
                counts[" ".join(skipped.get("message", "no reason given").split())] += 1
    return [f"{count} skipped: {reason}" for reason, count in counts.most_common()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--status", type=int, required=True, help="exit status of the stage")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    print(*totals(arguments.folder, arguments.status))
    for line in failures(arguments.folder) + reasons(arguments.folder):
        print(line)


if __name__ == "__main__":
    main()
