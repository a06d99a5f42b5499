// One plot over time, drawn as SVG: axes with units, lines with gaps, and a cursor that reads them.
import { el, setAttribute, setText, svg } from "../lib/dom.js";
import { clock, kNothing } from "../lib/format.js";
import { linear, timeTicks, valueTicks } from "./scale.js";
import { runs, thin } from "./series.js";

const kHeight = 150;
const kMargin = { top: 8, right: 6, bottom: 20, left: 52 };
const kPixelsPerTimeTick = 76;

const timeLabel = (at) => clock(at).slice(0, 5);

/**
 * `lines` are { name, css, valueOf(point), area }; `format` writes a value with its unit for the readout, `label`
 * one of the axis. `onCursor(time or null)` is told where the reader points.
 */
export class Plot {
  #lines;
  #format;
  #label;
  #onCursor;
  #title;
  #readouts;
  #grid = svg("g", { class: "grid" });
  #shapes = svg("g", { class: "lines" });
  #cursor = svg("g", { class: "cursor" });
  #empty = svg("text", { class: "empty", "text-anchor": "middle" });
  #svg;
  #width = 0;
  #shown = null; // { series, from, to, cursor }

  constructor({ title, unit, lines, format, label, onCursor }) {
    this.#title = title;
    this.#lines = lines;
    this.#format = format;
    this.#label = label;
    this.#onCursor = onCursor;
    this.#readouts = lines.map(() => el("output", { class: "value" }));
    this.#svg = svg(
      "svg",
      { height: kHeight, role: "slider", tabindex: "0", "aria-label": `${title}, ${unit}: the time that is read` },
      this.#grid,
      this.#shapes,
      this.#cursor,
      this.#empty,
    );
    const legend = el("dl", { class: "legend" });
    lines.forEach((line, index) => {
      const key = svg("svg", { class: `key ${line.css}`, width: 18, height: 8, "aria-hidden": "true" });
      key.append(svg("line", { x1: 0, x2: 18, y1: 4, y2: 4, class: `line ${line.css}` }));
      legend.append(el("div", {}, el("dt", {}, key, line.name), el("dd", {}, this.#readouts[index])));
    });
    this.node = el(
      "figure",
      { class: "plot" },
      el("figcaption", {}, el("h3", {}, title), el("span", { class: "unit" }, unit)),
      legend,
      this.#svg,
    );
    this.#listen();
  }

  #listen() {
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width === this.#width) return;
      this.#width = width;
      if (this.#shown) this.#draw();
    }).observe(this.node);
    const point = (event) => {
      const at = this.#timeAt(event.clientX - this.#svg.getBoundingClientRect().left);
      this.#onCursor(at);
    };
    this.#svg.addEventListener("pointermove", point);
    this.#svg.addEventListener("pointerdown", point);
    // A finger that is lifted leaves, and what it pointed at is to be read then.
    this.#svg.addEventListener("pointerleave", ({ pointerType }) => pointerType !== "touch" && this.#onCursor(null));
    this.#svg.addEventListener("keydown", (event) => this.#key(event));
    this.#svg.addEventListener("blur", () => this.#onCursor(null));
  }

  #key(event) {
    if (!this.#shown) return;
    const { from, to, cursor, series } = this.#shown;
    const step = Math.max(series.stepMs, (to - from) / 60);
    const now = cursor ?? to;
    const moves = { ArrowLeft: now - step, ArrowRight: now + step, Home: from, End: to, Escape: null };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const wanted = moves[event.key];
    this.#onCursor(wanted === null ? null : Math.min(to, Math.max(from, wanted)));
  }

