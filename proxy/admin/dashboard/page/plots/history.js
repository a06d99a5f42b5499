// What /history answered, kept in two resolutions: seconds for a quarter of an hour, minutes for a day. Pure.
import { instant } from "../lib/format.js";
import { Series } from "./series.js";

const kMinuteMs = 60_000;

/** `seconds` is how much of it the plots show. */
export const kRanges = [
  { name: "5 min", seconds: 300 },
  { name: "15 min", seconds: 900 },
  { name: "24 h", seconds: 86_400 },
];
/** The finest history reaches so far back; who asks for more gets minutes. */
const kFineSeconds = 900;
// Of what is there already only the last little is asked again.
const kOverlapSteps = 5;

/** Members of a point per second of its step, since a step may be a second or a minute. */
function pointOf(raw, stepSeconds) {
  const latency = raw.latency_ms ?? {};
  const perSecond = (value) => (typeof value === "number" ? value / stepSeconds : null);
  return {
    at: instant(raw.at),
    requests: perSecond(raw.requests),
    errors4xx: perSecond(raw.errors_4xx),
    errors5xx: perSecond(raw.errors_5xx),
    received: perSecond(raw.received_bytes),
    sent: perSecond(raw.sent_bytes),
    connections: raw.connections_open ?? null,
    p50: latency.p50 ?? null,
    p95: latency.p95 ?? null,
    p99: latency.p99 ?? null,
  };
}

export class History {
  #fine = new Series((kFineSeconds + 60) * 1000);
  #coarse = new Series((86_400 + 600) * 1000);

  /** The series that a range is drawn from. */
  series(range) {
    return range.seconds <= kFineSeconds ? this.#fine : this.#coarse;
  }

  /** How many seconds to ask for, so that nothing is missed and little comes twice. */
  secondsToAsk(range, now) {
    const fine = range.seconds <= kFineSeconds;
    const series = this.series(range);
    const all = fine ? kFineSeconds : range.seconds;
    if (series.last === null) return all;
    const missing = Math.ceil((now - series.last.at + kOverlapSteps * series.stepMs) / 1000);
    // Asked for a quarter of an hour or less, the API would answer in seconds.
    return Math.min(all, Math.max(missing, fine ? 1 : kFineSeconds + 60));
  }

  add(answer) {
    const stepSeconds = answer.step_seconds;
    const series = stepSeconds * 1000 < kMinuteMs ? this.#fine : this.#coarse;
    const points = answer.points.map((raw) => pointOf(raw, stepSeconds)).filter((point) => point.at !== null);
    series.merge(points, stepSeconds * 1000);
  }

  /** The mean of `member` over the newest few seconds, and the newest latencies in them; null without any. */
  recent(member, now, seconds = 5) {
    const values = this.#fine.between(now - (seconds + 2) * 1000, now + 2000).map((point) => point[member]);
    const known = values.filter((value) => value !== null).slice(-seconds);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  }
}
