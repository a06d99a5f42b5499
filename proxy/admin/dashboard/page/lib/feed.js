// What the page asks, and when: every second at most two questions, those that are the most overdue, and whatever was
// wanted at once. Nothing is asked while the tab is hidden. When nobody answers, one question a second finds out when
// somebody does again.
import { Problem } from "./client.js";

const kTickMs = 1000;
const kQuestionsPerTick = 2;
// A question whose answer takes long is asked less often: an eighth of the time at most goes into it.
const kCostFactor = 8;

/**
 *     feed.ask("pools", { every: 1000, path: () => "/pools" }, (value, at) => ...);
 *     feed.onConnection = (connection) => ...;   // { state, since, problem }; lost: since the last answer
 *     feed.start();
 *
 * `state` is connecting, live, lost (nobody answers) or locked (the token is missing or wrong).
 */
export class Feed {
  #client;
  #questions = new Map();
  #connection = { state: "connecting", since: Date.now(), problem: null };
  #timer = null;
  #running = false;
  #answeredAt = Date.now();
  onConnection = () => {};

  constructor(client) {
    this.#client = client;
  }

  /** The first question is the one that finds out whether anybody answers. `wanted` may leave a question out. */
  ask(name, { every, path, wanted = () => true }, answered) {
    this.#questions.set(name, { name, every, path, wanted, answered, due: 0 });
  }

  start() {
    document.addEventListener("visibilitychange", () => this.now());
    this.#tick();
  }

  /** Makes one question due, or all of them, and asks. */
  now(name) {
    for (const question of this.#questions.values()) if (!name || question.name === name) question.due = 0;
    if (this.#running) return;
    clearTimeout(this.#timer);
    this.#tick();
  }

  /** After the token changed. */
  retry() {
    if (this.#connection.state === "locked") this.#connect("connecting", null);
    this.now();
  }

  async #tick() {
    if (document.hidden) return;
    this.#running = true;
    const started = Date.now();
    const asked = this.#chosen(started);
    await Promise.all(asked.map((question) => this.#put(question)));
    this.#running = false;
    const rest = kTickMs - (Date.now() - started);
    this.#timer = setTimeout(() => this.#tick(), Math.max(rest, 50));
  }

  #chosen(now) {
    const all = [...this.#questions.values()];
    if (this.#connection.state === "locked") return [];
    if (this.#connection.state !== "live") return [this.#first];
    // A tick is never quite on time: what is due within half of one is due.
    const due = all.filter((question) => question.due <= now + kTickMs / 2 && question.wanted());
    const urgent = due.filter((question) => question.due === 0);
    return due.sort((a, b) => a.due - b.due).slice(0, Math.max(urgent.length, kQuestionsPerTick));
  }

  async #put(question) {
    const started = Date.now();
    let value;
    try {
      ({ value } = await this.#client.get(question.path()));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      question.due = Date.now() + question.every;
      this.#failed(error, question);
      return;
    }
    const now = Date.now();
    this.#answeredAt = now;
    question.due = Math.max(started + question.every, now + kCostFactor * (now - started));
    if (this.#connection.state !== "live") {
      this.#connect("live", null);
      for (const other of this.#questions.values()) if (other !== question) other.due = 0;
    }
    question.answered(value, now);
  }

  #failed(problem, question) {
    if ([401, 403, 421].includes(problem.status)) this.#connect("locked", problem);
    // Anything else but silence is the trouble of one question; without the first one's answer nothing can be shown.
    else if (problem.unanswered || question === this.#first) this.#connect("lost", problem);
  }

  get #first() {
    return this.#questions.values().next().value;
  }

  #connect(state, problem) {
    if (this.#connection.state === state) return;
    this.#connection = { state, since: state === "lost" ? this.#answeredAt : Date.now(), problem };
    this.onConnection(this.#connection);
  }
}
