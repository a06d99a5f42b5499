// What an operator may do to a backend, asked for once more before it is done.
import { ask, choice, text } from "../lib/dialog.js";

const kOver = [
  ["0s", "at once"],
  ["10s", "10 seconds"],
  ["1m", "1 minute"],
  ["5m", "5 minutes"],
  ["15m", "15 minutes"],
];

export const kChanges = {
  drain: {
    name: "Drain",
    over: "Its share goes down to nothing over",
    body: "It gets no new requests; those under way, and the connections they run on, end by themselves.",
  },
  disable: {
    name: "Disable",
    tone: "bad",
    body: "It is out at once, even if every other backend of the pool is down. Its idle connections are closed.",
  },
  enable: {
    name: "Enable",
    over: "Its share grows to the whole over",
    body: "It takes requests again, as far as its health allows.",
  },
};

/** Which changes make sense for a backend in an operator's mode. */
export function changesFor(mode) {
  if (mode === "disabled") return ["enable", "drain"];
  return mode === "draining" ? ["enable", "disable"] : ["drain", "disable"];
}

/** Asks, changes, and calls `done`. */
export function askForChange(client, backend, action, done) {
  const change = kChanges[action];
  const fields = [
    text("why", "Reason, for the events and your colleagues", { maxlength: "200", placeholder: "optional" }),
  ];
  if (change.over) fields.unshift(choice("over", change.over, kOver));
  ask({
    title: `${change.name} ${backend.id} of ${backend.pool}?`,
    body: [change.body],
    fields,
    confirm: change.name,
    tone: change.tone,
    run: async ({ over, why }) => {
      const wish = {};
      if (over !== undefined && over !== "0s") wish.over = over;
      if (why.trim() !== "") wish.why = why.trim();
      const pool = encodeURIComponent(backend.pool);
      const id = encodeURIComponent(backend.id);
      await client.send("POST", `/pools/${pool}/backends/${id}/${action}`, wish);
      done();
    },
  });
}
