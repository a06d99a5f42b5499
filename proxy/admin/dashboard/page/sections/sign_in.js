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
      // A token that is sent is checked, even where reading needs none.
      await new Client(() => token.trim()).get("/status");
      session.signIn(token.trim());
    },
  });
}
