// How it looks and is used: themes, narrow screens, keyboard, what a screen reader gets. Screenshots for eyes are left
// in build/screenshots.
import assert from "node:assert/strict";
import test from "node:test";

import { Traffic } from "./support/backend.js";
import { accessibilityProblems, overflow, screenshot } from "./support/browser.js";
import { until } from "./support/until.js";
import { rowOf, showsState, siteYaml, world } from "./support/world.js";

/** Traffic, a backend down, a refused reload: everything that has a look. */
async function busyWorld(t) {
  const made = await world(t, { count: 3 });
  const traffic = new Traffic(made.daemon.port);
  t.after(() => traffic.stop());
  made.backends[2].status = 500;
  made.backends[1].healthy = false;
  made.daemon.write(siteYaml(made.backends, "  - name: lost\n    pool: ap\n"));
  await made.daemon.api("/reload", { method: "POST", body: {} });
  return made;
}

test("light, dark and narrow: nothing overflows, axe finds nothing", async (t) => {
  const { open } = await busyWorld(t);
  for (const [name, options] of Object.entries({
    light: { theme: "light" },
    dark: { theme: "dark" },
    tablet: { width: 900, height: 1100 },
    "phone-light": { width: 360, height: 740, hasTouch: true, isMobile: true, signedIn: true },
    "phone-dark": { width: 360, height: 740, theme: "dark", hasTouch: true, isMobile: true },
  })) {
    const page = await open(options);
    await showsState(page, "two", "down");
    await page.locator('#notices [data-key="refused"]').waitFor();
    await page.locator("#routes").scrollIntoViewIfNeeded();
    await page.locator('#routes-list tr[data-route="site"]').waitFor();
    await page.locator("#reloads-list li").nth(1).waitFor();
    await until("something is plotted", async () => (await page.locator("#plots path.line").count()) >= 3);
    await page.evaluate(() => window.scrollTo(0, 0));
    await screenshot(page, name);
    assert.ok((await overflow(page)) <= 0, `${name} overflows`);
    // The same colors and the same cards were looked at already.
    if (!["tablet", "phone-dark"].includes(name)) assert.deepEqual(await accessibilityProblems(page), [], name);
    await page.watch.check();
  }
});

test("tap targets on a phone are 44 pixels high", async (t) => {
  const { open } = await world(t);
  const page = await open({ width: 360, height: 740, hasTouch: true, isMobile: true, signedIn: true });
  await showsState(page, "one", "up");
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, select, input[type=search], nav a, summary, .choices label")]
      .filter((node) => node.offsetParent !== null)
      .filter((node) => node.getBoundingClientRect().height < 42)
      .map((node) => node.outerHTML.slice(0, 80)),
  );
  assert.deepEqual(small, []);
  await rowOf(page, "one").getByRole("button", { name: "Drain" }).tap();
  await page.locator("dialog").waitFor();
  await screenshot(page, "phone-drain");
  assert.ok((await overflow(page)) <= 0);
  assert.deepEqual(await accessibilityProblems(page), []);
});

test("the switch of colors is remembered, and follows the system where nothing was chosen", async (t) => {
  const { open } = await world(t);
  const page = await open({ theme: "dark" });
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "dark");
  await page.emulateMedia({ colorScheme: "light" });
  await until("the page is light", async () => (await theme()) === "light");
  const button = page.locator("#theme");
  assert.equal(await button.innerText(), "Theme: auto");
  await button.click();
  await button.click();
  assert.equal(await button.innerText(), "Theme: dark");
  assert.equal(await theme(), "dark");
  await page.reload();
  assert.equal(await theme(), "dark");
  await page.watch.check();
});

test("everything is reached by the keyboard; plots are read by arrows", async (t) => {
  const { daemon, open } = await world(t);
  const traffic = new Traffic(daemon.port);
  t.after(() => traffic.stop());
  const page = await open({ signedIn: true, reducedMotion: "reduce" });
  await showsState(page, "one", "up");
  await until("requests are plotted", async () => (await page.locator("#plots path.line").count()) >= 3);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const reached = new Set();
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim()));
  }
  for (const name of [
    "theme",
    "sign",
    "Pools",
    "troubled",
    "pools-filter",
    "Drain",
    "Disable",
    "routes-filter",
    "reload",
  ]) {
    assert.ok(reached.has(name), `${name} is not among ${[...reached].join(", ")}`);
  }
  const plot = page.getByRole("slider", { name: /^Traffic/ });
  await plot.focus();
  assert.match(await plot.getAttribute("aria-valuetext"), /^Traffic at \d\d:\d\d:\d\d: requests [\d.k]+\/s$/);
  await page.keyboard.press("ArrowLeft");
  assert.match(await page.locator("#cursor-time").innerText(), /\d\d:\d\d:\d\d/);
  assert.equal(await page.locator("#plots .cursor > line").count(), 3, "one cursor for all plots");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#cursor-time").innerText(), "now");

  await rowOf(page, "one").getByRole("button", { name: "Drain" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Drain", "the focus goes back");
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior), "auto");
  await page.watch.check();
});

test("plots show what was asked for: a range, a point under the pointer", async (t) => {
  const { daemon, backends, open } = await world(t);
  backends[0].status = 500;
  const traffic = new Traffic(daemon.port);
  t.after(() => traffic.stop());
  const page = await open();
  const errors = page.locator("#plots figure", { hasText: "Errors" });
  await until("5xx are counted", async () => /5xx\s*[1-9]/.test(await errors.locator(".legend").innerText()));
  await page.locator('[data-figure="errors5xx"] dd', { hasText: /\/s \(\d+(\.\d)?%\)/ }).waitFor();
  const box = await errors.locator("svg[role=slider]").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  assert.match(await page.locator("#cursor-time").innerText(), /\d\d:\d\d/);
  for (const name of ["15 min", "24 h"]) {
    await page.getByLabel(name).check();
    await until(`${name} is asked for`, async () => {
      const values = await page
        .getByRole("slider", { name: /^Traffic/ })
        .evaluate((node) => [node.ariaValueMin, node.ariaValueMax]);
      return Number(values[1]) - Number(values[0]) >= (name === "24 h" ? 86_400 : 900) - 2;
    });
  }
  await page.watch.check();
});

test("without pools the page says so", async (t) => {
  const yaml = () => "listeners:\n  web: { bind: 127.0.0.1:0 }\nroutes:\n  - respond: { body: hello }\n";
  const { open } = await world(t, { count: 0, yaml });
  const page = await open();
  await page.getByText("The configuration has no pool").waitFor();
  await screenshot(page, "no-pools");
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.watch.check();
});
