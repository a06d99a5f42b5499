// The bar at the top: what headgate is doing, whether it answers, colors, token.
import { byId, setAttribute, setText } from "../lib/dom.js";
import { duration } from "../lib/format.js";
import { Mark } from "../lib/marks.js";

const kThemes = ["auto", "light", "dark"];

export class Header {
  #state = new Mark("connecting");
  #connection = new Mark("connecting");

  /** `signIn` asks for the token. */
  constructor(session, signIn) {
    byId("state").append(this.#state.node);
    byId("connection").append(this.#connection.node);
    this.#theme();
    const sign = byId("sign");
    const name = () => setText(sign, session.signedIn ? "Sign out" : "Sign in");
    sign.addEventListener("click", () => {
      if (!session.signedIn) return signIn();
      session.signOut();
      window.location.reload(); // what was seen with the token is seen no more
    });
    session.addEventListener("change", name);
    name();
  }

  #theme() {
    const button = byId("theme");
    const root = document.documentElement;
    const name = () => {
      const choice = root.dataset.themeChoice;
      setText(button, `Theme: ${choice}`);
    };
    button.addEventListener("click", () => {
      const next = kThemes[(kThemes.indexOf(root.dataset.themeChoice) + 1) % kThemes.length];
      document.dispatchEvent(new CustomEvent("headgate-theme", { detail: next }));
      name();
    });
    name();
  }

  status(status) {
    this.#state.set(status.state);
    const uptime = duration(status.uptime_seconds);
    setText(byId("process"), `version ${status.version}, pid ${status.pid}, up ${uptime}`);
  }

  connection({ state }) {
    const words = {
      live: "live",
      connecting: "connecting",
      lost: "no answer",
      locked: "locked",
    };
    this.#connection.set(state, words[state]);
    setAttribute(document.body, "data-connection", state);
    if (state === "lost") this.#state.set("unknown");
  }
}
