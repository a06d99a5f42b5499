// The admin API, as this page asks it.

const kBase = "/api/v1";
const kTimeoutMs = 6000;
// A reload answers when it is done, an upgrade when the new process is ready.
const kActionTimeoutMs = 120_000;

/** What went wrong with one request. `status` 0: no answer at all. */
export class Problem extends Error {
  constructor(status, title, detail, members = {}) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.members = members;
  }

  /** Nobody answered: the daemon is gone, or the way to it. */
  get unanswered() {
    return this.status === 0;
  }
}

async function problemOf(response) {
  let said = {};
  try {
    const text = await response.text();
    said = text.startsWith("{") ? JSON.parse(text) : { detail: text.trim() };
  } catch {
    // An answer that breaks off says nothing; its status does.
  }
  return new Problem(response.status, said.title ?? `HTTP ${response.status}`, said.detail ?? "", said);
}

export class Client {
  #token;

  /** `token` returns the token to send, or null. */
  constructor(token) {
    this.#token = token;
  }

  /** Throws a Problem. */
  get(path) {
    return this.#ask("GET", path, undefined, kTimeoutMs);
  }

  send(method, path, body = {}) {
    return this.#ask(method, path, body, kActionTimeoutMs);
  }

  async #ask(method, path, body, timeoutMs) {
    const headers = { Accept: "application/json" };
    const token = this.#token();
    if (token !== null) headers.Authorization = `Bearer ${token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response;
    let text;
    try {
      response = await fetch(kBase + path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.ok) text = await response.text();
    } catch (error) {
      throw new Problem(0, "no answer", error.name === "TimeoutError" ? `no answer in ${timeoutMs / 1000} s` : "");
    }
    if (!response.ok) throw await problemOf(response);
    try {
      return { value: JSON.parse(text), characters: text.length };
    } catch {
      throw new Problem(response.status, "not JSON", `the answer to ${method} ${path} is not JSON`);
    }
  }
}
