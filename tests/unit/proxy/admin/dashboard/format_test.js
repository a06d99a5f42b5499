import assert from "node:assert/strict";
import test from "node:test";

import * as format from "../../../../../proxy/admin/dashboard/page/lib/format.js";

function table(write, rows) {
  for (const [value, text] of rows) assert.equal(write(value), text, `of ${value}`);
}

test("rates have three digits that count", () => {
  table(format.rate, [
    [0, "0"],
    [0.004, "<0.01"],
    [0.04, "0.04"],
    [0.994, "0.99"],
    [0.996, "1.0"],
    [7.24, "7.2"],
    [9.96, "10"],
    [85.4, "85"],
    [1234, "1,234"],
    [9999.4, "9,999"],
    [9999.6, "10.0k"],
    [12_345, "12.3k"],
    [4_500_000, "4.5M"],
    [null, "–"],
    [NaN, "–"],
    [undefined, "–"],
  ]);
});

test("counts, bytes and shares", () => {
  table(format.count, [
    [1_234_567, "1,234,567"],
    [0, "0"],
    [null, "–"],
  ]);
  table(format.bytes, [
    [0, "0 B"],
    [1023, "1,023 B"],
    [1024, "1.0 KiB"],
    [10_240, "10 KiB"],
    [1024 ** 3, "1.0 GiB"],
  ]);
  assert.equal(format.percent(0, 100), "0%");
  assert.equal(format.percent(1, 10_000), "<0.1%");
  assert.equal(format.percent(5, 1000), "0.5%");
  assert.equal(format.percent(100, 100), "100%");
  assert.equal(format.percent(1, 0), "–");
});

test("milliseconds become seconds where they are many", () => {
  table(format.milliseconds, [
    [0, "0 ms"],
    [0.002, "<0.01 ms"],
    [0.08, "0.08 ms"],
    [4.21, "4.2 ms"],
    [85.2, "85 ms"],
    [999.4, "999 ms"],
    [1250, "1.25 s"],
    [63_000, "63 s"],
    [null, "–"],
  ]);
});

test("lengths of time have two units at most, ages one", () => {
  table(format.duration, [
    [-5, "0 s"],
    [59.9, "59 s"],
    [252, "4 min 12 s"],
    [11_100, "3 h 05 min"],
    [12 * 86_400 + 4 * 3600 + 5, "12 d 4 h"],
  ]);
  table(format.age, [
    [8, "8 s"],
    [60, "1 min"],
    [3599, "59 min"],
    [86_399, "23 h"],
    [86_400, "1 d"],
    [null, "–"],
  ]);
});

test("times are of the day, with the day where it is another", () => {
  const noon = new Date(2026, 10, 23, 12, 3, 7).getTime();
  assert.equal(format.clock(noon), "12:03:07");
  assert.equal(format.when(noon, noon + 3_600_000), "12:03:07");
  assert.equal(format.when(noon, noon + 86_400_000), "2026-11-23 12:03:07");
  assert.equal(format.instant("2026-11-23T05:50:25.123Z"), Date.UTC(2026, 10, 23, 5, 50, 25, 123));
  assert.equal(format.instant(null), null);
  assert.equal(format.instant("yesterday"), null);
});

test("one is not many", () => {
  assert.equal(format.plural(1, "backend"), "1 backend");
  assert.equal(format.plural(0, "backend"), "0 backends");
  assert.equal(format.plural(1200, "match", "matches"), "1,200 matches");
});
