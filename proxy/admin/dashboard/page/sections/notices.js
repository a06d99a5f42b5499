// What an operator should know before anything else: one line each, gone when it no longer holds.
import { byId, el, Rows, setAttribute, setText } from "../lib/dom.js";

/** A notice is { key, tone: bad | warn | accent, text, more, actions: [{ text, run }] }; `more` is shown as it is. */
export class Notices {
  #notices = new Map();
  #rows;

  constructor() {
    this.#rows = new Rows(byId("notices"), () => this.#make());
  }

  set(notice) {
    this.#notices.set(notice.key, notice);
    this.#draw();
  }

  clear(key) {
    if (this.#notices.delete(key)) this.#draw();
  }

  #draw() {
    this.#rows.update([...this.#notices.values()], (notice) => notice.key);
  }

  #make() {
    const text = el("p");
    const more = el("pre", { tabindex: "0", "aria-label": "in full" });
    const actions = el("div", { class: "actions" });
    const node = el("div", { class: "notice" }, text, actions, more);
    let shown = "";
    const update = (notice) => {
      setAttribute(node, "data-tone", notice.tone);
      setAttribute(node, "data-key", notice.key);
      setText(text, notice.text);
      setText(more, notice.more ?? "");
      more.hidden = !notice.more;
      const wanted = notice.actions ?? [];
      const names = wanted.map((action) => action.text).join("\n");
      if (names === shown) return;
      shown = names;
      actions.replaceChildren(
        ...wanted.map((action) => el("button", { type: "button", onclick: action.run }, action.text)),
      );
    };
    return { node, update };
  }
}