  #timeAt(x) {
    if (!this.#shown) return null;
    const { from, to } = this.#shown;
    const share = (x - kMargin.left) / Math.max(1, this.#width - kMargin.left - kMargin.right);
    return from + Math.min(1, Math.max(0, share)) * (to - from);
  }

  /** Shows the points of a Series from `from` to `to`, read at `cursor` or, if that is null, at the newest point. */
  update(series, from, to, cursor) {
    this.#shown = { series, from, to, cursor };
    if (this.#width > 0) this.#draw();
    this.#read();
  }

  #draw() {
    const { series, from, to } = this.#shown;
    const points = series.between(from, to);
    const values = points.flatMap((point) => this.#lines.map((line) => line.valueOf(point) ?? 0));
    const ticks = valueTicks(values.reduce((most, value) => Math.max(most, value), 0));
    const x = linear(from, to, kMargin.left, this.#width - kMargin.right);
    const y = linear(0, ticks.at(-1), kHeight - kMargin.bottom, kMargin.top);
    setAttribute(this.#svg, "width", this.#width);
    setAttribute(this.#svg, "viewBox", `0 0 ${this.#width} ${kHeight}`);
    this.#drawGrid(ticks, x, y);
    const columns = Math.max(1, this.#width - kMargin.left - kMargin.right);
    this.#shapes.replaceChildren(
      ...this.#lines.flatMap((line) => this.#drawLine(line, points, { x, y, from, to, columns, step: series.stepMs })),
    );
    setText(this.#empty, points.length === 0 ? this.#nothing : "");
    setAttribute(this.#empty, "x", (kMargin.left + this.#width) / 2);
    setAttribute(this.#empty, "y", kHeight / 2);
    this.#drawCursor(x, y);
  }

  get #nothing() {
    const { series, from, to } = this.#shown;
    const first = "the first point comes when a minute is complete";
    return series.last === null && to - from > 3_600_000 ? first : "no data in this time";
  }

  #drawGrid(ticks, x, y) {
    const { from, to } = this.#shown;
    const right = this.#width - kMargin.right;
    const rows = ticks.flatMap((value) => [
      svg("line", { x1: kMargin.left, x2: right, y1: y(value), y2: y(value), class: value === 0 ? "zero" : "" }),
      svg("text", { x: kMargin.left - 6, y: y(value) + 4, "text-anchor": "end" }, this.#label(value)),
    ]);
    const offset = -new Date(to).getTimezoneOffset() * 60_000;
    const most = Math.max(2, Math.floor((right - kMargin.left) / kPixelsPerTimeTick));
    const columns = timeTicks(from, to, most, offset).flatMap((at) => {
      // A label at the edge would be cut off: it leans inwards.
      const anchor = x(at) > right - 18 ? "end" : x(at) < kMargin.left + 18 ? "start" : "middle";
      return [
        svg("line", { x1: x(at), x2: x(at), y1: y(0), y2: y(0) + 4, class: "zero" }),
        svg("text", { x: x(at), y: kHeight - 4, "text-anchor": anchor }, timeLabel(at)),
      ];
    });
    this.#grid.replaceChildren(...rows, ...columns);
  }

  #drawLine(line, points, { x, y, from, to, columns, step }) {
    const shapes = [];
    for (const run of runs(points, line.valueOf, step)) {
      const thinned = thin(run, from, to, columns);
      const place = ({ at, value }) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      const path = `M${thinned.map(place).join("L")}`;
      if (line.area && thinned.length > 1) {
        const ends = [x(thinned.at(-1).at), x(thinned[0].at)].map((end) => `L${end.toFixed(1)} ${y(0)}`);
        shapes.push(svg("path", { d: `${path}${ends.join("")}Z`, class: `area ${line.css}` }));
      }
      // One point alone has no length; a round cap shows it as a dot.
      shapes.push(svg("path", { d: thinned.length === 1 ? `${path}h0.01` : path, class: `line ${line.css}` }));
    }
    return shapes;
  }

  #drawCursor(x, y) {
    const { series, cursor, from } = this.#shown;
    const point = cursor === null ? null : series.nearest(cursor);
    if (cursor === null) return this.#cursor.replaceChildren();
    const at = x(Math.max(from, point?.at ?? cursor));
    const dots = this.#lines
      .filter((line) => point !== null && typeof line.valueOf(point) === "number")
      .map((line) => svg("circle", { cx: at, cy: y(line.valueOf(point)), r: 3, class: `dot ${line.css}` }));
    this.#cursor.replaceChildren(
      svg("line", { x1: at, x2: at, y1: kMargin.top, y2: kHeight - kMargin.bottom }),
      ...dots,
    );
  }

  #read() {
    const { series, from, to, cursor } = this.#shown;
    const point = cursor === null ? series.current(to) : series.nearest(cursor);
    const texts = this.#lines.map((line) => (point === null ? kNothing : this.#format(line.valueOf(point))));
    this.#readouts.forEach((node, index) => setText(node, texts[index]));
    const time = clock(point?.at ?? cursor ?? to);
    const spoken = this.#lines.map((line, index) => `${line.name} ${texts[index]}`).join(", ");
    setAttribute(this.#svg, "aria-valuemin", Math.round(from / 1000));
    setAttribute(this.#svg, "aria-valuemax", Math.round(to / 1000));
    setAttribute(this.#svg, "aria-valuenow", Math.round((cursor ?? to) / 1000));
    setAttribute(this.#svg, "aria-valuetext", `${this.#title} at ${time}: ${spoken}`);
  }
}
