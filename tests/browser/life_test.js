// The page lives longer than a process: restarts, upgrades, reloads, hidden tabs.
import assert from "node:assert/strict";
import test from "node:test";

import { Traffic } from "./support/backend.js";
import { until } from "./support/until.js";
import { showsState, siteYaml, world } from "./support/world.js";

const kPlotted = "#plots figure:first-child path.line";

test("a restart is told, survived, and seen in the plots as a gap", async (t) => {
  const { daemon, open } = await world(t);
  let traffic = new Traffic(daemon.port);
  t.after(() => traffic.stop());
  const page = await open();
  await showsState(page, "one", "up");
  await until("requests are plotted", async () => (await page.locator(kPlotted).count()) === 1);
  await page.locator("#process", { hasText: `pid ${daemon.pid},` }).waitFor();

  await traffic.stop();
  await daemon.stop();
  const stopped = Date.now();
  await page.locator("#notices", { hasText: /No answer from headgate since \d\d:\d\d:\d\d, trying again/ }).waitFor();
  await page.locator('#connection .mark[data-state="lost"]').waitFor();
  await until("a gap is long enough to be one", () => Date.now() > stopped + 4000, { everyMs: 100 });

  await daemon.run();
  traffic = new Traffic(daemon.port);
  await page.locator('#connection .mark[data-state="live"]').waitFor();
  await page.locator("#notices .notice").waitFor({ state: "detached" });
  await page.locator("#process", { hasText: `pid ${daemon.pid},` }).waitFor();
  await showsState(page, "one", "up");
  await until("both lives are plotted", async () => (await page.locator(kPlotted).count()) === 2);
  assert.equal(await page.locator('#notices [data-key="page"]').count(), 0, "the page is the same");
  await page.watch.check("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET");
});

test("an upgrade in place is another pid, and not a moment of silence", async (t) => {
  const { backends, daemon, open } = await world(t);
  backends[1].healthy = false;
  const page = await open({ signedIn: true });
  await showsState(page, "two", "down");
  await page.evaluate(() => {
    window.seen = [];
    const note = () => window.seen.push(document.body.dataset.connection);
    new MutationObserver(note).observe(document.body, { attributeFilter: ["data-connection"] });
  });
  await daemon.upgrade();
  await page.locator("#process", { hasText: `pid ${daemon.pid},` }).waitFor();
  await page.locator("#events-list li", { hasText: "upgrade" }).first().waitFor();
  await showsState(page, "two", "down");
  assert.deepEqual(await page.evaluate(() => window.seen), []);
  await page.watch.check();
});

test("after an upgrade the page says that there is a newer one of it", async (t) => {
  const { daemon, open } = await world(t);
  const page = await open();
  await showsState(page, "one", "up");
  await page.route("**/dashboard/digest.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body: 'export const digest = "another";' }),
  );
  await daemon.stop();
  await daemon.run();
  const load = page.getByRole("button", { name: "Load the new page" });
  await load.waitFor();
  await Promise.all([page.waitForEvent("load"), load.click()]);
  await showsState(page, "one", "up");
  await page.watch.check("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET");
});

test("a refused reload is told in full, an accepted one clears it", async (t) => {
  const { backends, daemon, open } = await world(t);
  const page = await open({ signedIn: true });
  await showsState(page, "one", "up");
  daemon.write(siteYaml(backends, "  - name: lost\n    pool: ap\n"));
  await page.locator('#notices [data-key="differs"]').waitFor();
  await page.getByRole("button", { name: "Show difference" }).first().click();
  await page.locator("dialog .diff", { hasText: "+    pool: ap" }).waitFor();
  await page.locator("dialog").getByRole("button", { name: "Close" }).click();

  await page.locator("#reload").click();
  await page.locator("dialog").getByRole("button", { name: "Reload" }).click();
  const said = /headgate\.yaml:\d+:\d+:[^]*\bap\b/;
  await page.locator("dialog .problem", { hasText: said }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator('#notices [data-key="refused"]', { hasText: said }).waitFor();
  await page.locator("#reloads-list li", { hasText: "refused" }).filter({ hasText: said }).waitFor();

  daemon.write(siteYaml(backends, "  - name: found\n    pool: app\n"));
  await page.locator("#reload").click();
  await page.locator("dialog").getByRole("button", { name: "Reload" }).click();
  await page.locator("dialog").waitFor({ state: "hidden" });
  await page.locator("#notices .notice").waitFor({ state: "detached" });
  await page.locator("#reloads-list li:first-child .mark[data-state=accepted]").waitFor();
  await page.locator("#routes").scrollIntoViewIfNeeded();
  await page.locator('#routes-list tr[data-route="found"]').waitFor();
  await page.watch.check("422");
});

test("a hidden tab asks nothing, and is up to date as soon as it is seen", async (t) => {
  const { backends, open } = await world(t);
  const page = await open();
  await showsState(page, "one", "up");
  const setHidden = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await setHidden(true);
  let asked = 0;
  await page.waitForTimeout(500); // what was under way has ended
  page.on("request", () => (asked += 1));
  backends[0].healthy = false;
  await page.waitForTimeout(2500); // nothing happens: there is no event to wait for
  assert.equal(asked, 0);
  await setHidden(false);
  await showsState(page, "one", "down");
  await page.watch.check();
});
