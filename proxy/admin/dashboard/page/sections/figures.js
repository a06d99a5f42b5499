// The figures above the plots.
import { byId, el, setAttribute, setText } from "../lib/dom.js";
import { bytes, count, milliseconds, percent, rate } from "../lib/format.js";

const kNames = [
  ["requests", "Requests"],
  ["errors4xx", "4xx"],
  ["errors5xx", "5xx"],
  ["p95", "p95"],
  ["sent", "Sent"],
  ["connections", "Connections"],
  ["inFlight", "In flight"],
  ["backends", "Backends up"],
];

export class Figures {
  #values = {};

  constructor() {
    const list = byId("figures");
    for (const [key, name] of kNames) {
      const value = el("dd");
      const node = el("div", { "data-figure": key }, el("dt", {}, name), value);
      this.#values[key] = { value, node };
      list.append(node);
    }
  }

  #set(key, text, tone = null) {
    const { value, node } = this.#values[key];
    setText(value, text);
    setAttribute(node, "data-tone", tone);
  }

  history(history, now) {
    const requests = history.recent("requests", now);
    const errors = (member) => {
      const value = history.recent(member, now);
      return value ? `${rate(value)}/s (${percent(value, requests)})` : requests === null ? "–" : "0/s";
    };
    this.#set("requests", requests === null ? "–" : `${rate(requests)}/s`);
    this.#set("errors4xx", errors("errors4xx"));
    this.#set("errors5xx", errors("errors5xx"), history.recent("errors5xx", now) > 0 ? "bad" : null);
    this.#set("p95", milliseconds(history.recent("p95", now)));
    const sent = history.recent("sent", now);
    this.#set("sent", sent === null ? "–" : `${bytes(sent)}/s`);
  }

  pools(pools) {
    const backends = pools.flatMap((pool) => pool.backends);
    const up = backends.filter((backend) => backend.state === "up").length;
    const inFlight = backends.reduce((sum, backend) => sum + backend.requests_in_flight, 0);
    this.#set("inFlight", count(inFlight));
    const troubled = backends.some((backend) => backend.state === "down" || backend.state === "ejected");
    this.#set("backends", `${count(up)} of ${count(backends.length)}`, troubled ? "bad" : null);
  }

  status(status) {
    const open = status.listeners.reduce((sum, listener) => sum + listener.connections_open, 0);
    this.#set("connections", count(open));
  }
}
