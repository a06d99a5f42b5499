// Says changes of state to who does not see them, a sentence at a time.
import { byId, setText } from "../lib/dom.js";
import { plural } from "../lib/format.js";

// More at once than this are only counted: a thousand sentences help nobody.
const kSentencesMax = 3;

export class Announcer {
  #states = new Map();

  /** Compares with the states of the last time; the first time says nothing. */
  pools(pools) {
    const states = new Map();
    const sentences = [];
    const isFirst = this.#states.size === 0;
    for (const pool of pools) {
      for (const backend of pool.backends) {
        const key = JSON.stringify([pool.name, backend.id, backend.address]);
        const before = this.#states.get(key);
        states.set(key, backend.state);
        if (isFirst || before === backend.state || before === undefined) continue;
        sentences.push(`Backend ${backend.id} of ${pool.name} is ${backend.state}: ${backend.why}.`);
      }
    }
    this.#states = states;
    if (sentences.length > kSentencesMax) this.say(`${plural(sentences.length, "backend")} changed state.`);
    else if (sentences.length > 0) this.say(sentences.join(" "));
  }

  say(text) {
    setText(byId("announcer"), text);
  }
}
