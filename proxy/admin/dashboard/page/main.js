// Puts the parts together: what is asked, and who shows the answers.
import { digest } from "./digest.js";
import { Client } from "./lib/client.js";
import { byId, setAttribute, setText, show } from "./lib/dom.js";
import { Feed } from "./lib/feed.js";
import { when } from "./lib/format.js";
import { Session } from "./lib/session.js";
import { History } from "./plots/history.js";
import { Plots } from "./plots/plots.js";
import { Announcer } from "./sections/announcer.js";
import { Caches } from "./sections/caches.js";
import { askForChange } from "./sections/changes.js";
import { Configuration } from "./sections/configuration.js";
import { Events } from "./sections/events.js";
import { Figures } from "./sections/figures.js";
import { Header } from "./sections/header.js";
import { Listeners } from "./sections/listeners.js";
import { Notices } from "./sections/notices.js";
import { Pools } from "./sections/pools.js";
import { Regions } from "./sections/regions.js";
import { Routes } from "./sections/routes.js";
import { askForToken } from "./sections/sign_in.js";

const session = new Session();
const client = new Client(() => session.token);
const feed = new Feed(client);
const signIn = () => askForToken(session);

// The daemon's clock minus the browser's: ages and plots are in the daemon's time.
let clockOffsetMs = 0;
const now = () => Date.now() + clockOffsetMs;

const context = {
  now,
  signIn,
  mayChange: () => session.signedIn,
  change: (backend, action) => {
    if (!session.signedIn) return signIn();
    askForChange(client, backend, action, () => {
      announcer.say(`${action}: ${backend.id} of ${backend.pool}: done.`);
      feed.now();
    });
  },
  reloaded: (text) => {
    announcer.say(text);
    feed.now();
  },
};

const announcer = new Announcer();
const notices = new Notices();
const header = new Header(session, signIn);
const figures = new Figures();
const history = new History();
const plots = new Plots(history, () => feed.now("history"));
const pools = new Pools(context);
const regions = new Regions(client, { ...context, changed: context.reloaded });
const routes = new Routes();
const caches = new Caches();
const listeners = new Listeners(notices);
const configuration = new Configuration(client, notices, context);
const events = new Events();

let process = null; // started_at and pid: which process answers
let lastReload = null;

/** After a restart or an upgrade: counters begin at 0, events at 1, and the page itself may be another one. */
function anotherProcess(status) {
  const one = `${status.pid} ${status.started_at}`;
  if (process === one) return;
  const isFirst = process === null;
  process = one;
  if (isFirst) return;
  for (const part of [pools, regions, routes, caches, listeners, events]) part.forget();
  announcer.say(`headgate runs anew, with pid ${status.pid}.`);
  feed.now("events");
  checkForAnotherPage();
}

async function checkForAnotherPage() {
  try {
    const response = await fetch("/dashboard/digest.js", { cache: "no-store" });
    if (!response.ok || (await response.text()).includes(digest)) return;
  } catch {
    return; // the next answer of another process asks again
  }
  notices.set({
    key: "page",
    tone: "accent",
    text: "headgate was upgraded, and this page with it.",
    actions: [{ text: "Load the new page", run: () => window.location.reload() }],
  });
}

function onStatus(status, at) {
  clockOffsetMs = Date.parse(status.started_at) + status.uptime_seconds * 1000 - at;
  if (!Number.isFinite(clockOffsetMs) || Math.abs(clockOffsetMs) < 2000) clockOffsetMs = 0;
  anotherProcess(status);
  header.status(status);
  figures.status(status);
  listeners.update(status.listeners, at);
  configuration.status(status, now());
  const last = status.configuration.last_reload?.at ?? null;
  if (last !== lastReload) {
    lastReload = last;
    feed.now("reloads");
    feed.now("events");
  }
}

function showHistory() {
  figures.history(history, now());
  plots.update(now());
}

let stateKey = "";
function onPools({ pools: all }, at) {
  pools.update(all, at);
  figures.pools(all);
  announcer.pools(all);
  const down = all
    .flatMap((pool) => pool.backends)
    .filter((backend) => backend.state === "down" || backend.state === "ejected");
  setText(document.querySelector("title"), down.length > 0 ? `(${down.length} down) headgate` : "headgate");
  const key = all
    .map((pool) => pool.backends.map((backend) => backend.state[0] + (backend.operator?.mode ?? "")[0]))
    .join();
  if (key !== stateKey) {
    stateKey = key;
    feed.now("events");
  }
}

/** Whether a section is near the screen: what nobody sees is not asked for. */
function watched(id, name) {
  let near = false;
  const seen = ([entry]) => {
    near = entry.isIntersecting;
    if (near) feed.now(name);
  };
  new IntersectionObserver(seen, { rootMargin: "200px" }).observe(byId(id));
  return () => near;
}

feed.ask("status", { every: 3000, path: () => "/status" }, onStatus);
feed.ask("pools", { every: 1000, path: () => "/pools" }, onPools);
feed.ask(
  "history",
  { every: 2000, path: () => `/history?seconds=${history.secondsToAsk(plots.range, now())}` },
  (answer) => {
    history.add(answer);
    showHistory();
  },
);
feed.ask("regions", { every: 3000, path: () => "/regions", wanted: watched("regions", "regions") }, (answer, at) => {
  regions.update(answer.regions, at);
});
feed.ask("routes", { every: 5000, path: () => "/routes", wanted: watched("routes", "routes") }, (answer, at) => {
  routes.update(answer.routes, at);
});
feed.ask("caches", { every: 3000, path: () => "/caches", wanted: watched("caches", "caches") }, (answer, at) => {
  caches.update(answer.caches, at);
});
feed.ask("events", { every: 10_000, path: () => `/events?after=${events.last}` }, (answer) =>
  events.add(answer.events),
);
feed.ask("reloads", { every: 60_000, path: () => "/reloads" }, (answer) => configuration.reloads(answer.reloads));

feed.onConnection = (connection) => {
  header.connection(connection);
  notices.clear("lost");
  notices.clear("locked");
  if (connection.state === "lost") tellOfSilence(connection);
  if (connection.state === "locked") askForEntry(connection.problem);
};

function tellOfSilence({ since, problem }) {
  const said = problem.unanswered ? "No answer from headgate" : `headgate answers ${problem.title}, and nothing else,`;
  notices.set({
    key: "lost",
    tone: "bad",
    text: `${said} since ${when(since, Date.now())}, trying again. What is below is from then.`,
  });
}

function askForEntry(problem) {
  const actions = problem.status === 401 ? [{ text: "Sign in", run: signIn }] : [];
  notices.set({ key: "locked", tone: "warn", text: problem.detail || problem.title, actions });
  if (problem.status === 401 && !session.signedIn) signIn();
}

function onSession() {
  show(byId("read-only"), !session.signedIn);
  setText(byId("read-only"), "Reading only: sign in to drain, disable or enable backends and to reload.");
  setAttribute(document.body, "data-signed-in", session.signedIn ? "yes" : "no");
  setAttribute(byId("reload"), "aria-disabled", session.signedIn ? null : "true");
  setAttribute(byId("reload"), "title", session.signedIn ? null : "Sign in with the token to make changes");
  pools.draw();
}
session.addEventListener("change", () => {
  onSession();
  feed.retry();
});
onSession();
showHistory();
feed.start();
// Time goes on, answers or not.
setInterval(() => document.hidden || showHistory(), 1000);
