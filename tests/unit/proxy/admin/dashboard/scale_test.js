import assert from "node:assert/strict";
import test from "node:test";

import { linear, timeTicks, valueTicks } from "../../../../../proxy/admin/dashboard/page/plots/scale.js";

test("a line goes through both ends", () => {
  const y = linear(0, 60, 130, 8);
  assert.equal(y(0), 130);
  assert.equal(y(60), 8);
  assert.equal(y(30), 69);
  assert.ok(Number.isFinite(linear(5, 5, 0, 10)(5)));
});

test("values are marked at round steps that reach the most", () => {
  assert.deepEqual(valueTicks(520), [0, 200, 400, 600]);
  assert.deepEqual(valueTicks(600), [0, 200, 400, 600]);
  assert.deepEqual(valueTicks(0.3), [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(valueTicks(1), [0, 0.5, 1]);
  assert.deepEqual(valueTicks(0), [0, 0.5, 1]);
  assert.deepEqual(valueTicks(NaN), [0, 0.5, 1]);
});

test("whatever the most, the ticks are few, grow from 0 and reach it", () => {
  for (let most = 0.0013; most < 5e7; most *= 1.37) {
    const ticks = valueTicks(most);
    assert.equal(ticks[0], 0);
    assert.ok(ticks.at(-1) >= most * (1 - 1e-9), `${most}: ${ticks}`);
    assert.ok(ticks.length >= 2 && ticks.length <= 5, `${most}: ${ticks}`);
    for (let i = 1; i < ticks.length; i += 1) assert.ok(ticks[i] > ticks[i - 1]);
  }
});

test("times are marked at round times of the local day", () => {
  const minute = 60_000;
  assert.deepEqual(timeTicks(0, 5 * minute, 5), [0, minute, 2 * minute, 3 * minute, 4 * minute, 5 * minute]);
  assert.deepEqual(timeTicks(30_000, 15 * minute, 3), [5 * minute, 10 * minute, 15 * minute]);
  const hour = 60 * minute;
  // Where local time is half an hour ahead, midnight is at 23:30 UTC.
  assert.deepEqual(
    timeTicks(0, 24 * hour, 4, hour / 2),
    [5.5, 11.5, 17.5, 23.5].map((at) => at * hour),
  );
});
