// Where clients connect.
import { byId } from "../lib/dom.js";
import { count, duration, instant, kNothing, rate } from "../lib/format.js";
import { Rates } from "../lib/rates.js";
import { Table } from "../lib/table.js";

const bindsOf = (listener) => (listener.binds ?? []).join(", ") || "not open";

/** Who renews certificates at the usual time, 30 days before their end, has missed it by then. */
const kSoonSeconds = 14 * 86400;

/** Of the certificate that ends first: { file, names, left }, in seconds; null for a plain listener. */
function nextToEnd(listener, now) {
  const left = (certificate) => (instant(certificate.not_after) - now) / 1000;
  const all = (listener.tls?.certificates ?? []).map((each) => ({ ...each, left: left(each) }));
  return all.reduce((first, each) => (first === null || each.left < first.left ? each : first), null);
}

function leftOf(listener) {
  if (!listener.ending) return kNothing;
  return listener.ending.left <= 0 ? "expired" : duration(listener.ending.left);
}

function toneOf(listener) {
  if (!listener.ending || listener.ending.left > kSoonSeconds) return null;
  return listener.ending.left <= 0 ? "bad" : "warn";
}

function troubleOf(listener) {
  if (listener.tls?.load_error) return `Certificates could not be loaded again: ${listener.tls.load_error}`;
  if (!toneOf(listener)) return "";
  const { file, left } = listener.ending;
  return left <= 0 ? `${file} has expired.` : `${file} expires in ${duration(left)}.`;
}

const kColumns = [
  { name: "Listener", css: "name", text: (listener) => listener.name },
  { name: "Protocol", css: "", text: (listener) => listener.protocol },
  { name: "Binds", css: "address", text: bindsOf },
  {
    name: "Certificate",
    hint: "How long the one that ends first is valid",
    css: "number",
    text: leftOf,
    title: (listener) => (listener.ending ? `${listener.ending.file}: ${listener.ending.names.join(", ")}` : null),
    tone: toneOf,
  },
  { name: "Open", css: "number", text: (listener) => count(listener.connections_open) },
  { name: "Conn/s", css: "number", text: (listener) => rate(listener.rates.connections) },
  { name: "Req/s", css: "number", text: (listener) => rate(listener.rates.requests) },
  { name: "Requests", css: "number", text: (listener) => count(listener.requests) },
];

export class Listeners {
  #rates = new Rates(10_000);
  #table = new Table("Listeners", kColumns);

  #notices;
  #noticed = new Set();

  constructor(notices) {
    this.#notices = notices;
    byId("listeners-list").append(this.#table.node);
  }

  forget() {
    this.#rates.clear();
  }

  update(listeners, now) {
    for (const listener of listeners) {
      const { requests = 0, connections = 0 } = listener;
      listener.rates = this.#rates.add(listener.name, { requests, connections }, now);
      listener.ending = nextToEnd(listener, Date.now());
    }
    this.#notice(listeners);
    this.#rates.keep(new Set(listeners.map((listener) => listener.name)));
    this.#table.update(listeners, (listener) => listener.name);
  }

  #notice(listeners) {
    const troubled = listeners.filter((listener) => troubleOf(listener));
    const now = new Set(troubled.map((listener) => listener.name));
    for (const name of this.#noticed) if (!now.has(name)) this.#notices.clear(`certificate ${name}`);
    this.#noticed = now;
    for (const listener of troubled) {
      const isBad = listener.tls.load_error || listener.ending.left <= 0;
      const text = `Listener ${listener.name}: ${troubleOf(listener)}`;
      this.#notices.set({ key: `certificate ${listener.name}`, tone: isBad ? "bad" : "warn", text });
    }
  }
}
