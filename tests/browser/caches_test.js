// Caches as the page shows them.
import assert from "node:assert/strict";
import test from "node:test";

import { Traffic } from "./support/backend.js";
import { accessibilityProblems, overflow, screenshot } from "./support/browser.js";
import { until } from "./support/until.js";
import { world } from "./support/world.js";

const yaml = ([backend]) => `
listeners:
  web: { bind: 127.0.0.1:0 }
pools:
  app: { backends: ["${backend.address}"] }
caches:
  edge: { memory: 16MiB }
routes:
  - name: pages
    match: { path: /pages/ }
    pool: app
    cache: { store: edge, ttl: 1h }
  - name: rest
    pool: app
    cache: { store: edge }
`;

test("a cache shows how full it is, how well it hits and what is asked for most", async (t) => {
  const { daemon, open } = await world(t, { count: 1, yaml });
  const traffic = [new Traffic(daemon.port, "/pages/a?q=%3Cb%3E"), new Traffic(daemon.port, "/elsewhere")];
  t.after(() => Promise.all(traffic.map((each) => each.stop())));
  const page = await open({});
  await page.locator("#caches").scrollIntoViewIfNeeded();
  const cell = (route, label) =>
    page.locator(`[data-cache="edge"] tr[data-route="${route}"] td[data-label="${label}"]`);
  await until("nearly all of it hits", async () => /^(9\d|100)%$/.test(await cell("pages", "Hits").textContent()));
  await until("bytes as well", async () => /^(9\d|100)%$/.test(await cell("pages", "Bytes").textContent()));
  await until("the rest is passed", async () => Number(await cell("rest", "Passed/s").textContent()) > 1);
  assert.equal(await cell("rest", "Hits").textContent(), "0%");
  assert.match(await cell("pages", "p95 memory").textContent(), /^<?[0-9.]+ ms$/);
  assert.equal(await cell("pages", "p95 disk").textContent(), "–");
  assert.match(await cell("rest", "p95 origin").textContent(), /^<?[0-9.]+ ms$/);
  assert.match(await cell("pages", "Age p50").textContent(), /^\d+ s$/);
  const keys = page.locator('[data-cache="edge"] td.key');
  await until("the keys are named", async () => {
    const texts = await keys.allTextContents();
    return texts.some((text) => /\/pages\/a\?q=/.test(text)) && texts.some((text) => text.endsWith("/elsewhere"));
  });
  const facts = page.locator('[data-cache="edge"] summary');
  assert.match(await facts.textContent(), /^edge512 B of 16 MiB, 1 entry, /);
  await screenshot(page, "caches");
  await page.watch.check();

  const phone = await open({ width: 360, height: 740, hasTouch: true, isMobile: true, theme: "dark" });
  // What stands above grows while it is filled, and what nobody sees is not asked for.
  await until("the keys are named on the phone", async () => {
    await phone.locator("#caches").scrollIntoViewIfNeeded();
    return phone.locator('[data-cache="edge"] td.key').first().isVisible();
  });
  await screenshot(phone, "phone-caches");
  assert.ok((await overflow(phone)) <= 0, "it overflows");
  assert.deepEqual(await accessibilityProblems(phone), []);
});

test("without a cache the page says so", async (t) => {
  const { open } = await world(t, { count: 1 });
  const page = await open({});
  await page.locator("#caches").scrollIntoViewIfNeeded();
  await page.getByText("The configuration has no cache: each request goes to its origin.").waitFor();
});
