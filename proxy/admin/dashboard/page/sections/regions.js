// Regions: which are up, why not, and how large a share of the clients is each one's; on a map of the world and as a
// table.
import { text as textField, ask } from "../lib/dialog.js";
import { byId, el, setAttribute, setText, show } from "../lib/dom.js";
import { age, count, instant, kNothing, percent, plural, when } from "../lib/format.js";
import { Mark } from "../lib/marks.js";
import { Rates } from "../lib/rates.js";
import { Table } from "../lib/table.js";
import { WorldMap } from "../world/map.js";

const kRegionsMax = 100;
const kRateMs = 60_000; // clients come and go: what they were over a minute

const kChanges = {
  drain: {
    name: "Drain",
    body: "Its clients go to the next region, by DNS and by HTTP. While no other region can serve them, it still does.",
  },
  enable: { name: "Enable", body: "It takes its clients again, as far as its health allows." },
};

const actionOf = (region) => (region.drained_by === null ? "drain" : "enable");

function askForChange(client, region, done) {
  const action = actionOf(region);
  const change = kChanges[action];
  ask({
    title: `${change.name} region ${region.name}?`,
    body: [change.body],
    fields: [
      textField("why", "Reason, for the events and your colleagues", { maxlength: "200", placeholder: "optional" }),
    ],
    confirm: change.name,
    run: async ({ why }) => {
      const wish = why.trim() === "" ? {} : { why: why.trim() };
      await client.send("POST", `/regions/${encodeURIComponent(region.name)}/${action}`, wish);
      done(action);
    },
  });
}

function stateCell(region) {
  const mark = new Mark(region.state);
  return { node: mark.node, update: (now) => mark.set(now.state) };
}

function nameCell() {
  const name = el("span", { class: "name" });
  const role = el("span", { class: "address" });
  const update = (region) => {
    setText(name, region.name);
    setText(role, [region.home && "this instance's", region.default && "default"].filter(Boolean).join(", "));
  };
  return { node: el("div", {}, name, " ", role), update };
}

/** Each region's share of what was counted lately, or of all where nothing was. */
function shareOut(regions, kind) {
  const sum = (of) => regions.reduce((total, region) => total + (of(region) ?? 0), 0);
  const lately = (region) => region.rates[kind];
  const ever = (region) => region[kind];
  const counted = sum(lately) > 0 ? lately : ever;
  const whole = sum(counted);
  for (const region of regions) {
    const part = counted(region) ?? 0;
    region.shares[kind] = { share: whole > 0 ? part / whole : 0, text: percent(part, whole) };
  }
}

/** An address that is not healthy says so. */
const addressText = ({ address, healthy }) => (healthy === false ? `${address} (down)` : address);

export class Regions {
  #context;
  #client;
  #rates = new Rates(kRateMs);
  #map = new WorldMap("The world, with a disc for each region: the table below says the same");
  #table;

  /** `context` is { mayChange(), signIn(), now(), changed(text) }. */
  constructor(client, context) {
    this.#client = client;
    this.#context = context;
    const sinceOf = (region) => instant(region.since);
    this.#table = new Table(
      "Regions",
      [
        { name: "State", css: "state", make: stateCell },
        {
          name: "For",
          css: "number since",
          text: (region) => (sinceOf(region) === null ? kNothing : age((context.now() - sinceOf(region)) / 1000)),
          title: (region) => (sinceOf(region) === null ? null : `since ${when(sinceOf(region), context.now())}`),
        },
        { name: "Region", css: "backend", make: nameCell },
        { name: "Why", css: "why", text: (region) => region.why },
        {
          name: "Clients",
          hint: "Of the clients of the last minute, whose region it is; of all since the start where there were none",
          css: "number",
          text: (region) => region.shares.clients.text,
        },
        {
          name: "Answers",
          hint: "Of the answers of DNS for geo names, the same",
          css: "number",
          text: (region) => region.shares.answers.text,
        },
        {
          name: "Backends up",
          css: "number",
          text: (region) =>
            region.backends === 0 ? kNothing : `${count(region.backends_healthy)} of ${count(region.backends)}`,
          title: (region) =>
            region.pools.map((each) => `${each.pool}: ${each.healthy} of ${each.backends}`).join(", ") || null,
        },
        {
          name: "Addresses",
          css: "address",
          text: (region) => region.addresses.map(addressText).join(", ") || kNothing,
        },
        { name: "", label: "Change", css: "change", make: () => this.#changeCell() },
      ],
      (region) => ({ "data-state": region.state, "data-region": region.name }),
    );
    byId("regions-list").append(this.#map.node, this.#table.node);
  }

  /** Another process counts from 0. */
  forget() {
    this.#rates.clear();
  }

  update(regions, now) {
    for (const region of regions) {
      const { clients, answers } = region;
      region.rates = this.#rates.add(region.name, { clients, answers }, now);
      region.shares = {};
    }
    this.#rates.keep(new Set(regions.map((region) => region.name)));
    for (const kind of ["clients", "answers"]) shareOut(regions, kind);
    // Where DNS sends people is what the map is for; without it, where they come from.
    const drawn = regions.some((region) => region.answers > 0) ? "answers" : "clients";
    for (const region of regions) {
      const { share, text } = region.shares[drawn];
      region.share = share;
      region.label = text === kNothing ? region.name : `${region.name} ${text}`;
      region.text = `${region.name}: ${region.state}, ${region.why}`;
    }
    const shown = regions.slice(0, kRegionsMax);
    show(this.#map.node, this.#map.update(shown) > 0);
    this.#table.update(shown, (region) => region.name);
    show(this.#table.node, shown.length > 0);
    const others = regions.filter((region) => region.state !== "up").length;
    setText(byId("regions-sum"), `${plural(regions.length, "region")}${others > 0 ? `, ${count(others)} not up` : ""}`);
    const more = byId("regions-more");
    show(more, shown.length === 0 || shown.length < regions.length);
    if (regions.length === 0)
      setText(more, "The configuration names no region: clients are the same wherever they are.");
    else setText(more, `${count(shown.length)} of ${plural(regions.length, "region")}.`);
  }

  #changeCell() {
    const button = el("button", { type: "button" });
    let current = null;
    button.addEventListener("click", () => {
      if (!this.#context.mayChange()) return this.#context.signIn();
      askForChange(this.#client, current, (action) =>
        this.#context.changed(`${action}: region ${current.name}: done.`),
      );
    });
    const update = (region) => {
      current = region;
      const { name } = kChanges[actionOf(region)];
      const may = this.#context.mayChange();
      setText(button, name);
      setAttribute(button, "data-action", actionOf(region));
      setAttribute(button, "aria-disabled", may ? null : "true");
      setAttribute(button, "title", may ? null : "Sign in with the token to make changes");
      setAttribute(button, "aria-label", `${name} region ${region.name}`);
      show(button, region.drained_by !== "configuration");
    };
    return { node: el("div", { class: "actions" }, button), update };
  }
}
