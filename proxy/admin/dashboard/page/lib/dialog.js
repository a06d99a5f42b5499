// One question at a time, in the page's only <dialog>: the browser keeps the focus inside and closes it with Escape.
import { byId, el, setText } from "./dom.js";
import { Problem } from "./client.js";

/** What to tell of an error. */
function sentenceOf(error) {
  if (!(error instanceof Problem)) return String(error);
  if (error.unanswered) return `No answer from headgate. ${error.detail}`.trim();
  // A refused configuration comes with every mistake and its place.
  return error.members.text || error.detail || error.title;
}

/** A labelled select of [value, text] pairs. */
export function choice(name, label, options) {
  const select = el("select", { name });
  select.append(...options.map(([value, text]) => el("option", { value }, text)));
  return el("label", { class: "field" }, label, select);
}

export function text(name, label, attributes = {}) {
  return el(
    "label",
    { class: "field" },
    label,
    el("input", { name, type: "text", autocomplete: "off", ...attributes }),
  );
}

/**
 * Opens the dialog. `run(values)` is called with the values of the fields by their names; the dialog closes when it
 * returns, and shows what it throws. Without `run` there is only a button to close.
 */
export function ask({ title, body = [], fields = [], confirm = "OK", tone = "accent", run = null }) {
  const dialog = byId("dialog");
  if (dialog.open) return;
  const problem = el("p", { class: "problem", role: "alert" });
  const cancel = el("button", { type: "button", onclick: () => dialog.close() }, run ? "Cancel" : "Close");
  const buttons = el("div", { class: "buttons" }, cancel);
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "dialog-title" }, title),
    ...body.map((part) => (typeof part === "string" ? el("p", {}, part) : part)),
    ...fields,
    problem,
    buttons,
  );
  if (run) {
    const submit = el("button", { type: "submit", class: "primary", "data-tone": tone }, confirm);
    buttons.append(submit);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (submit.disabled) return;
      submit.disabled = true;
      setText(problem, "");
      try {
        await run(Object.fromEntries(new FormData(form)));
        dialog.close();
      } catch (error) {
        setText(problem, sentenceOf(error));
      }
      submit.disabled = false;
    });
  }
  dialog.replaceChildren(form);
  dialog.addEventListener("close", () => dialog.replaceChildren(), { once: true });
  dialog.showModal();
}
