// The real headgate, on ports of its own, watched through its log.
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

import { until } from "./until.js";

const kRoot = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../../..");
const kBinary = process.env.HEADGATE_BIN ?? path.join(kRoot, "build/release/headgate");
const kSanitizer = /ERROR: (Address|Leak)Sanitizer|runtime error:|WARNING: ThreadSanitizer|Assertion .* failed/;
const kSanitizerOptions = {
  ASAN_OPTIONS: "detect_leaks=1:abort_on_error=0",
  UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1",
  ASAN_SYMBOLIZER_PATH: "/usr/lib/llvm-19/bin/llvm-symbolizer",
};

export const kToken = "s3cret-of-the-test";

/** A port that nobody has just now, for what must keep its address over a restart. */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** A daemon whose configuration has `admin` (one line, without the bind) and whatever else `yaml` says. */
export class Daemon {
  static async start({ yaml, admin = "", token = true }) {
    const daemon = new Daemon();
    daemon.folder = fs.mkdtempSync(path.join(os.tmpdir(), "headgate-browser-"));
    daemon.file = path.join(daemon.folder, "headgate.yaml");
    daemon.adminPort = await freePort();
    if (token) {
      fs.writeFileSync(path.join(daemon.folder, "token"), `${kToken}\n`, { mode: 0o600 });
      daemon.admin = `token_file: ${daemon.folder}/token`;
    }
    if (admin) daemon.admin = daemon.admin ? `${daemon.admin}, ${admin}` : admin;
    daemon.write(yaml);
    await daemon.run();
    return daemon;
  }

  get origin() {
    return `http://127.0.0.1:${this.adminPort}`;
  }

  /** Replaces the configuration file. */
  write(yaml) {
    const admin = [`bind: "127.0.0.1:${this.adminPort}"`, this.admin].filter(Boolean).join(", ");
    fs.writeFileSync(this.file, `workers: 1\ndrain_timeout: 1s\nadmin: { ${admin} }\n${yaml}`);
  }

  async run() {
    this.log = "";
    const child = spawn("setpriv", ["--pdeathsig", "KILL", kBinary, "run", this.file], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...kSanitizerOptions },
    });
    this.child = child;
    child.stderr.setEncoding("utf8").on("data", (text) => (this.log += text));
    const started = () => /(^|[\s\]])ready(:|\s*$)/m.test(this.log);
    await until("headgate is ready", () => started() || child.exitCode !== null, { describe: () => this.log });
    if (!started()) throw new Error(`headgate ended with ${child.exitCode}:\n${this.log}`);
    this.port = Number(/listening on \S+:(\d+) \(listener web\)/.exec(this.log)?.[1]);
  }

  /** SIGTERM; it must end well. */
  async stop() {
    const { child } = this;
    const ended = new Promise((resolve) => child.once("exit", (status) => resolve(status)));
    const status = child.exitCode ?? (child.kill("SIGTERM"), await ended);
    if (status !== 0 || kSanitizer.test(this.log)) throw new Error(`headgate ended with ${status}:\n${this.log}`);
  }

  async close() {
    await this.stop();
    fs.rmSync(this.folder, { recursive: true });
  }

  /** What the API says, asked as an operator with the token. */
  async api(path, { method = "GET", body } = {}) {
    const headers = this.admin?.includes("token_file") ? { Authorization: `Bearer ${kToken}` } : {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await fetch(`${this.origin}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    return response.json();
  }
}
