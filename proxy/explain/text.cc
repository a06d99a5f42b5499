#include "proxy/explain/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <vector>

#include "config/values.h"
#include "proxy/explain/place/place_part.h"
#include "proxy/explain/span_text.h"
#include "wire/http/status.h"

namespace headgate::proxy::explain {
namespace {

std::string span_of_ms(std::int64_t ms) {
  return config::duration_text(std::chrono::milliseconds(ms));
}

std::string list_of(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string status_text(std::uint16_t status) {
  const std::string_view phrase = wire::http::reason_phrase(status);
  return phrase.empty() ? std::to_string(status) : fmt::format("{} {}", status, phrase);
}

std::string ordinal(std::uint32_t number) {
  const std::uint32_t tens = number % 100;
  if (tens >= 11 && tens <= 13) return fmt::format("{}th", number);
  switch (number % 10) {
    case 1:
      return fmt::format("{}st", number);
    case 2:
      return fmt::format("{}nd", number);
    case 3:
      return fmt::format("{}rd", number);
    default:
      return fmt::format("{}th", number);
  }
}

void put_head(const Explanation& explanation, Page& page) {
  const Asked& asked = explanation.asked;
  page.line(asked.method.empty() ? asked.url : fmt::format("{} {}", asked.method, asked.url), Tone::kStrong);
  page.line(
      fmt::format("from {}, {} {}{}{}", asked.from, explanation.live ? "by the running daemon with" : "by",
                  explanation.configuration, explanation.live ? ", at " + explanation.at : " (no daemon was asked)",
                  asked.note.empty() ? "" : "; " + asked.note),
      Tone::kFaint);
  page.blank();
}

void put_listener(const ListenerPart& part, Page& page) {
  page.row("listener", fmt::format("{} on {}: {}", part.name, part.bind, part.why));
  if (part.others.empty()) return;
  page.item("!", fmt::format("could also be meant: {} (choose with --listener)", list_of(part.others)), Tone::kWarn);
}

void put_request(const RequestPart& part, Page& page) {
  if (!part.accepted) {
    page.row("request", fmt::format("refused: {}", part.reason), Tone::kBad);
    return;
  }
  const std::string query = part.query.empty() ? "" : ", query " + part.query;
  page.row("request", fmt::format("accepted: host {}, path {}{}", part.host, part.path, query));
  if (part.rewritten) page.item("", "the path was sent in another spelling; it is matched and forwarded in this one");
}

void put_place(const place::PlacePart& place, Page& page) {
  page.row("region", fmt::format("{}: {}", place.region.empty() ? "none" : place.region, place.why));
  if (const std::string line = place::line_of(place); !line.empty()) page.item("", line);
  if (!place.claim.empty()) page.item("", place.claim);
  if (!place.then.empty()) page.item("", "then " + list_of(place.then));
  if (!place.served_why.empty()) {
    page.item(
        "!",
        place.served_by.empty() ? place.served_why : fmt::format("served by {}: {}", place.served_by, place.served_why),
        Tone::kWarn);
  }
  if (!place.home.empty()) page.item("", "send_home: " + place.home);
}

void put_connection(const connection::ConnectionPart& part, Page& page) {
  page.row("client", fmt::format("{}: {}", part.client, part.client_why));
  if (part.place) put_place(*part.place, page);
  if (part.reads_hello) {
    std::string asks = part.server_name.empty() ? "asks for no name" : "asks for " + part.server_name;
    if (!part.protocols.empty()) asks += ", offers " + list_of(part.protocols);
    page.row("hello", fmt::format("{}; it is read and passed on, not decrypted; waited for {} at most", asks,
                                  span_of_ms(part.hello_ms)));
  }
  page.row("goes to", part.pool.empty() ? "no pool: " + part.why : fmt::format("pool {}: {}", part.pool, part.why),
           part.pool.empty() ? Tone::kBad : Tone::kGood);
}

void put_client(const ClientPart& part, Page& page) {
  page.row("client", fmt::format("{}: {}", part.address, part.why));
  if (part.secure) page.item("", "the client spoke https");
  if (part.place) put_place(*part.place, page);
}

void put_earlier(const RoutePart& part, Page& page) {
  std::uint32_t shown = 0;
  for (const EarlierRoute& each : part.earlier) {
    if (!each.near) continue;
    ++shown;
    page.item("-", fmt::format("{} (line {}): {}", each.name, each.line, each.why), Tone::kFaint);
  }
  if (part.earlier_count > shown) {
    page.item("-",
              fmt::format("and {} more that are further from it{}", part.earlier_count - shown,
                          part.found ? "" : "; --json lists them"),
              Tone::kFaint);
  }
}

void put_route(const RoutePart& part, Page& page) {
  if (part.found) {
    const std::string place =
        part.routes == 1 ? "the only one" : fmt::format("the {} of {}", ordinal(part.index + 1), part.routes);
    page.row("route", fmt::format("{} (line {}), {}: {}", part.name, part.line, place, part.match), Tone::kGood);
    if (part.earlier_count > 0) page.item("", "before it, and why not:");
  } else {
    page.row("route", fmt::format("none of {} matches", part.routes), Tone::kBad);
    if (!part.suggestion.empty()) page.item("!", part.suggestion, Tone::kWarn);
  }
  put_earlier(part, page);
}

void put_rate_limit(const RateLimitPart& part, Page& page) {
  const std::string rate =
      part.per_second >= 1 ? fmt::format("{:g}/s", part.per_second) : fmt::format("{:g}/m", part.per_second * 60);
  const std::string limit = fmt::format("by {} '{}': {}, burst {}", part.by, part.key, rate, part.burst);
  if (!part.allowed) {
    page.row("limit", fmt::format("exceeded, {}; the next is admitted in {} s", limit, part.retry_after_seconds),
             Tone::kBad);
    return;
  }
  const std::string left = part.is_new ? "nothing is known of this key, so all of it is left"
                                       : fmt::format("{} left, full again in {}", part.left,
                                                     span_of_ms(static_cast<std::int64_t>(part.full_again_ms)));
  page.row("limit", fmt::format("{}; {}; this question is not charged", limit, left));
}

std::string_view mark_of(const FieldChange& change) {
  if (change.change == "added") return "+";
  if (change.change == "removed") return "-";
  if (change.change == "set") return "=";
  return "~";
}

std::string text_of(const FieldChange& change) {
  if (change.change == "changed") {
    return fmt::format("{}: {} -> {}", change.name, list_of(change.before), list_of(change.after));
  }
  const std::vector<std::string>& values = change.change == "removed" ? change.before : change.after;
  return values.empty() ? change.name : fmt::format("{}: {}", change.name, list_of(values));
}

/// Changes under whoever made them, in the order of the steps.
void put_changes(const std::vector<FieldChange>& changes, Page& page) {
  std::vector<std::string_view> makers;
  for (const FieldChange& change : changes) {
    const bool is_known = std::find(makers.begin(), makers.end(), change.by) != makers.end();
    if (change.change != "kept" && !is_known) makers.push_back(change.by);
  }
  for (const std::string_view maker : makers) {
    page.item("", maker);
    for (const FieldChange& change : changes) {
      if (change.by == maker && change.change != "kept") page.item(mark_of(change), text_of(change), Tone::kPlain, 1);
    }
  }
}

void put_fields(const std::vector<FieldChange>& changes, Page& page) {
  if (changes.empty()) return;
  std::vector<std::string> kept;
  for (const FieldChange& change : changes) {
    if (change.change == "kept") kept.push_back(change.name);
  }
  page.row("fields",
           "to the backend: + added, ~ changed, - removed" + (kept.empty() ? "" : "; as they came: " + list_of(kept)));
  put_changes(changes, page);
}

void put_timeouts(const TimeoutsPart& part, Page& page) {
  std::string text;
  if (part.connect_ms) text = fmt::format("connect {} (of {}), ", span_of_ms(*part.connect_ms), part.connect_from);
  text += fmt::format("response {}, ", span_of_ms(part.response_ms));
  text += part.total_ms == 0 ? "total unlimited" : fmt::format("total {}", span_of_ms(part.total_ms));
  page.row("timeouts", text + fmt::format(", request body {}", span_of_ms(part.body_ms)));
}

Tone tone_of(const BackendPart& backend) {
  if (backend.state == "up" || backend.state == "not checked") return Tone::kPlain;
  return backend.state == "draining" ? Tone::kWarn : Tone::kBad;
}

void put_backend(const BackendPart& backend, std::size_t id_columns, Page& page) {
  const bool may_take = backend.chance_percent > 0;
  std::string text = padded(backend.id, id_columns);
  if (backend.id != backend.address) text += "  " + backend.address;
  text += fmt::format("  {}", backend.state);
  if (backend.since_seconds >= 0) text += fmt::format(" {}", span_text(backend.since_seconds));
  text += fmt::format(", weight {}", backend.weight);
  if (backend.weight_percent != 100) text += fmt::format(" at {}%", backend.weight_percent);
  if (backend.priority != 0) text += fmt::format(", priority {}", backend.priority);
  if (!backend.region.empty()) text += ", in " + backend.region;
  if (backend.candidate) text += fmt::format(", share {:.3g}%, {}", backend.share_percent, backend.score);
  page.item(may_take ? ">" : "", text, may_take ? Tone::kGood : tone_of(backend));
  std::vector<std::string> reasons;
  if (!backend.discovered.empty()) reasons.push_back(backend.discovered);
  if (!backend.why_not.empty()) reasons.push_back("not chosen: " + backend.why_not);
  if (!backend.why.empty() && backend.state != "not checked") reasons.push_back(backend.why);
  if (backend.max_requests > 0) {
    reasons.push_back(fmt::format("{} of {} requests under way", backend.requests_in_flight, backend.max_requests));
  } else if (backend.requests_in_flight > 0) {
    reasons.push_back(fmt::format("{} requests under way", backend.requests_in_flight));
  }
  std::string joined;
  for (const std::string& reason : reasons) joined += (joined.empty() ? "" : "; ") + reason;
  if (!joined.empty()) page.item("", joined, Tone::kFaint, 1);
}

/// The backends that are shown: all, or of many those that may be taken and then those that may not.
std::vector<const BackendPart*> shown_of(const PoolPart& pool) {
  std::vector<const BackendPart*> out;
  for (const BackendPart& backend : pool.backends) out.push_back(&backend);
  if (out.size() <= kBackendsShown) return out;
  std::sort(out.begin(), out.end(), [](const BackendPart* a, const BackendPart* b) {
    return a->chance_percent != b->chance_percent ? a->chance_percent > b->chance_percent : a < b;
  });
  out.resize(kBackendsShown);
  return out;
}

void put_workers(const PoolPart& pool, Page& page) {
  constexpr std::size_t kWorkersShown = 8;
  const bool differ = std::any_of(pool.workers.begin(), pool.workers.end(), [&pool](const WorkerPart& worker) {
    return !worker.answered || worker.waiting > 0 || worker.takes != pool.workers.front().takes;
  });
  if (!differ) return;
  for (std::size_t i = 0; i < pool.workers.size() && i < kWorkersShown; ++i) {
    const WorkerPart& worker = pool.workers[i];
    std::string text = fmt::format("worker {}: ", worker.worker);
    text += !worker.answered ? "did not answer in time" : worker.takes.empty() ? "all busy" : list_of(worker.takes);
    if (worker.waiting > 0) text += fmt::format("; {} wait before", worker.waiting);
    page.item("", text, Tone::kFaint, 1);
  }
  if (pool.workers.size() > kWorkersShown) {
    page.item("", fmt::format("and {} more workers", pool.workers.size() - kWorkersShown), Tone::kFaint, 1);
  }
}

std::string wait_text(const PoolPart& pool) {
  const protection::ProtectionPart& part = pool.protection;
  if (part.expected_wait_ms < 0) return "";
  return fmt::format(", one more would for {}{}", span_of_ms(static_cast<std::int64_t>(part.expected_wait_ms)),
                     pool.waiting > 0 && part.sheds() ? ": too long, it is turned away at once" : "");
}

void put_pool(const PoolPart& pool, Page& page) {
  page.row("pool", fmt::format("{}: {}, {} of {} backends may be chosen", pool.name, pool.balance, pool.candidates,
                               pool.backends.size()));
  // What every pool spoke to in the beginning is not worth a line.
  if (pool.spoken != "http/1.1") page.item("", pool.spoken, Tone::kFaint);
  for (const std::string& name : pool.unresolved) {
    page.item("!", fmt::format("{}: its addresses are known to the daemon alone", name), Tone::kWarn);
  }
  for (const std::string& name : pool.names) page.item("", name, Tone::kFaint);
  for (const LevelPart& level : pool.levels) {
    std::string where = level.elsewhere ? ", other regions" : "";
    if (!level.regions.empty()) where += fmt::format(" ({})", level.regions);
    if (!level.out.empty()) where += fmt::format(", {}: last", level.out);
    page.item("", fmt::format("priority {}{}: {:.3g}% up, gets {:.3g}% of the requests", level.priority, where,
                              level.up_percent, level.share_percent));
  }
  if (pool.panic) page.item("!", "so few are up that health is not looked at (panic_below)", Tone::kWarn);
  const std::vector<const BackendPart*> shown = shown_of(pool);
  std::size_t id_columns = 0;
  for (const BackendPart* backend : shown) id_columns = std::max(id_columns, columns_of(backend->id));
  for (const BackendPart* backend : shown) put_backend(*backend, std::min<std::size_t>(id_columns, 24), page);
  if (pool.backends.size() > shown.size()) {
    page.item("", fmt::format("and {} more; --json lists them", pool.backends.size() - shown.size()), Tone::kFaint);
  }
  constexpr std::size_t kTakesShown = 3;
  std::vector<std::string> takes = pool.takes;
  if (takes.size() > kTakesShown) {
    const std::size_t more = takes.size() - kTakesShown;
    takes.resize(kTakesShown);
    takes.push_back(fmt::format("or one of {} more", more));
  }
  if (pool.session) page.row("session", fmt::format("{}: {}", pool.session->verdict, pool.session->why));
  const Tone tone = pool.takes.empty() ? Tone::kBad : Tone::kGood;
  page.row("choice", (takes.empty() ? "none" : list_of(takes)) + ": " + pool.why, tone);
  put_workers(pool, page);
  if (const std::string limits = pool.protection.limits_text(); !limits.empty()) {
    page.row("limits", limits, pool.protection.is_full() ? Tone::kWarn : Tone::kPlain);
  }
  page.row("queue", pool.queue_size == 0
                        ? "nobody waits when all are busy"
                        : fmt::format("up to {} wait for a backend, at most {}; {} wait now{}", pool.queue_size,
                                      span_of_ms(pool.queue_timeout_ms), pool.waiting, wait_text(pool)));
  page.row("retries", pool.retry.text);
  if (!pool.protection.hedge.empty()) page.row("hedge", pool.protection.hedge);
}

void put_compression(const CompressionPart& part, Page& page) {
  const std::string what =
      part.encoding.empty() ? "no"
                            : fmt::format("{}{}, level {}", part.is_certain ? "" : "maybe ", part.encoding, part.level);
  page.row("compress", fmt::format("{}: {} (of {})", what, part.why, list_of(part.offered)));
}

void put_cache(const CachePart& part, Page& page) {
  std::string key;
  for (const char c : part.key) {
    if (c == '\n') {
      key += "  +  ";
    } else {
      key += c;
    }
  }
  const bool is_stored = part.age_seconds != 0 || part.ttl_seconds != 0;
  page.row("cache", fmt::format("{}: {}", part.verdict, part.why));
  page.item("", fmt::format("in {}, key {}", part.store, key));
  if (is_stored) {
    page.item("", fmt::format("age {} s, {} by {}", part.age_seconds,
                              part.ttl_seconds > 0 ? fmt::format("fresh for {} s more", part.ttl_seconds)
                                                   : fmt::format("stale for {} s", -part.ttl_seconds),
                              part.ttl_from));
  } else {
    page.item("", "how long an answer is fresh: " + part.ttl_from);
  }
}

void put_answer(const AnswerPart& part, Page& page) {
  std::string text = part.status == 0 ? part.why : status_text(part.status);
  if (part.status != 0 && part.by == "headgate") text += " from headgate itself";
  if (part.status != 0 && !part.why.empty()) text += ": " + part.why;
  if (part.body_bytes) text += fmt::format(" ({} bytes)", *part.body_bytes);
  const Tone tone = part.status >= 400 || part.why.starts_with("closed") ? Tone::kBad : Tone::kGood;
  page.row("answer", text, tone);
  put_changes(part.fields, page);
}

}  // namespace

std::string text_of(const Explanation& explanation, const TextStyle& style) {
  Page page(style);
  put_head(explanation, page);
  put_listener(explanation.listener, page);
  if (explanation.connection) {
    put_connection(*explanation.connection, page);
  } else {
    put_request(explanation.request, page);
  }
  if (explanation.client) put_client(*explanation.client, page);
  if (explanation.route) put_route(*explanation.route, page);
  if (explanation.rate_limit) put_rate_limit(*explanation.rate_limit, page);
  if (explanation.cache) put_cache(*explanation.cache, page);
  put_fields(explanation.fields, page);
  if (explanation.origin) {
    page.row("origin", explanation.origin->text);
    if (!explanation.origin->why.empty()) page.item("", explanation.origin->why);
    if (!explanation.origin->mirror.empty()) page.item("", "copies: " + explanation.origin->mirror);
    if (!explanation.origin->file.empty()) page.item("", "file " + explanation.origin->file);
  }
  if (explanation.pool) put_pool(*explanation.pool, page);
  if (explanation.timeouts) put_timeouts(*explanation.timeouts, page);
  if (explanation.compression) put_compression(*explanation.compression, page);
  if (explanation.connection && !explanation.connection->pool.empty()) {
    const connection::ConnectionPart& part = *explanation.connection;
    if (part.proxy_header != "none")
      page.row("PROXY", fmt::format("the backend gets a {} header first", part.proxy_header));
    page.row("timeouts", fmt::format("idle {}: without a byte either way", span_of_ms(part.idle_ms)));
  }
  put_answer(explanation.answer, page);
  return page.take();
}

}  // namespace headgate::proxy::explain
