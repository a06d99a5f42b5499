// Numbers, times and lengths of time as people read them. Pure.

const kWhole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
export const kNothing = "–";

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** 1234567 -> "1,234,567" */
export function count(value) {
  return isNumber(value) ? kWhole.format(value) : kNothing;
}

/** Three digits that count: 0, 0.04, 7.2, 85, 1,234, 12.3k, 4.5M */
export function rate(perSecond) {
  if (!isNumber(perSecond)) return kNothing;
  const size = Math.abs(perSecond);
  if (size === 0) return "0";
  if (size < 0.01) return "<0.01";
  if (size < 0.995) return perSecond.toFixed(2);
  if (size < 9.95) return perSecond.toFixed(1);
  if (size < 9999.5) return kWhole.format(perSecond);
  if (size < 999_950) return `${(perSecond / 1e3).toFixed(1)}k`;
  return `${(perSecond / 1e6).toFixed(1)}M`;
}

/** Bytes in powers of 1024. */
export function bytes(value) {
  if (!isNumber(value)) return kNothing;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = value;
  let unit = 0;
  while (size >= 1023.5 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 9.95 ? kWhole.format(size) : size.toFixed(1)} ${units[unit]}`;
}

/** 0.08 ms, 4.2 ms, 85 ms, 1.25 s, 63 s */
export function milliseconds(value) {
  if (!isNumber(value)) return kNothing;
  if (value === 0) return "0 ms";
  if (value < 0.01) return "<0.01 ms";
  if (value < 0.995) return `${value.toFixed(2)} ms`;
  if (value < 9.95) return `${value.toFixed(1)} ms`;
  if (value < 999.5) return `${kWhole.format(value)} ms`;
  return value < 9995 ? `${(value / 1e3).toFixed(2)} s` : `${kWhole.format(value / 1e3)} s`;
}

/** Of one whole: 0%, 0.4%, 12%, 100% */
export function percent(part, whole) {
  if (!isNumber(part) || !isNumber(whole) || whole <= 0) return kNothing;
  const value = (100 * part) / whole;
  if (value === 0) return "0%";
  if (value < 0.1) return "<0.1%";
  return value < 9.95 ? `${value.toFixed(1)}%` : `${kWhole.format(value)}%`;
}

/** Two units at most: 8 s, 4 min 12 s, 3 h 05 min, 12 d 4 h */
export function duration(seconds) {
  if (!isNumber(seconds)) return kNothing;
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${kWhole.format(Math.floor(whole / 86_400))} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** One unit, for columns: 8 s, 4 min, 3 h, 12 d */
export function age(seconds) {
  if (!isNumber(seconds)) return kNothing;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h`;
  return `${kWhole.format(Math.floor(whole / 86_400))} d`;
}

/** Milliseconds since 1970 of an RFC 3339 time; null for null and for what is no time. */
export function instant(text) {
  if (typeof text !== "string") return null;
  const value = Date.parse(text);
  return Number.isNaN(value) ? null : value;
}

const two = (value) => String(value).padStart(2, "0");

/** The time of day where the reader is: 14:03:22 */
export function clock(at) {
  if (!isNumber(at)) return kNothing;
  const time = new Date(at);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** With the day in front, unless it is the day of `now`: 14:03:22, or 2026-11-23 14:03:22 */
export function when(at, now) {
  if (!isNumber(at)) return kNothing;
  const time = new Date(at);
  const today = new Date(now);
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return time.toDateString() === today.toDateString() ? clock(at) : `${day} ${clock(at)}`;
}

/** "1 backend", "3 backends" */
export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}
