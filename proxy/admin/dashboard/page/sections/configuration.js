// Which file runs, since when, how it differs from the disk, and every attempt to load it.
import { byId, el, Rows, setText, show } from "../lib/dom.js";
import { ask } from "../lib/dialog.js";
import { count, duration, instant, when } from "../lib/format.js";
import { Mark } from "../lib/marks.js";

const kReloadsMax = 16;

function makeReload(first) {
  const mark = new Mark(first.accepted ? "accepted" : "refused");
  const time = el("time");
  const took = el("span", { class: "muted" });
  const message = el("pre", { tabindex: "0", "aria-label": "message" });
  const node = el("li", {}, time, mark.node, took, message);
  const update = (reload) => {
    const at = instant(reload.at);
    setText(time, when(at, Date.now()));
    time.dateTime = reload.at;
    setText(took, typeof reload.took_ms === "number" ? `took ${count(reload.took_ms)} ms` : "");
    setText(message, reload.message ?? "");
    show(message, Boolean(reload.message));
  };
  return { node, update };
}

export class Configuration {
  #client;
  #context;
  #notices;
  #facts = { file: "File", loaded: "Loaded", differs: "On disk", level: "Log level" };
  #reloads = new Rows(byId("reloads-list"), makeReload);

  /** `context` as in backends.js, with reloaded(). */
  constructor(client, notices, context) {
    this.#client = client;
    this.#notices = notices;
    this.#context = context;
    for (const [key, name] of Object.entries(this.#facts)) {
      this.#facts[key] = el("dd");
      byId("configuration-facts").append(el("div", { "data-fact": key }, el("dt", {}, name), this.#facts[key]));
    }
    byId("reload").addEventListener("click", () => this.#askForReload());
    byId("difference").addEventListener("click", () => this.#showDifference());
  }

  status({ configuration, log_level: level }, now) {
    const loaded = instant(configuration.loaded_at);
    setText(this.#facts.file, configuration.file);
    const ago = loaded === null ? "" : `, ${duration((now - loaded) / 1000)} ago`;
    setText(this.#facts.loaded, `${when(loaded, now)}${ago}`);
    const differs = configuration.differs_from_file;
    setText(this.#facts.differs, differs ? "differs from what runs" : "the same as what runs");
    setText(this.#facts.level, level);
    show(byId("difference"), differs === true);
    this.#notice(configuration, now);
  }

  #notice({ differs_from_file: differs, last_reload: last }, now) {
    const look = { text: "Show difference", run: () => this.#showDifference() };
    const reload = { text: "Reload", run: () => this.#askForReload() };
    if (last && !last.accepted) {
      this.#notices.set({
        key: "refused",
        tone: "bad",
        text: `The last reload, at ${when(instant(last.at), now)}, was refused: what was loaded before runs on.`,
        more: last.message,
        actions: differs ? [look, reload] : [reload],
      });
    } else {
      this.#notices.clear("refused");
    }
    if (differs && (!last || last.accepted)) {
      this.#notices.set({
        key: "differs",
        tone: "warn",
        text: "The file on disk differs from the configuration that runs.",
        actions: [look, reload],
      });
    } else {
      this.#notices.clear("differs");
    }
  }

  reloads(reloads) {
    const newest = reloads.slice(-kReloadsMax).reverse();
    this.#reloads.update(newest, (reload) => `${reload.at} ${reload.accepted}`);
  }

  #askForReload() {
    if (!this.#context.mayChange()) return this.#context.signIn();
    ask({
      title: "Reload the configuration?",
      body: ["The file is read anew. If anything is wrong with it, nothing changes; no connection is lost either way."],
      confirm: "Reload",
      run: async () => {
        try {
          const { value } = await this.#client.send("POST", "/reload");
          this.#context.reloaded(value.message || "Reloaded.");
        } catch (error) {
          if (error.status === 422) this.#context.reloaded("The reload was refused.");
          throw error;
        }
      },
    });
  }

  async #showDifference() {
    try {
      const { value } = await this.#client.get("/config");
      const text = value.on_disk_error ?? (value.diff || "There is no difference any more.");
      ask({
        title: "What runs, and what is on disk",
        body: [
          el("p", { class: "muted" }, value.file),
          el("pre", { class: "diff", tabindex: "0", "aria-label": "difference" }, ...linesOf(text)),
        ],
      });
    } catch (error) {
      ask({ title: "What runs, and what is on disk", body: [error.message] });
    }
  }
}

/** The lines of a unified diff, those that differ marked; the sign in front says it without color. */
function linesOf(diff) {
  return diff.split("\n").map((line) => {
    const tone = line.startsWith("+") ? "good" : line.startsWith("-") ? "bad" : null;
    return el("span", { "data-tone": tone }, `${line}\n`);
  });
}
