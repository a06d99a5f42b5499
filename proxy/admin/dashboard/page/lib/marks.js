// States, said three ways at once: by a shape, by a word, by a color.
import { setAttribute, setText, svg, el } from "./dom.js";

const kShapes = {
  disc: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9z",
  half: "M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM6 2.6v6.8a3.4 3.4 0 0 0 0-6.8z",
  ring: "M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM6 2.8a3.2 3.2 0 1 0 0 6.4a3.2 3.2 0 1 0 0-6.4z",
  cross: "M2.6 1.2L6 4.6 9.4 1.2l1.4 1.4L7.4 6l3.4 3.4-1.4 1.4L6 7.4l-3.4 3.4-1.4-1.4L4.6 6 1.2 2.6z",
  triangle: "M6 1l5.4 9.6H.6z",
  tick: "M4.6 10.4L.8 6.6l1.4-1.4 2.4 2.4 5.2-5.2 1.4 1.4z",
};

// tone -> a color of style/theme.css
const kStates = {
  // of backends
  up: ["disc", "good"],
  down: ["cross", "bad"],
  ejected: ["triangle", "warn"],
  draining: ["half", "warn"],
  disabled: ["ring", "off"],
  drained: ["half", "warn"], // of regions, beside up and down
  // of headgate
  starting: ["half", "off"],
  serving: ["disc", "good"],
  reloading: ["half", "accent"],
  upgrading: ["half", "accent"],
  // of the connection to it
  connecting: ["half", "off"],
  live: ["disc", "good"],
  lost: ["cross", "bad"],
  locked: ["ring", "warn"],
  // of a reload
  accepted: ["tick", "good"],
  refused: ["cross", "bad"],
};

/** The tone of one of the states above. */
export const toneOf = (state) => (kStates[state] ?? ["ring", "off"])[1];

/** A shape and a word that show one of the states above; what is not among them is shown by its word alone. */
export class Mark {
  #path = svg("path", { "fill-rule": "evenodd" });
  #word = el("span");

  constructor(state, word = state) {
    const shape = svg("svg", { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" }, this.#path);
    this.node = el("span", { class: "mark" }, shape, this.#word);
    this.set(state, word);
  }

  set(state, word = state) {
    const [shape, tone] = kStates[state] ?? ["ring", "off"];
    setAttribute(this.#path, "d", kShapes[shape]);
    setAttribute(this.node, "data-tone", tone);
    setAttribute(this.node, "data-state", state);
    setText(this.#word, word);
  }
}
