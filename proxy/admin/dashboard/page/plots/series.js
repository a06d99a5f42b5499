// The points of /history: merged as they come, cut at gaps, and thinned to what a plot can show. Pure.

/** Points by time, oldest first, none older than `keepMs` before the newest. */
export class Series {
  #keepMs;
  #points = [];
  stepMs = 1000;

  constructor(keepMs) {
    this.#keepMs = keepMs;
  }

  get points() {
    return this.#points;
  }

  get last() {
    return this.#points.at(-1) ?? null;
  }

  /** Points of the API, oldest first, times already in milliseconds under `at`. The newer of two at one time wins. */
  merge(points, stepMs) {
    if (stepMs !== this.stepMs) this.#points = [];
    this.stepMs = stepMs;
    if (points.length === 0) return;
    const first = points[0].at;
    // A point may be sampled anew a little later in its step: what is there from `first` on is replaced.
    let end = this.#points.length;
    while (end > 0 && this.#points[end - 1].at >= first - stepMs / 4) end -= 1;
    this.#points = this.#points.slice(0, end).concat(points);
    const oldest = this.#points.at(-1).at - this.#keepMs;
    const cut = this.#points.findIndex((point) => point.at >= oldest);
    if (cut > 0) this.#points.splice(0, cut);
  }

  /** Those from `from` to `to`, both included. */
  between(from, to) {
    return this.#points.filter((point) => point.at >= from && point.at <= to);
  }

  /** The newest point, unless it is older than a few steps: what is read as now. */
  current(now) {
    const { last } = this;
    return last !== null && now - last.at <= 5 * this.stepMs + 1000 ? last : null;
  }

  /** The point nearest to a time, if there is one within a step of it. */
  nearest(at) {
    let best = null;
    for (const point of this.#points) {
      if (best === null || Math.abs(point.at - at) < Math.abs(best.at - at)) best = point;
    }
    return best !== null && Math.abs(best.at - at) <= this.stepMs ? best : null;
  }
}

/** Whether nothing was sampled between two neighbours: more than a step and the delay of a busy machine apart. */
export function isGap(earlier, later, stepMs) {
  return later - earlier > 1.5 * stepMs + 1000;
}

/**
 * Unbroken runs of {at, value}: a new one begins after a gap and after a point without a value (`valueOf` gives null).
 */
export function runs(points, valueOf, stepMs) {
  const found = [];
  let run = null;
  let earlier = null;
  for (const point of points) {
    const value = valueOf(point);
    const broken = earlier !== null && isGap(earlier, point.at, stepMs);
    earlier = point.at;
    if (value === null || value === undefined) {
      run = null;
      continue;
    }
    if (run === null || broken) {
      run = [];
      found.push(run);
    }
    run.push({ at: point.at, value });
  }
  return found;
}

/**
 * At most two points for each of `columns` columns between `from` and `to`: the lowest and the highest of those in it,
 * in their order. So a peak of one second is seen in a plot of a day.
 */
export function thin(run, from, to, columns) {
  if (run.length <= 2 * columns || to <= from) return run;
  const kept = [];
  let column = -1;
  let low = null;
  let high = null;
  const flush = () => {
    if (low === null) return;
    if (low === high) kept.push(low);
    else kept.push(...(low.at < high.at ? [low, high] : [high, low]));
  };
  for (const point of run) {
    const at = Math.min(columns - 1, Math.max(0, Math.floor(((point.at - from) / (to - from)) * columns)));
    if (at !== column) {
      flush();
      column = at;
      low = high = point;
      continue;
    }
    if (point.value < low.value) low = point;
    if (point.value > high.value) high = point;
  }
  flush();
  return kept;
}
