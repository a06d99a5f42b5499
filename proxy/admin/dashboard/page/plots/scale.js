// Axes: where the ticks go, and where a value is on the screen. Pure.

/** A function from [from, to] to [start, end]. */
export function linear(from, to, start, end) {
  const width = to - from || 1;
  return (value) => start + ((value - from) / width) * (end - start);
}

/** Round values from 0 that reach at least to `most`, about `wanted` of them: 0, 20, 40, 60. */
export function valueTicks(most, wanted = 3) {
  const top = most > 0 && Number.isFinite(most) ? most : 1;
  const rough = top / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  // A hair of tolerance: 0.3 / 3 is 0.09999 and must still be a step of 0.1.
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const last = Math.ceil(top / step - 1e-9);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({ length: last + 1 }, (_, index) => Number((index * step).toFixed(decimals)));
}

const kMinute = 60_000;
const kTimeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * kMinute);

/** Round times of day within [from, to], at most `most` of them. `offsetMs`: local time is UTC plus this. */
export function timeTicks(from, to, most, offsetMs = 0) {
  const step = kTimeSteps.find((size) => (to - from) / size <= most) ?? kTimeSteps.at(-1);
  const ticks = [];
  for (let at = Math.ceil((from + offsetMs) / step) * step - offsetMs; at <= to; at += step) ticks.push(at);
  return ticks;
}
