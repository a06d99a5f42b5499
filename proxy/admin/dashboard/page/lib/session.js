// The token: kept for this tab alone, and only until it is closed.

const kKey = "headgate.token";

export class Session extends EventTarget {
  #token = null;

  constructor() {
    super();
    try {
      this.#token = window.sessionStorage.getItem(kKey);
    } catch {
      // Storage is forbidden: the token lives as long as the page.
    }
  }

  get token() {
    return this.#token;
  }

  get signedIn() {
    return this.#token !== null;
  }

  signIn(token) {
    this.#set(token);
  }

  signOut() {
    this.#set(null);
  }

  #set(token) {
    this.#token = token;
    try {
      if (token === null) window.sessionStorage.removeItem(kKey);
      else window.sessionStorage.setItem(kKey, token);
    } catch {
      // as above
    }
    this.dispatchEvent(new Event("change"));
  }
}
