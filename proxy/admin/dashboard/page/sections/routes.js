// Routes with what they match and how they do: as many rows as one reads, found by a filter or an order.
import { byId, setText, show } from "../lib/dom.js";
import { count, milliseconds, plural, rate } from "../lib/format.js";
import { Rates } from "../lib/rates.js";
import { matches } from "../lib/selection.js";
import { Table } from "../lib/table.js";

const kRowsMax = 50;

const quantile = (name) => ({
  name,
  hint: "from the head of the request to the last byte of the answer, since the start of headgate",
  css: "number",
  text: (route) => milliseconds(route.latency_ms?.[name] ?? null),
});

const kColumns = [
  { name: "#", css: "number", text: (route) => count(route.index) },
  { name: "Route", css: "name", text: (route) => route.name },
  { name: "Match", css: "match", text: (route) => route.match || "everything" },
  { name: "Origin", css: "why", text: (route) => route.origin },
  { name: "Requests", css: "number", text: (route) => count(route.requests) },
  { name: "Req/s", css: "number", text: (route) => rate(route.rates.requests) },
  { name: "4xx/s", css: "number", text: (route) => rate(route.rates.errors4xx) },
  {
    name: "5xx/s",
    css: "number",
    text: (route) => rate(route.rates.errors5xx),
    tone: (route) => (route.rates.errors5xx > 0 ? "bad" : null),
  },
  { name: "Limited/s", css: "number", text: (route) => rate(route.rates.limited) },
  quantile("p50"),
  quantile("p95"),
  quantile("p99"),
];

const kOrders = {
  file: null,
  rate: (route) => route.rates.requests ?? 0,
  errors: (route) => route.rates.errors5xx ?? 0,
  latency: (route) => route.latency_ms?.p95 ?? 0,
};

const kUnused = { requests: 0, errors4xx: 0, errors5xx: 0, limited: 0 };

export class Routes {
  #routes = [];
  #rates = new Rates(10_000);
  #table = new Table("Routes", kColumns, (route) => ({ "data-route": route.name }));
  #filter = byId("routes-filter");
  #order = byId("routes-order");

  constructor() {
    byId("routes-list").append(this.#table.node);
    this.#filter.addEventListener("input", () => this.draw());
    this.#order.addEventListener("change", () => this.draw());
  }

  forget() {
    this.#rates.clear();
  }

  update(routes, now) {
    const keys = new Set();
    for (const route of routes) {
      route.rates = kUnused;
      if (!route.requests) continue; // of 10,000 most are not
      const counters = {
        requests: route.requests ?? 0,
        errors4xx: route.responses?.["4xx"] ?? 0,
        errors5xx: route.responses?.["5xx"] ?? 0,
        limited: route.rate_limited ?? 0,
      };
      keys.add(route.name);
      route.rates = this.#rates.add(route.name, counters, now);
    }
    this.#rates.keep(keys);
    this.#routes = routes;
    this.draw();
  }

  draw() {
    const found = this.#routes.filter((route) =>
      matches(this.#filter.value, [route.name, route.match ?? "", route.origin]),
    );
    const value = kOrders[this.#order.value];
    if (value) found.sort((a, b) => value(b) - value(a)); // stable: equals stay in the order of the file
    const shown = found.slice(0, kRowsMax);
    this.#table.update(shown, (route) => route.name);
    show(this.#table.node, shown.length > 0);
    setText(byId("routes-sum"), plural(this.#routes.length, "route"));
    const more = byId("routes-more");
    show(more, shown.length < found.length || found.length === 0);
    if (found.length === 0) setText(more, this.#routes.length === 0 ? "No route." : "Nothing matches the filter.");
    else setText(more, `${count(shown.length)} of ${count(found.length)}: filter or order to see others.`);
  }
}
