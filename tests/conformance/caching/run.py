"""headgate's cache and its peers through the public suite http-cache-tests.

    ./dev conformance                       all that are installed, one after the other: 20 s each
    ./dev conformance headgate nginx        only these
    ./dev conformance --test cc-resp-no-store headgate
                                            one test, with the heads that its client saw
    ./dev conformance --write               puts the table into docs/conformance.md, which takes all of them

Results as the suite has them go to build/conformance/NAME.json. The last rows are what comes with the suite, for other
versions and configurations.
"""
import argparse
import json
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "support")]

from caching import caches, judgement, suite  # noqa: E402

PAGE = suite.ROOT / "docs" / "conformance.md"
BEGIN, END = "<!-- begin of the table -->", "<!-- end of the table -->"


def measured(names, folder):
    """(title, results) of each that can be tried here."""
    with suite.Origin(folder / "origin") as origin:
        for name in names:
            if reason := caches.why_not(name, folder / f"{name}-tried"):
                print(f"{name}: not tried: {reason}", file=sys.stderr)
                continue
            with caches.Cache(name, folder / name, origin.address) as cache:
                results = suite.run(cache.url)
            (suite.ROOT / "build" / "conformance" / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n")
            yield caches.title(name), results


def row(title, catalogue, results):
    passed = judgement.counts(catalogue, results)
    return f"| {title} | {passed['required']} | {passed['optimal']} | {passed['check']} |"


def table(rows):
    totals = judgement.totals(suite.catalogue())
    return "\n".join([f"| cache | required, of {totals['required']} | optimal, of {totals['optimal']} | questions answered yes, of {totals['check']} |",
                      "| --- | ---: | ---: | ---: |", *rows])


def write(text):
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, f"{PAGE} has no lines {BEGIN} and {END}"
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def explain(name, test_id, folder):
    with suite.Origin(folder / "origin") as origin, caches.Cache(name, folder / name, origin.address) as cache:
        print(suite.explain(cache.url, test_id))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev conformance", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("caches", nargs="*", metavar="cache", default=[], help=", ".join(caches.KINDS))
    parser.add_argument("--test", help="only this one, told at length")
    parser.add_argument("--write", action="store_true", help="into docs/conformance.md")
    arguments = parser.parse_args()
    if unknown := set(arguments.caches) - set(caches.KINDS):
        parser.error(f"no such cache: {', '.join(sorted(unknown))}; there are {', '.join(caches.KINDS)}")
    if arguments.write and arguments.caches:
        parser.error("--write is for all of them")
    if not suite.is_installed():
        sys.exit("the suite is not installed: use ./dev conformance")
    if arguments.test and arguments.test not in suite.catalogue():
        parser.error(f"no such test: {arguments.test}")
    arguments.caches = arguments.caches or list(caches.KINDS)
    return arguments


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="headgate-conformance-") as made:
        folder = pathlib.Path(made)
        folder.chmod(0o755)  # some of them become a user of their own
        if arguments.test:
            for name in arguments.caches:
                if reason := caches.why_not(name, folder / f"{name}-tried"):
                    sys.exit(f"{name}: {reason}")
                print(f"== {name}")
                explain(name, arguments.test, folder / f"run-{name}")
            return
        catalogue = suite.catalogue()
        rows = []
        for title, results in measured(arguments.caches, folder):
            rows.append(row(title, catalogue, results))
            print(rows[-1], flush=True)
        rows += [row(f"{title} (published)", catalogue, results) for title, results in suite.published()]
    print(f"\n{table(rows)}")
    if arguments.write:
        write(table(rows))


if __name__ == "__main__":
    main()
