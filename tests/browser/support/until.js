// Waiting for what will be so, however slow the machine.

/** Asks every few milliseconds until `holds()` is true, or throws; `describe()` adds what was seen last. */
export async function until(what, holds, { timeoutMs = 30_000, everyMs = 20, describe = () => "" } = {}) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await holds();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}\n${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
