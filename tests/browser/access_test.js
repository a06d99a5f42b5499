// Who may do what from the page: reading on loopback, everything with the token.
import assert from "node:assert/strict";
import test from "node:test";

import { kToken } from "./support/daemon.js";
import { rowOf, showsState, world } from "./support/world.js";

const signIn = async (page, token) => {
  await page.getByLabel("Token").fill(token);
  await page.locator("dialog").getByRole("button", { name: "Sign in" }).click();
};

test("without the token the page reads, and its buttons say what is missing", async (t) => {
  const { daemon, open } = await world(t);
  const page = await open();
  await showsState(page, "one", "up");
  await page.getByText("Reading only: sign in").waitFor();
  const drain = rowOf(page, "one").getByRole("button", { name: "Drain" });
  assert.equal(await drain.getAttribute("aria-disabled"), "true");
  assert.match(await drain.getAttribute("title"), /Sign in/);
  assert.equal(await page.locator("#reload").getAttribute("aria-disabled"), "true");
  await drain.click({ force: true }); // asks for the token, changes nothing
  await page.getByRole("heading", { name: "Sign in" }).waitFor();

  await signIn(page, "wrong");
  await page.locator("dialog .problem", { hasText: "not the token" }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, "a wrong token is not kept");
  await signIn(page, ` ${kToken}\n`);
  await page.locator("dialog").waitFor({ state: "hidden" });
  assert.equal(await drain.getAttribute("aria-disabled"), null);
  assert.equal(await page.evaluate(() => sessionStorage.getItem("headgate.token")), kToken);
  assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes(kToken));
  assert.equal((await page.context().cookies()).length, 0);
  assert.equal((await daemon.api("/backends")).backends[0].operator.mode, "enabled");

  await page.reload();
  await showsState(page, "one", "up");
  assert.equal(await drain.getAttribute("aria-disabled"), null, "it lives as long as the tab");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("Reading only: sign in").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.watch.check("401", "400");
});

test("where reading needs the token too, the page asks for it and shows nothing before", async (t) => {
  const { open } = await world(t, { admin: "read_without_token: never" });
  const page = await open();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(await page.locator("#pools-list tr").count(), 0);
  await signIn(page, kToken);
  await showsState(page, "one", "up");
  await page.locator("#notices .notice").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.watch.check("401", "400");
});

test("without a token in the configuration, a change is refused with what to do", async (t) => {
  const { daemon, open } = await world(t, { token: false });
  const page = await open();
  await page.getByRole("button", { name: "Sign in" }).click();
  await signIn(page, "any");
  await page.locator("dialog .problem", { hasText: "Set admin.token_file" }).waitFor();
  await page.evaluate(() => sessionStorage.setItem("headgate.token", "any"));
  await page.reload();
  await rowOf(page, "one").getByRole("button", { name: "Drain" }).click();
  await page.locator("dialog").getByRole("button", { name: "Drain" }).click();
  await page.locator("dialog .problem", { hasText: "admin.token_file" }).waitFor();
  assert.equal((await daemon.api("/backends")).backends[0].operator.mode, "enabled");
  await page.watch.check("403", "400");
});
