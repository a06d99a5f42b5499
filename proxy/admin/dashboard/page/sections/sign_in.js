// Asks for the token, and tries it before it is kept.
import { Client } from "../lib/client.js";
import { ask, text } from "../lib/dialog.js";

export function askForToken(session) {
  ask({
    title: "Sign in",
    body: [
      "The token is what the file holds that admin.token_file of the configuration names.",
      "It is kept for this tab only, until you sign out or close it.",
    ],
    fields: [text("token", "Token", { type: "password", required: true, spellcheck: "false" })],
    confirm: "Sign in",
    run: async ({ token }) => {
      try {
        // An order that lacks all that could be done: 400 says that the token was right, anything else why it was not.
        await new Client(() => token.trim()).send("PUT", "/log-level", {});
      } catch (error) {
        if (error.status !== 400) throw error;
      }
      session.signIn(token.trim());
    },
  });
}
