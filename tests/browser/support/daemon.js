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
    this.ended = null; // the exit status, or the signal
    child.once("exit", (status, signal) => (this.ended = status ?? signal));
    child.stderr.setEncoding("utf8").on("data", (text) => (this.log += text));
    const started = () => /(^|[\s\]])ready(:|\s*$)/m.test(this.log);
    await until("headgate is ready", () => started() || this.ended !== null, { describe: () => this.log });
    if (!started()) throw new Error(`headgate ended with ${this.ended}:\n${this.log}`);
    this.port = Number(/listening on \S+:(\d+) \(listener web\)/.exec(this.log)?.[1]);
  }

  /** USR2: from then on `pid` is the successor's, whose log is ours too. */
  async upgrade() {
    const old = this.child.pid;
    this.child.kill("SIGUSR2");
    await this.#end();
    this.successor = (await this.api("/status")).pid;
    if (this.successor === old) throw new Error(`nobody took over:\n${this.log}`);
  }

  get pid() {
    return this.successor ?? this.child.pid;
  }

  async #stopSuccessor() {
    process.kill(this.successor, "SIGTERM");
    const isGone = () => {
      try {
        return process.kill(this.successor, 0) && false;
      } catch {
        return true;
      }
    };
    await until("the successor has ended", isGone, { describe: () => this.log });
    this.successor = undefined;
  }

  /** SIGTERM; it must end well. */
  async stop() {
    if (this.successor !== undefined) await this.#stopSuccessor();
    if (this.ended === null) this.child.kill("SIGTERM");
    await this.#end();
  }

  /** The process that we started ends, and well. */
  async #end() {
    try {
      await until("headgate has ended", () => this.ended !== null);
    } catch (error) {
      this.child.kill("SIGKILL");
      throw error;
    }
    if (this.ended !== 0 || kSanitizer.test(this.log))
      throw new Error(`headgate ended with ${this.ended}:\n${this.log}`);
  }

  async close() {
    await this.stop();
    fs.rmSync(this.folder, { recursive: true });
  }

  /** What the API says, asked as an operator with the token. */
  async api(path, { method = "GET", body } = {}) {
    const headers = this.admin?.includes("token_file") ? { Authorization: `Bearer ${kToken}` } : {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const signal = AbortSignal.timeout(20_000);
    const response = await fetch(`${this.origin}/api/v1${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
      signal,
    });
    return response.json();
  }
}
