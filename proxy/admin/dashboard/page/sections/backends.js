// The backends of one pool, a row each.
import { el, setAttribute, setText } from "../lib/dom.js";
import { age, count, instant, kNothing, milliseconds, rate, when } from "../lib/format.js";
import { Mark } from "../lib/marks.js";
import { Table } from "../lib/table.js";
import { changesFor, kChanges } from "./changes.js";

const quantile = (name) => ({
  name,
  hint: "from the choice of the backend to the head of its response, since the start of headgate",
  css: "number",
  text: (backend) => milliseconds(backend.latency_ms?.[name] ?? null),
});

function stateCell(backend) {
  const mark = new Mark(backend.state);
  return { node: mark.node, update: (now) => mark.set(now.state) };
}

function nameCell() {
  const id = el("span", { class: "name" });
  const address = el("span", { class: "address" });
  const node = el("div", {}, id, " ", address);
  const update = (backend) => {
    setText(id, backend.id);
    setText(address, backend.id === backend.address ? "" : backend.address);
    setAttribute(node, "title", discoveredOf(backend));
  };
  return { node, update };
}

function weightOf(backend) {
  const share = backend.weight_percent;
  return typeof share !== "number" || share === 100
    ? count(backend.weight)
    : `${count(backend.weight)} × ${Math.round(share)}%`;
}

/** Health's reason, and the operator's. */
function whyOf(backend) {
  const wish = backend.operator;
  if (!wish || wish.mode === "enabled" || !wish.why || backend.why.includes(wish.why)) return backend.why;
  return `${backend.why}; ${wish.why}`;
}

/** Buttons that stay in place while the rest of the row changes. `onChange(backend, action)`. */
function actionsCell(context) {
  const node = el("div", { class: "actions" });
  let shown = "";
  let current = null;
  const update = (backend) => {
    current = backend;
    const actions = changesFor(backend.operator?.mode ?? "enabled");
    if (actions.join() !== shown) {
      shown = actions.join();
      const focused = node.contains(document.activeElement);
      node.replaceChildren(
        ...actions.map((action) =>
          el(
            "button",
            { type: "button", "data-action": action, onclick: () => context.change(current, action) },
            kChanges[action].name,
          ),
        ),
      );
      if (focused) node.firstChild.focus();
    }
    for (const button of node.children) {
      const may = context.mayChange();
      setAttribute(button, "aria-disabled", may ? null : "true");
      setAttribute(button, "title", may ? null : "Sign in with the token to make changes");
      setAttribute(button, "aria-label", `${button.textContent} ${backend.id} of ${backend.pool}`);
    }
  };
  return { node, update };
}

/** What beside the weight says who is asked first; null: nothing. */
function rankOf(backend) {
  const words = [];
  if (backend.backup) words.push("backup");
  if (backend.priority > 0) words.push(`priority ${backend.priority}`);
  if (backend.region) words.push(`in ${backend.region}`);
  return words.join(", ") || null;
}

/** How DNS names it; null: the configuration has its address. */
function discoveredOf(backend) {
  const found = backend.discovered;
  if (!found) return null;
  if (!found.target) return `found by ${found.name}`;
  return `${found.target}, found by ${found.name} (priority ${found.priority}, weight ${found.weight})`;
}

/**
 * `context` is { mayChange(), change(backend, action), now() }; `sticky` as the API has it of the pool. Items are
 * backends of the API with `rates`.
 */
export function backendTable(label, context, sticky = null) {
  const sinceOf = (backend) => instant(backend.since);
  const columns = [
    { name: "State", css: "state", make: stateCell },
    {
      name: "For",
      css: "number since",
      text: (backend) => (sinceOf(backend) === null ? kNothing : age((context.now() - sinceOf(backend)) / 1000)),
      title: (backend) => (sinceOf(backend) === null ? null : `since ${when(sinceOf(backend), context.now())}`),
    },
    { name: "Backend", css: "backend", make: nameCell },
    { name: "Why", css: "why", text: whyOf },
    { name: "Weight", css: "number", text: weightOf, title: rankOf },
    ...(sticky
      ? [
          {
            name: "Sessions",
            hint:
              sticky.entries === null
                ? `that it was given since the start of headgate: ${sticky.by}`
                : `entries of the table that name it: ${sticky.by}`,
            css: "number",
            text: (backend) => count(backend.session_entries ?? backend.sessions),
          },
        ]
      : []),
    { name: "In flight", css: "number", text: (backend) => count(backend.requests_in_flight) },
    { name: "Req/s", css: "number", text: (backend) => rate(backend.rates.requests) },
    {
      name: "5xx/s",
      css: "number",
      text: (backend) => rate(backend.rates.errors),
      tone: (b) => (b.rates.errors > 0 ? "bad" : null),
    },
    quantile("p50"),
    quantile("p95"),
    quantile("p99"),
    {
      name: "Failures",
      css: "number",
      text: (backend) => count(backend.failures + backend.connect_failures),
      title: (backend) =>
        `${count(backend.connect_failures)} could not connect, ${count(backend.failures)} failed later`,
      tone: (backend) => (backend.rates.failures > 0 ? "bad" : null),
    },
    { name: "", label: "Change", css: "change", make: () => actionsCell(context) },
  ];
  return new Table(label, columns, (backend) => ({ "data-state": backend.state, "data-backend": backend.id }));
}
