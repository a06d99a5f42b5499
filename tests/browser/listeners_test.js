// Listeners as the page shows them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { world } from "./support/world.js";

/** Signs a certificate for shop.example that is valid for so long from now. */
function makeCertificate(folder, days) {
  const [key, cert] = [join(folder, "shop.key"), join(folder, "shop.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  const subject = ["-subj", "/CN=shop.example", "-addext", "subjectAltName=DNS:shop.example"];
  const command = ["req", "-x509", ...curve, "-nodes", "-keyout", key, "-out", cert, ...subject, "-days", String(days)];
  execFileSync("openssl", command, { stdio: "ignore" });
  return { cert, key };
}

test("a certificate that ends soon is told before it does, until it is renewed", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-page-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { cert, key } = makeCertificate(folder, 5);
  const yaml = () => `
listeners:
  plain: { bind: 127.0.0.1:0 }
  web: { bind: 127.0.0.1:0, tls: { certificates: [{ cert: ${cert}, key: ${key} }] } }
routes:
  - respond: { body: hello }
`;
  const { open } = await world(t, { count: 0, yaml });
  const page = await open({ signedIn: true });
  const notice = page.locator('#notices .notice[data-key="certificate web"]');
  await notice.waitFor();
  assert.match(await notice.locator("p").textContent(), /^Listener web: .*shop\.pem expires in 4 d 23 h\.$/);
  assert.equal(await notice.getAttribute("data-tone"), "warn");
  const cell = (name) => page.locator("#listeners-list tr", { hasText: name }).locator('[data-label="Certificate"]');
  assert.equal(await cell("web").textContent(), "4 d 23 h");
  assert.equal(await cell("web").getAttribute("data-tone"), "warn");
  assert.equal(await cell("plain").textContent(), "–");

  makeCertificate(folder, 90); // the daemon looks at its files every second
  await notice.waitFor({ state: "detached" });
  assert.match(await cell("web").textContent(), /^89 d/);
  await page.watch.check();
});
