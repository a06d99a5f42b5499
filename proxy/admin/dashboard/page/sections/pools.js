// Pools and their backends: what is up, why not, and how much each takes.
import { byId, el, Rows, setAttribute, setText, show } from "../lib/dom.js";
import { count, plural, rate } from "../lib/format.js";
import { Mark } from "../lib/marks.js";
import { Rates } from "../lib/rates.js";
import { bounded, matches } from "../lib/selection.js";
import { backendTable } from "./backends.js";

const kPoolsMax = 40;
const kRowsMax = 25;
const kRowsMore = 200;
// More pools than this begin closed, unless something of them is not up.
const kOpenPoolsMax = 8;

const troubled = (backend) => backend.state !== "up";
const keyOf = (backend) => JSON.stringify([backend.pool, backend.id, backend.address]);

export class Pools {
  #context;
  #pools = [];
  #rates = new Rates();
  #rows;
  #filter = byId("pools-filter");
  #troubledOnly = byId("troubled");

  /** `context` as in backends.js. */
  constructor(context) {
    this.#context = context;
    this.#rows = new Rows(byId("pools-list"), (shown) => this.#makePool(shown));
    this.#filter.addEventListener("input", () => this.draw());
    this.#troubledOnly.addEventListener("change", () => this.draw());
  }

  /** Another process counts from 0. */
  forget() {
    this.#rates.clear();
  }

  update(pools, now) {
    const keys = new Set();
    const add = (key, counters) => {
      keys.add(key);
      return this.#rates.add(key, counters, now);
    };
    for (const pool of pools) {
      pool.rates = add(JSON.stringify([pool.name]), {
        requests: pool.requests,
        retries: pool.retries,
        shed: pool.protection.shed,
        hedges: pool.protection.hedge?.asked ?? 0,
      });
      for (const backend of pool.backends) {
        const errors = backend.responses?.["5xx"] ?? 0;
        const failures = backend.failures + backend.connect_failures;
        backend.rates = add(keyOf(backend), { requests: backend.requests, errors, failures });
      }
    }
    this.#rates.keep(keys);
    this.#pools = pools;
    this.draw();
  }

  draw() {
    const filter = this.#filter.value;
    const wanted = (pool, backend) =>
      (!this.#troubledOnly.checked || troubled(backend)) &&
      matches(filter, [pool.name, backend.id, backend.address, backend.state, backend.why]);
    const narrowed = filter.trim() !== "" || this.#troubledOnly.checked;
    const found = this.#pools
      .map((pool) => ({ pool, backends: pool.backends.filter((backend) => wanted(pool, backend)), narrowed }))
      .filter(({ backends, pool }) => backends.length > 0 || (!narrowed && pool.backends.length === 0));
    const shown = bounded(found, kPoolsMax, ({ backends }) => backends.some(troubled));
    this.#rows.update(shown, ({ pool }) => JSON.stringify([pool.name, Boolean(pool.sticky)]));
    const backends = this.#pools.reduce((sum, pool) => sum + pool.backends.length, 0);
    setText(byId("pools-sum"), `${plural(this.#pools.length, "pool")}, ${plural(backends, "backend")}`);
    const more = byId("pools-more");
    show(more, shown.length < found.length || found.length === 0);
    if (this.#pools.length === 0) setText(more, "The configuration has no pool: its routes answer by themselves.");
    else if (found.length === 0) setText(more, narrowed ? "Nothing matches the filter." : "");
    else setText(more, `${count(shown.length)} of ${plural(found.length, "pool")}: filter to see others.`);
  }

  #makePool(first) {
    const mark = new Mark("up");
    const name = el("h3");
    const facts = el("p", { class: "muted" });
    const table = backendTable(`Backends of ${first.pool.name}`, this.#context, first.pool.sticky);
    const more = el("button", { type: "button" });
    const below = el("p", { class: "more" }, more);
    const node = el("details", { class: "pool" }, el("summary", {}, name, mark.node, facts), table.node, below);
    node.open = this.#pools.length <= kOpenPoolsMax || first.backends.some(troubled);
    let most = kRowsMax;
    let latest = first;
    const rows = () => {
      const shown = bounded(latest.backends, most, troubled);
      table.update(shown, keyOf);
      show(table.node, shown.length > 0);
      const left = latest.backends.length - shown.length;
      show(below, left > 0);
      setText(more, `Show ${count(Math.min(left, kRowsMore))} more of ${count(latest.backends.length)}`);
    };
    more.addEventListener("click", () => {
      most += kRowsMore;
      rows();
    });
    node.addEventListener("toggle", rows);
    const update = (shown) => {
      latest = shown;
      setAttribute(node, "data-pool", shown.pool.name);
      setText(name, shown.pool.name);
      this.#sum(shown.pool, mark, facts);
      if (node.open) rows();
    };
    return { node, update };
  }

  #sum(pool, mark, facts) {
    const up = pool.backends.filter((backend) => !troubled(backend)).length;
    const all = pool.backends.length;
    const state = up === all ? "up" : up === 0 ? "down" : "ejected";
    mark.set(all === 0 ? "disabled" : state, all === 0 ? "no backend" : `${count(up)} of ${count(all)} up`);
    const balance = pool.hash ? `hash by ${pool.hash.by}` : pool.balance;
    const sticky = pool.sticky ? `sticky by ${pool.sticky.by}` : "";
    const parts = [balance, sticky, `${rate(pool.rates.requests)} req/s`];
    for (const name of pool.names ?? []) {
      const left = name.ttl_seconds === null ? "" : ` (TTL ${count(name.ttl_seconds)} s)`;
      parts.push(`found by ${name.name}${name.problem ? `, which fails: ${name.problem}` : left}`);
    }
    const { requests } = pool.protection;
    if (requests.limit) parts.push(`${count(requests.now)} of ${count(requests.limit)} at once`);
    if (pool.waiting > 0) parts.push(`${count(pool.waiting)} waiting`);
    if (pool.rates.retries > 0) parts.push(`${rate(pool.rates.retries)} retries/s`);
    if (pool.rates.hedges > 0) parts.push(`${rate(pool.rates.hedges)} hedges/s`);
    if (pool.rates.shed > 0) parts.push(`${rate(pool.rates.shed)} shed/s`);
    setText(facts, parts.filter(Boolean).join(", "));
  }
}
