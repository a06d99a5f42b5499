// What the suite of the given folder holds, as JSON: one object a test that a shared cache is asked.
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`);
const { default: groups } = await import(new URL("tests/index.mjs", folder));
const { default: surrogate } = await import(new URL("tests/surrogate-control.mjs", folder));
const { default: published } = await import(new URL("results/index.mjs", folder));

const tests = [...groups, surrogate].flatMap((group) =>
  group.tests
    .filter((test) => !test.browser_only)
    .map((test) => ({
      id: test.id,
      group: group.id,
      kind: test.kind ?? "required",
      depends_on: test.depends_on ?? [],
    })),
);
process.stdout.write(JSON.stringify({ tests, published }));
