// What happened, newest first.
import { byId, el, Rows, setAttribute, setText, show } from "../lib/dom.js";
import { count, instant, when } from "../lib/format.js";
import { Mark } from "../lib/marks.js";

const kRowsFirst = 20;
const kKept = 500;
const kKinds = ["backend", "reload", "operator", "upgrade", "log-level", "tls", "geoip", "region", "dns"];

function makeEvent() {
  const time = el("time");
  const kind = el("span", { class: "kind" });
  const mark = new Mark("up");
  const text = el("span", { class: "text" });
  const node = el("li", {}, time, kind, mark.node, text);
  const update = (event) => {
    setText(time, when(instant(event.at), Date.now()));
    setAttribute(time, "datetime", event.at);
    setText(kind, event.kind);
    show(mark.node, Boolean(event.to));
    if (event.to) mark.set(event.to);
    const isSaid = !event.why || event.text.includes(event.why);
    setText(text, isSaid ? event.text : `${event.text}: ${event.why}`);
  };
  return { node, update };
}

export class Events {
  #events = [];
  #rows = new Rows(byId("events-list"), makeEvent);
  #kind = byId("events-kind");
  #all = byId("events-all");
  #most = kRowsFirst;

  constructor() {
    this.#kind.append(...kKinds.map((kind) => el("option", { value: kind }, kind)));
    this.#kind.addEventListener("change", () => this.#draw());
    this.#all.addEventListener("click", () => {
      this.#most = kKept;
      this.#draw();
    });
    this.#draw();
  }

  /** The number of the last one. */
  get last() {
    return this.#events.at(-1)?.number ?? 0;
  }

  /** Another process numbers from the beginning. */
  forget() {
    this.#events = [];
  }

  add(events) {
    const last = this.last;
    this.#events.push(...events.filter((event) => event.number > last));
    this.#events.splice(0, this.#events.length - kKept);
    this.#draw();
  }

  #draw() {
    const kind = this.#kind.value;
    const found = this.#events.filter((event) => kind === "" || event.kind === kind).reverse();
    const shown = found.slice(0, this.#most);
    this.#rows.update(shown, (event) => `${event.number} ${event.at}`);
    const more = byId("events-more");
    show(this.#all, shown.length < found.length);
    show(more, shown.length < found.length || found.length === 0);
    setText(
      more,
      found.length === 0 ? "Nothing happened yet." : `The last ${count(shown.length)} of ${count(found.length)}.`,
    );
  }
}
