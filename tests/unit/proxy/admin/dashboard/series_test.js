import assert from "node:assert/strict";
import test from "node:test";

import { History, kRanges } from "../../../../../proxy/admin/dashboard/page/plots/history.js";
import { isGap, runs, Series, thin } from "../../../../../proxy/admin/dashboard/page/plots/series.js";

const at = (...times) => times.map((time) => ({ at: time, value: time }));
const times = (points) => points.map((point) => point.at);

test("points that come twice are kept once, old ones go", () => {
  const series = new Series(10_000);
  series.merge(at(1000, 2000, 3000), 1000);
  series.merge([{ at: 2004, value: 7 }, ...at(3000, 4000)], 1000);
  assert.deepEqual(times(series.points), [1000, 2004, 3000, 4000]);
  assert.equal(series.points[1].value, 7);
  series.merge(at(13_500), 1000);
  assert.deepEqual(times(series.points), [4000, 13_500]);
  assert.deepEqual(times(series.between(4000, 13_499)), [4000]);
  series.merge([], 1000);
  assert.equal(series.last.at, 13_500);
});

test("the point under the cursor is the nearest, if one is near", () => {
  const series = new Series(10_000);
  series.merge(at(1000, 2000, 8000), 1000);
  assert.equal(series.nearest(1600).at, 2000);
  assert.equal(series.nearest(5000), null);
  assert.equal(new Series(1).nearest(0), null);
  assert.equal(series.current(14_000).at, 8000);
  assert.equal(series.current(14_001), null, "what is older is not now");
  assert.equal(new Series(1).current(0), null);
});

test("a line is cut where nothing was sampled and where there is no value", () => {
  assert.equal(isGap(1000, 3400, 1000), false);
  assert.equal(isGap(1000, 3600, 1000), true);
  const points = [...at(1000, 2000), { at: 3000, value: null }, ...at(4000, 5000, 60_000)];
  const found = runs(points, (point) => point.value, 1000);
  assert.deepEqual(found.map(times), [[1000, 2000], [4000, 5000], [60_000]]);
  assert.deepEqual(
    runs([], (point) => point.value, 1000),
    [],
  );
});

test("a peak of one point is still there when a day is thinned", () => {
  const day = Array.from({ length: 86_400 }, (_, second) => ({ at: second * 1000, value: 5 + (second % 3) }));
  day[40_000].value = 900;
  day[70_001].value = -900;
  const thinned = thin(day, 0, 86_400_000, 400);
  assert.ok(thinned.length <= 800, `${thinned.length}`);
  assert.ok(thinned.some((point) => point.value === 900) && thinned.some((point) => point.value === -900));
  assert.deepEqual(
    times(thinned),
    times(thinned)
      .slice()
      .sort((a, b) => a - b),
  );
  assert.equal(thin(day.slice(0, 800), 0, 800_000, 400).length, 800, "what fits is left alone");
});

const answer = (step, points) => ({
  step_seconds: step,
  points: points.map(([seconds, requests]) => ({
    at: new Date(seconds * 1000).toISOString(),
    requests,
    errors_4xx: 0,
    errors_5xx: step,
    latency_ms: { p50: 1, p95: null, p99: 9 },
  })),
});

test("history is per second, whatever its steps", () => {
  const history = new History();
  history.add(
    answer(1, [
      [1000, 40],
      [1001, 60],
    ]),
  );
  history.add(answer(60, [[960, 3000]]));
  const [five, , day] = kRanges;
  assert.deepEqual(
    history.series(five).points.map((point) => point.requests),
    [40, 60],
  );
  assert.deepEqual(
    history.series(day).points.map((point) => point.requests),
    [50],
  );
  assert.equal(history.series(day).last.errors5xx, 1);
  assert.equal(history.recent("requests", 1_001_500), 50);
  assert.equal(history.recent("p95", 1_001_500), null);
  assert.equal(history.recent("requests", 1_060_000), null, "a minute ago is not recent");
});

test("only what is missing is asked for", () => {
  const history = new History();
  const [five, fifteen, day] = kRanges;
  assert.equal(history.secondsToAsk(five, 5e6), 900);
  assert.equal(history.secondsToAsk(day, 5e6), 86_400);
  history.add(answer(1, [[5000, 1]]));
  assert.equal(history.secondsToAsk(five, 5_002_000), 7);
  assert.equal(history.secondsToAsk(fifteen, 5_902_000), 900);
  history.add(answer(60, [[4980, 1]]));
  assert.ok(history.secondsToAsk(day, 5_010_000) > 900, "fewer would be answered in seconds");
});
