// Regions as the page shows them: on the map of the world, and in the table below it.
import assert from "node:assert/strict";
import test from "node:test";

import { Traffic } from "./support/backend.js";
import { accessibilityProblems, overflow, screenshot } from "./support/browser.js";
import { until } from "./support/until.js";
import { world } from "./support/world.js";

const yaml = ([one, two]) => `
listeners:
  web: { bind: 127.0.0.1:0 }
pools:
  app:
    health: { http: { path: /healthz }, interval: 100ms, fall: 1, rise: 1 }
    backends:
      - { id: one, address: "${one.address}", region: eu }
      - { id: two, address: "${two.address}", region: us }
routes:
  - { match: { region: ap }, pool: app }
  - { pool: app }
geoip: { networks: { 127.0.0.0/8: eu } }
regions:
  eu: { location: [50.11, 8.68], addresses: [203.0.113.10, "2001:db8::10"], requires: { app: 1 }, rise: 1 }
  us: { location: [39.04, -77.49], addresses: [198.51.100.10] }
  ap: { location: [-33.87, 151.21], drain: true }
default_region: us
region: eu
`;

const disc = (page, region) => page.locator(`.world [data-region="${region}"]`);
const row = (page, region) => page.locator(`tr[data-region="${region}"]`);

async function seen(page) {
  await until("the regions are shown", async () => {
    await page.locator("#regions").scrollIntoViewIfNeeded();
    return row(page, "eu").isVisible();
  });
}

test("regions on the map and in the table: who is up, why not, whose clients they are", async (t) => {
  const { backends, daemon, open } = await world(t, { yaml });
  const traffic = new Traffic(daemon.port);
  t.after(() => traffic.stop());
  const page = await open({ signedIn: true });
  await seen(page);
  await until("its clients are eu's", async () =>
    /^eu 100%$/.test(await disc(page, "eu").locator("text").textContent()),
  );
  assert.equal(await disc(page, "eu").getAttribute("data-tone"), "good");
  assert.equal(await disc(page, "ap").getAttribute("data-tone"), "warn", "drained by the configuration");
  assert.equal(await row(page, "ap").getByRole("button").count(), 0, "which alone can enable it");
  assert.match(await row(page, "eu").innerText(), /203\.0\.113\.10, 2001:db8::10/);
  assert.match(await row(page, "us").innerText(), /default/);
  assert.equal(await page.locator("#regions-sum").textContent(), "3 regions, 1 not up");
  await screenshot(page, "regions");

  backends[0].healthy = false;
  await until("eu is down", async () => (await disc(page, "eu").getAttribute("data-tone")) === "bad");
  assert.match(await row(page, "eu").locator(".why").innerText(), /app/);
  backends[0].healthy = true;
  await until("eu is up", async () => (await disc(page, "eu").getAttribute("data-tone")) === "good");

  await row(page, "us").getByRole("button", { name: "Drain region us" }).click();
  await page.getByLabel(/Reason/).fill("power work");
  await page.locator("dialog").getByRole("button", { name: "Drain" }).click();
  await until("us is drained", async () => (await disc(page, "us").getAttribute("data-tone")) === "warn");
  assert.match(await row(page, "us").locator(".why").innerText(), /power work/);
  await row(page, "us").getByRole("button", { name: "Enable region us" }).click();
  await page.locator("dialog").getByRole("button", { name: "Enable" }).click();
  await until("us is up", async () => (await disc(page, "us").getAttribute("data-tone")) === "good");
  await page.watch.check();

  const phone = await open({ width: 360, height: 740, hasTouch: true, isMobile: true, theme: "dark" });
  await seen(phone);
  await screenshot(phone, "phone-regions");
  assert.ok((await overflow(phone)) <= 0, "it overflows");
  assert.deepEqual(await accessibilityProblems(phone), []);
});

test("without regions the page says so", async (t) => {
  const { open } = await world(t, { count: 1 });
  const page = await open({});
  await page.locator("#regions").scrollIntoViewIfNeeded();
  await page.getByText("The configuration names no region: clients are the same wherever they are.").waitFor();
});
