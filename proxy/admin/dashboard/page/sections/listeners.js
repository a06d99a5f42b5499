// Where clients connect.
import { byId } from "../lib/dom.js";
import { count, rate } from "../lib/format.js";
import { Rates } from "../lib/rates.js";
import { Table } from "../lib/table.js";

const bindsOf = (listener) => (listener.binds ?? []).join(", ") || "not open";

const kColumns = [
  { name: "Listener", css: "name", text: (listener) => listener.name },
  { name: "Protocol", css: "", text: (listener) => listener.protocol },
  { name: "Binds", css: "address", text: bindsOf },
  { name: "Open", css: "number", text: (listener) => count(listener.connections_open) },
  { name: "Conn/s", css: "number", text: (listener) => rate(listener.rates.connections) },
  { name: "Req/s", css: "number", text: (listener) => rate(listener.rates.requests) },
  { name: "Requests", css: "number", text: (listener) => count(listener.requests) },
];

export class Listeners {
  #rates = new Rates(10_000);
  #table = new Table("Listeners", kColumns);

  constructor() {
    byId("listeners-list").append(this.#table.node);
  }

  forget() {
    this.#rates.clear();
  }

  update(listeners, now) {
    for (const listener of listeners) {
      const { requests = 0, connections = 0 } = listener;
      listener.rates = this.#rates.add(listener.name, { requests, connections }, now);
    }
    this.#rates.keep(new Set(listeners.map((listener) => listener.name)));
    this.#table.update(listeners, (listener) => listener.name);
  }
}
