// Counters that only grow, asked again and again, become rates. Pure: the time is an argument.

/** Rates over the last few seconds of any number of named sets of counters. */
export class Rates {
  #windowMs;
  #samples = new Map();

  /** One second alone jumps; over five the eye can read it. */
  constructor(windowMs = 5000) {
    this.#windowMs = windowMs;
  }

  /**
   * Notes the counters of `key` and returns their growth per second, member by member: null before there are two
   * samples, and after a counter fell, since then it is another process that counts.
   */
  add(key, counters, atMs) {
    const samples = this.#samples.get(key) ?? [];
    const last = samples.at(-1);
    const names = Object.keys(counters);
    if (last !== undefined && (atMs <= last.at || names.some((name) => counters[name] < last.counters[name]))) {
      samples.length = 0;
    }
    samples.push({ at: atMs, counters });
    // The first one kept is the newest of those that are at least a window old: it is where the window begins.
    while (samples.length > 2 && samples[1].at <= atMs - this.#windowMs) samples.shift();
    this.#samples.set(key, samples);
    const first = samples[0];
    const seconds = (atMs - first.at) / 1000;
    const growth = (name) => (seconds > 0 ? (counters[name] - first.counters[name]) / seconds : null);
    return Object.fromEntries(names.map((name) => [name, growth(name)]));
  }

  /** Forgets what is not among `keys`. */
  keep(keys) {
    for (const key of this.#samples.keys()) if (!keys.has(key)) this.#samples.delete(key);
  }

  clear() {
    this.#samples.clear();
  }
}
