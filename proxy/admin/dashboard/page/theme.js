// Sets the colors before anything is drawn, so it is a plain script in the head and no module. The choice is light,
// dark or auto (what the system prefers) and is remembered by the browser.
(() => {
  "use strict";
  const kKey = "headgate.theme";
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      const kept = window.localStorage.getItem(kKey);
      return kept === "light" || kept === "dark" ? kept : "auto";
    } catch {
      return "auto"; // storage is forbidden: the switch works until the page is left
    }
  }

  function show(choice) {
    const dark = choice === "dark" || (choice === "auto" && prefersDark.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    document.documentElement.dataset.themeChoice = choice;
  }

  function choose(choice) {
    try {
      window.localStorage.setItem(kKey, choice);
    } catch {
      // as above
    }
    show(choice);
  }

  show(chosen());
  prefersDark.addEventListener("change", () => show(document.documentElement.dataset.themeChoice));
  document.addEventListener("headgate-theme", (event) => choose(event.detail));
})();
