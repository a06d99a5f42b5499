import assert from "node:assert/strict";
import test from "node:test";

import { Rates } from "../../../../../proxy/admin/dashboard/page/lib/rates.js";
import { bounded, matches } from "../../../../../proxy/admin/dashboard/page/lib/selection.js";

test("two samples make a rate, over the last few seconds", () => {
  const rates = new Rates(5000);
  assert.deepEqual(rates.add("a", { requests: 100 }, 0), { requests: null });
  assert.deepEqual(rates.add("a", { requests: 110 }, 1000), { requests: 10 });
  for (let second = 2; second <= 20; second += 1) rates.add("a", { requests: 110 }, second * 1000);
  assert.deepEqual(rates.add("a", { requests: 160 }, 21_000), { requests: 10 }, "50 in 5 s");
});

test("a counter that fell is another process", () => {
  const rates = new Rates();
  rates.add("a", { requests: 100, errors: 5 }, 0);
  assert.deepEqual(rates.add("a", { requests: 3, errors: 5 }, 1000), { requests: null, errors: null });
  assert.deepEqual(rates.add("a", { requests: 5, errors: 5 }, 2000), { requests: 2, errors: 0 });
});

test("a clock that stands or goes back gives no rate", () => {
  const rates = new Rates();
  rates.add("a", { requests: 1 }, 1000);
  assert.deepEqual(rates.add("a", { requests: 2 }, 1000), { requests: null });
  assert.deepEqual(rates.add("a", { requests: 3 }, 500), { requests: null });
});

test("what left is forgotten", () => {
  const rates = new Rates();
  rates.add("a", { n: 1 }, 0);
  rates.add("b", { n: 1 }, 0);
  rates.keep(new Set(["b"]));
  assert.deepEqual(rates.add("a", { n: 2 }, 1000), { n: null });
  assert.deepEqual(rates.add("b", { n: 2 }, 1000), { n: 1 });
});

test("a filter wants each of its words, in any case", () => {
  assert.ok(matches("", ["x"]));
  assert.ok(matches("  APP 503 ", ["app", "HTTP 503 from /healthz"]));
  assert.ok(!matches("app 504", ["app", "HTTP 503 from /healthz"]));
});

test("of many, those that matter are shown, in their order", () => {
  const many = Array.from({ length: 1000 }, (_, index) => index);
  assert.deepEqual(
    bounded(many, 4, (item) => item === 700 || item === 2),
    [0, 1, 2, 700],
  );
  assert.deepEqual(bounded(many, 3), [0, 1, 2]);
  assert.deepEqual(
    bounded([1, 2], 2, () => true),
    [1, 2],
  );
  assert.equal(bounded(many, 5, () => true).length, 5);
});
