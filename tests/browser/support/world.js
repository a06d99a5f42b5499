// What most tests start from: backends, a daemon in front of them, a browser; all closed at the end of the test.
import test from "node:test";

import { Backend } from "./backend.js";
import { Browser } from "./browser.js";
import { Daemon } from "./daemon.js";

let browser;
test.after(() => browser?.close());

/** One browser for all tests of a file. */
async function theBrowser() {
  browser ??= await Browser.start();
  return browser;
}

const kQuickChecks = "health: { http: { path: /healthz }, interval: 100ms, fall: 1, rise: 1 }";

/** A pool `app` of the backends one, two, ..., checked ten times a second, behind the route `site`. */
export function siteYaml(backends, more = "") {
  const rows = backends.map(
    ({ address }, index) => `      - { id: ${["one", "two", "three"][index]}, address: "${address}" }`,
  );
  return `
listeners:
  web: { bind: 127.0.0.1:0 }
pools:
  app:
    balance: round_robin
    ${kQuickChecks}
    backends:
${rows.join("\n")}
routes:
  - name: site
    pool: app
${more}`;
}

/** { backends, daemon, open(options) } for a test; `yaml(backends)` and the options of Daemon.start may be given. */
export async function world(t, { count = 2, yaml = siteYaml, ...options } = {}) {
  const backends = [];
  for (let i = 0; i < count; i += 1) backends.push(await Backend.start());
  const daemon = await Daemon.start({ yaml: yaml(backends), ...options });
  const pages = [];
  t.after(async () => {
    for (const page of pages) await page.context().close();
    try {
      await daemon.close();
    } finally {
      for (const backend of backends) await backend.close();
    }
  });
  const open = async (pageOptions) => {
    const page = await (await theBrowser()).open(daemon, pageOptions);
    pages.push(page);
    return page;
  };
  return { backends, daemon, open };
}

/** The row of a backend, and the text of its state. */
export const rowOf = (page, backend, pool = "app") =>
  page.locator(`[data-pool=${JSON.stringify(pool)}] tr[data-backend=${JSON.stringify(backend)}]`);

export const showsState = (page, backend, state, pool = "app") =>
  rowOf(page, backend, pool).locator(`.mark[data-state="${state}"]`).waitFor();
