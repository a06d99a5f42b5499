// The three plots: one range, one cursor.
import { byId, el, setAttribute, setText } from "../lib/dom.js";
import { clock, milliseconds, rate, when } from "../lib/format.js";
import { kRanges } from "./history.js";
import { Plot } from "./plot.js";

const perSecond = (value) => (value === null || value === undefined ? "–" : `${rate(value)}/s`);
// On an axis the values are round: 2500 is 2.5k, 0.5 is 0.5.
const perSecondLabel = (value) => `${value >= 1000 ? `${value / 1000}k` : value}/s`;
const millisecondsLabel = (value) => (value >= 1000 ? `${value / 1000} s` : `${value} ms`);

const kPlots = [
  {
    title: "Traffic",
    unit: "requests per second",
    format: perSecond,
    label: perSecondLabel,
    lines: [{ name: "requests", css: "requests", area: true, valueOf: (point) => point.requests }],
  },
  {
    title: "Errors",
    unit: "answers per second",
    format: perSecond,
    label: perSecondLabel,
    lines: [
      { name: "4xx", css: "errors4xx", valueOf: (point) => point.errors4xx },
      { name: "5xx", css: "errors5xx", valueOf: (point) => point.errors5xx },
    ],
  },
  {
    title: "Latency",
    unit: "of whole answers",
    format: milliseconds,
    label: millisecondsLabel,
    lines: [
      { name: "p50", css: "p50", valueOf: (point) => point.p50 },
      { name: "p95", css: "p95", valueOf: (point) => point.p95 },
      { name: "p99", css: "p99", valueOf: (point) => point.p99 },
    ],
  },
];

export class Plots {
  #history;
  #range = kRanges[0];
  #cursor = null;
  #now = Date.now();
  #plots;
  #onRange;

  /** `onRange` is called when other points are needed. */
  constructor(history, onRange) {
    this.#history = history;
    this.#onRange = onRange;
    this.#plots = kPlots.map((plot) => new Plot({ ...plot, onCursor: (at) => this.#moveCursor(at) }));
    byId("plots").replaceChildren(...this.#plots.map((plot) => plot.node));
    byId("ranges").append(...kRanges.map((range) => this.#choice(range)));
  }

  get range() {
    return this.#range;
  }

  #choice(range) {
    const input = el("input", { type: "radio", name: "range", value: String(range.seconds) });
    input.checked = range === this.#range;
    input.addEventListener("change", () => {
      this.#range = range;
      this.#cursor = null;
      this.#onRange();
      this.update(this.#now);
    });
    return el("label", {}, input, el("span", {}, range.name));
  }

  #moveCursor(at) {
    this.#cursor = at;
    this.update(this.#now);
  }

  /** Draws up to `now`, the daemon's time. */
  update(now) {
    this.#now = now;
    const series = this.#history.series(this.#range);
    const from = now - this.#range.seconds * 1000;
    const time = byId("cursor-time");
    setText(time, this.#cursor === null ? "now" : when(this.#cursor, now));
    setAttribute(time, "title", this.#cursor === null ? null : `${clock(this.#cursor)}, local time`);
    for (const plot of this.#plots) plot.update(series, from, now, this.#cursor);
  }
}
