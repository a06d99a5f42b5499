#include "tests/unit/proxy/cache/model/world.h"

namespace headgate::proxy::cache::model {
namespace {

void add(std::string& out, bool says, const char* name) {
  if (says) out.append(" ").append(name);
}

void add(std::string& out, const std::optional<int>& seconds, const char* name) {
  if (seconds) out.append(" ").append(name).append("=").append(std::to_string(*seconds));
}

std::string text_of(const Control& control) {
  std::string out;
  add(out, control.no_store, "no-store");
  add(out, control.no_cache, "no-cache");
  add(out, control.is_private, "private");
  add(out, control.is_public, "public");
  add(out, control.must_revalidate, "must-revalidate");
  add(out, control.proxy_revalidate, "proxy-revalidate");
  add(out, control.max_age, "max-age");
  add(out, control.s_maxage, "s-maxage");
  add(out, control.while_revalidate, "stale-while-revalidate");
  add(out, control.if_error, "stale-if-error");
  return out;
}

std::string text_of(const Page& page) {
  std::string out = page.content < 0 ? "same content" : "content " + std::to_string(page.content);
  out += ", " + std::to_string(page.status) + ", cache-control:" + text_of(page.control);
  if (page.targeted.says_anything()) out += ", cdn-cache-control:" + text_of(page.targeted);
  add(out, page.expires, "expires");
  if (page.age != 0) out += " age=" + std::to_string(page.age);
  add(out, page.has_etag, page.is_weak ? "weak-etag" : "etag");
  add(out, page.has_last_modified, "last-modified");
  add(out, page.sets_cookie, "set-cookie");
  add(out, page.is_tagged, "tagged");
  add(out, page.vary == Page::Vary::kKind, "vary");
  add(out, page.vary == Page::Vary::kAnything, "vary=*");
  return out;
}

std::string text_of(const Asked& asked) {
  constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "M-SEARCH"};
  std::string out = kMethods[static_cast<std::size_t>(asked.method)];
  out += " /" + std::to_string(asked.path);
  if (asked.kind != 0) out += " kind=" + std::to_string(asked.kind);
  add(out, asked.is_authorized, "authorized");
  add(out, asked.known, "if-none-match");
  add(out, asked.no_cache, "no-cache");
  add(out, asked.no_store, "no-store");
  add(out, asked.only_if_cached, "only-if-cached");
  add(out, asked.max_age, "max-age");
  add(out, asked.max_stale, "max-stale");
  add(out, asked.min_fresh, "min-fresh");
  add(out, asked.if_error, "stale-if-error");
  return out;
}

}  // namespace

std::string text_of(const Condition& condition) {
  std::string out;
  add(out, condition.etag, "if-etag");
  add(out, condition.last_modified, "if-changed");
  return out;
}

std::string text_of(const Outcome& outcome) {
  std::string out = std::to_string(outcome.status);
  if (outcome.content >= 0) out += " content " + std::to_string(outcome.content);
  if (outcome.is_from_store) out += " stored";
  if (outcome.age >= 0) out += " age " + std::to_string(outcome.age);
  return out + (outcome.asked_origin.empty() ? "" : ", asked " + outcome.asked_origin);
}

std::string text_of(const Event& event) {
  const std::string path = " /" + std::to_string(event.path);
  switch (event.kind) {
    case Event::Kind::kRequest:
      return text_of(event.asked) + (event.location < 0 ? "" : " -> /" + std::to_string(event.location));
    case Event::Kind::kTime:
      return "time: " + std::to_string(event.milliseconds) + " ms";
    case Event::Kind::kPage:
      return "page" + path + ": " + text_of(event.page);
    case Event::Kind::kOutage:
      return event.outage == Event::Outage::kNone          ? "origin: well"
             : event.outage == Event::Outage::kUnreachable ? "origin: unreachable"
                                                           : "origin: answers 500";
    case Event::Kind::kPurge:
      break;
  }
  constexpr const char* kPurges[] = {"url", "tag", "host", "everything"};
  const std::string what = kPurges[static_cast<std::size_t>(event.purge)];
  return "purge: " + what + (event.purge == Event::Purge::kUrl ? path : "") + (event.is_soft ? ", softly" : "");
}

}  // namespace headgate::proxy::cache::model
