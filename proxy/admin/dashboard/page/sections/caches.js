// Caches: how full each is, how much of its routes' traffic it answers, and what is asked for most.
import { byId, el, Rows, setAttribute, setText, show } from "../lib/dom.js";
import { age, bytes, count, milliseconds, percent, plural, rate } from "../lib/format.js";
import { Rates } from "../lib/rates.js";
import { Table } from "../lib/table.js";

const kRoutesMax = 25;

const kAnswered = ["hit", "stale", "collapsed"]; // without a request of their own to a backend
const kRequests = [...kAnswered, "revalidated", "miss", "pass", "failed", "only-if-cached"];
const kCounters = [...kRequests, "stored_bytes", "sent_bytes"];

const sum = (counters, names) => names.reduce((total, name) => total + (counters[name] ?? 0), 0);

/** Of the last seconds; of all time where nobody asks just now. */
function ratio(route, part, whole) {
  const now = sum(route.rates, whole);
  if (now > 0) return percent(sum(route.rates, part), now);
  return percent(sum(route.counters, part), sum(route.counters, whole));
}

const latency = (tier, from) => ({
  name: `p95 ${tier}`,
  hint: `from the head of the request to the last byte of an answer ${from}, since the start of headgate`,
  css: "number",
  text: (route) => milliseconds(route.latency[tier]?.p95 ?? null),
});

const kColumns = [
  { name: "Route", css: "name", text: (route) => route.name },
  { name: "Req/s", css: "number", text: (route) => rate(sum(route.rates, kRequests)) },
  {
    name: "Hits",
    hint: "Requests that were answered without a request of their own to a backend, over ten seconds",
    css: "number",
    text: (route) => ratio(route, kAnswered, kRequests),
  },
  {
    name: "Bytes",
    hint: "Bytes that came from the store, of all that were sent, over ten seconds",
    css: "number",
    text: (route) => ratio(route, ["stored_bytes"], ["sent_bytes"]),
  },
  { name: "Stale/s", css: "number", text: (route) => rate(route.rates.stale) },
  { name: "Collapsed/s", css: "number", text: (route) => rate(route.rates.collapsed) },
  { name: "Revalidated/s", css: "number", text: (route) => rate(route.rates.revalidated) },
  { name: "Misses/s", css: "number", text: (route) => rate(route.rates.miss) },
  { name: "Passed/s", css: "number", text: (route) => rate(route.rates.pass) },
  {
    name: "Failed/s",
    css: "number",
    text: (route) => rate(route.rates.failed),
    tone: (route) => (route.rates.failed > 0 ? "bad" : null),
  },
  latency("memory", "out of memory"),
  latency("disk", "from the disk"),
  latency("origin", "that a backend was asked for"),
  {
    name: "Age p50",
    hint: "Half of the stored answers were not older when they were given, since the start of headgate",
    css: "number",
    text: (route) => age(route.age.p50 ?? null),
    title: (route) => `all but a twentieth: ${age(route.age.p95 ?? null)}`,
  },
];

const kKeyColumns = [
  { name: "Hottest keys", css: "address key", text: (row) => row.key },
  {
    name: "Req/s",
    hint: "Of the last minute or two, by a sample",
    css: "number",
    text: (row) => rate(row.requests_per_second),
  },
];

export class Caches {
  #rates = new Rates(10_000);
  #rows;

  constructor() {
    this.#rows = new Rows(byId("caches-list"), (cache) => this.#make(cache));
  }

  forget() {
    this.#rates.clear();
  }

  update(caches, now) {
    const keys = new Set();
    for (const cache of caches) {
      keys.add(cache.name);
      cache.rates = this.#rates.add(cache.name, { inserted: cache.inserted, discarded: cache.discarded }, now);
      cache.shown = Object.entries(cache.routes).map(([name, counters]) => {
        const key = JSON.stringify([cache.name, name]);
        keys.add(key);
        const known = Object.fromEntries(kCounters.map((counter) => [counter, counters[counter] ?? 0]));
        const rates = this.#rates.add(key, known, now);
        return { name, counters: known, rates, latency: counters.latency_ms, age: counters.age_seconds };
      });
    }
    this.#rates.keep(keys);
    this.#rows.update(caches, (cache) => cache.name);
    setText(byId("caches-sum"), plural(caches.length, "cache"));
    const none = byId("caches-more");
    show(none, caches.length === 0);
    setText(none, "The configuration has no cache: each request goes to its origin.");
  }

  #make(first) {
    const name = el("h3");
    const facts = el("p", { class: "muted" });
    const routes = new Table(`Routes of the cache ${first.name}`, kColumns, (route) => ({ "data-route": route.name }));
    const more = el("p", { class: "more" });
    const keys = new Table(`Hottest keys of ${first.name}`, kKeyColumns);
    const node = el("details", { class: "pool" }, el("summary", {}, name, facts), routes.node, more, keys.node);
    node.open = true;
    const update = (cache) => {
      setAttribute(node, "data-cache", cache.name);
      setText(name, cache.name);
      setText(facts, this.#factsOf(cache));
      const all = [...cache.shown].sort((a, b) => sum(b.counters, kRequests) - sum(a.counters, kRequests));
      const shown = all.slice(0, kRoutesMax);
      routes.update(shown, (route) => route.name);
      show(routes.node, shown.length > 0);
      show(more, shown.length === 0 || shown.length < all.length);
      if (shown.length === 0) setText(more, "No route uses it.");
      else setText(more, `${count(shown.length)} of ${plural(all.length, "route")}.`);
      keys.update(cache.hottest, (row) => row.key);
      show(keys.node, cache.hottest.length > 0);
    };
    return { node, update };
  }

  #factsOf(cache) {
    const parts = [
      `${bytes(cache.used_bytes)} of ${bytes(cache.memory_bytes)}`,
      cache.entries === 1 ? "1 entry" : `${count(cache.entries)} entries`,
      `${rate(cache.rates.inserted)} stored/s`,
    ];
    if (cache.rates.discarded > 0) parts.push(`${rate(cache.rates.discarded)} discarded/s`);
    if (cache.purges > 0) parts.push(plural(cache.purges, "purge"));
    if (cache.disk) parts.push(this.#diskOf(cache.disk));
    return parts.join(", ");
  }

  #diskOf(disk) {
    if (disk.state !== "on") return `disk ${disk.state}${disk.why ? ` (${disk.why})` : ""}`;
    const news = disk.indexing ? ", being looked through" : "";
    return `disk ${bytes(disk.used_bytes)} of ${bytes(disk.size_bytes)}${news}`;
  }
}
