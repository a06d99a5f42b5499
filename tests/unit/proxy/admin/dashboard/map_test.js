import assert from "node:assert/strict";
import test from "node:test";

import { kLand } from "../../../../../proxy/admin/dashboard/page/world/land.js";
import { pointOf, radiusOf } from "../../../../../proxy/admin/dashboard/page/world/map.js";

test("places are drawn where they are, and none beyond the edges", () => {
  assert.deepEqual(pointOf([84, -180]), { x: 0, y: 0 });
  assert.deepEqual(pointOf([0, 0]), { x: 360, y: 168 });
  assert.deepEqual(pointOf([-57, 180]), { x: 720, y: 282 });
  assert.deepEqual(pointOf([90, 0]), { x: 360, y: 0 });
  assert.deepEqual(pointOf([-90, 0]), { x: 360, y: 282 });
});

test("a disc's area grows with its share", () => {
  assert.equal(radiusOf(0), 5);
  assert.equal(radiusOf(1), 20);
  assert.equal(radiusOf(2), 20);
  const area = (share) => radiusOf(share) ** 2;
  assert.ok(Math.abs(area(0.5) - area(0) - (area(1) - area(0)) / 2) < 1e-9);
});

/** Whether a point lies on land: how often a ray to the left crosses the outline. */
function isLand(x, y) {
  let crossings = 0;
  for (const ring of kLand.matchAll(/M(\d+|-\d+) (-?\d+)l([^z]*)z/g)) {
    const steps = ring[3].match(/-?\d+/g).map(Number);
    const points = [[Number(ring[1]), Number(ring[2])]];
    for (let i = 0; i < steps.length; i += 2) {
      points.push([points.at(-1)[0] + steps[i], points.at(-1)[1] + steps[i + 1]]);
    }
    points.forEach(([x1, y1], i) => {
      const [x2, y2] = points[(i + 1) % points.length];
      if (y1 > y !== y2 > y && x1 + ((y - y1) / (y2 - y1)) * (x2 - x1) < x) crossings += 1;
    });
  }
  return crossings % 2 === 1;
}

test("the map has its land where the earth has", () => {
  const towns = {
    Madrid: [40.4, -3.7],
    Denver: [39.7, -105],
    Nairobi: [-1.3, 36.8],
    Delhi: [28.6, 77.2],
    "Alice Springs": [-23.7, 133.9],
  };
  for (const [name, place] of Object.entries(towns)) {
    const { x, y } = pointOf(place);
    assert.ok(isLand(x + 0.25, y + 0.25), name);
  }
  for (const place of [
    [0, -30],
    [30, -150],
    [-40, 80],
    [43, 35],
  ]) {
    const { x, y } = pointOf(place);
    assert.ok(!isLand(x + 0.25, y + 0.25), `${place}`);
  }
});
