// Headless Chromium, and pages of it that notice whatever should not happen.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";

import { kToken } from "./daemon.js";

// ./dev installs what package-lock.json names into build/browser.
const required = createRequire(new URL("../../../build/browser/", import.meta.url));
const { chromium } = required("playwright-core");
const kAxe = fs.readFileSync(required.resolve("axe-core/axe.min.js"), "utf8");
const kScreenshots = new URL("../../../build/screenshots/", import.meta.url).pathname;

const kFlags = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class Browser {
  static async start() {
    const browser = new Browser();
    const args = process.getuid() === 0 ? ["--no-sandbox", ...kFlags] : kFlags;
    const executablePath = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
    browser.chromium = await chromium.launch({ executablePath, args });
    return browser;
  }

  /** The dashboard of a daemon in a context of its own. Options: width, height, theme, signedIn, reducedMotion. */
  async open(daemon, { width = 1440, height = 900, theme = "light", signedIn = false, ...more } = {}) {
    const context = await this.chromium.newContext({ viewport: { width, height }, colorScheme: theme, ...more });
    const page = await context.newPage();
    const watch = new Watch(page, daemon.origin);
    await page.addInitScript(() => {
      window.violations = [];
      document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
    });
    if (signedIn) await page.addInitScript((token) => sessionStorage.setItem("headgate.token", token), kToken);
    await page.goto(daemon.origin, { waitUntil: "load" });
    return Object.assign(page, { watch });
  }

  close() {
    return this.chromium.close();
  }
}

/** Console errors, exceptions, requests that leave the origin. */
class Watch {
  #page;
  #problems = [];

  constructor(page, origin) {
    this.#page = page;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.#problems.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.#problems.push(`exception: ${error.stack}`));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) this.#problems.push(`request: ${url}`);
    });
  }

  /** `allowed` are texts of what the test itself brought about, as an answer of 401. */
  async check(...allowed) {
    const violations = await this.#page.evaluate(() => window.violations);
    const left = this.#problems.filter((problem) => !allowed.some((text) => problem.includes(text)));
    assert.deepEqual([...left, ...violations], []);
  }
}

export async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

export async function screenshot(page, name) {
  fs.mkdirSync(kScreenshots, { recursive: true });
  await page.screenshot({ path: `${kScreenshots}${name}.png`, fullPage: true });
}

/** What axe-core finds, a line each: rule, and the first places of it. */
export async function accessibilityProblems(page) {
  // Evaluated through the debugger, where the page's policy does not apply.
  await page.evaluate(kAxe);
  const { violations } = await page.evaluate(() =>
    window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes
        .slice(0, 3)
        .map((node) => node.html)
        .join(" | ")}`,
  );
}
