#include "proxy/sticky/cookies.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/ascii.h"
#include "base/result.h"

namespace headgate::proxy::sticky {
namespace {

using wire::http::Field;
using wire::http::FieldId;
using wire::http::Fields;

constexpr std::string_view kBetween = "; ";

std::string attributes_of(const config::StickyCookie& settings, bool secure) {
  using SameSite = config::StickyCookie::SameSite;
  std::string out = "; Path=" + settings.path;
  if (!settings.domain.empty()) out += "; Domain=" + settings.domain;
  if (settings.max_age > base::Duration::zero()) {
    out += fmt::format("; Max-Age={}", settings.max_age / std::chrono::seconds(1));
  }
  out += "; HttpOnly";
  // Browsers take one of SameSite=None that is Secure alone.
  if (secure || settings.same_site == SameSite::kNone) out += "; Secure";
  switch (settings.same_site) {
    case SameSite::kLax:
      return out + "; SameSite=Lax";
    case SameSite::kStrict:
      return out + "; SameSite=Strict";
    case SameSite::kNone:
      return out + "; SameSite=None";
  }
  return out;
}

/// Calls `each(part, value)` for the parts of a Cookie field that hold anything, as they stand between ';'; `value` is
/// null where the part is no cookie of that name.
template <class Each>
void for_each_cookie(std::string_view field, std::string_view name, Each each) {
  while (!field.empty()) {
    const std::size_t end = field.find(';');
    const std::string_view part = field.substr(0, end);
    field = end == std::string_view::npos ? std::string_view() : field.substr(end + 1);
    const std::string_view pair = base::trimmed(part);
    const bool is_ours = pair.size() > name.size() && pair[name.size()] == '=' && pair.starts_with(name);
    if (is_ours) {
      const std::string_view value = base::trimmed(pair.substr(name.size() + 1));
      each(part, &value);
    } else if (!pair.empty()) {
      each(part, static_cast<const std::string_view*>(nullptr));
    }
  }
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Without what stands between cookies at either end.
std::string_view without_ends(std::string_view text) {
  const auto is_between = [](char c) { return c == ';' || is_blank(c); };
  while (!text.empty() && is_between(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_between(text.back())) text.remove_suffix(1);
  return text;
}

/// What is left of a field when one of its cookies is taken out from between the two.
std::string_view joined(std::string_view before, std::string_view after, base::Arena& arena) {
  const std::string_view first = without_ends(before);
  const std::string_view last = without_ends(after);
  if (first.empty()) return last;
  if (last.empty()) return first;
  return arena.concat({first, kBetween, last});
}

}  // namespace

Cookies::Cookies(config::StickyCookie settings, std::string_view pool, std::shared_ptr<const Keyring> keys)
    : settings_(std::move(settings)),
      needle_(settings_.name + "="),
      pool_(pool),
      max_age_(static_cast<std::uint32_t>(settings_.max_age / std::chrono::seconds(1))),
      plain_attributes_(attributes_of(settings_, false)),
      secure_attributes_(attributes_of(settings_, true)),
      keys_(std::move(keys)),
      generation_(keys_->generation()),
      sealer_(*keys_->keys(), pool_) {}

void Cookies::follow_keys() {
  if (keys_->generation() == generation_) [[likely]]
    return;
  generation_ = keys_->generation();
  sealer_ = Sealer(*keys_->keys(), pool_);
  memo_.clear();
}

Shown Cookies::judge_session(const Session& session, std::uint32_t now) const {
  if (max_age_ == 0 || session.issued >= now) return {Shown::Kind::kGood, session};
  const std::uint32_t age = now - session.issued;
  if (age >= max_age_) return {Shown::Kind::kExpired, session};
  return {age > max_age_ / 2 ? Shown::Kind::kOld : Shown::Kind::kGood, session};
}

Shown Cookies::judge(std::string_view text, std::uint32_t now) {
  if (text.size() != Sealer::kTextBytes) return {Shown::Kind::kRefused, {}};
  if (const Session* known = memo_.find(text)) [[likely]]
    return judge_session(*known, now);
  const std::optional<Session> session = sealer_.open(text);
  if (!session || session->issued > std::uint64_t{now} + kAheadMax) return {Shown::Kind::kRefused, {}};
  memo_.add(text, *session);
  return judge_session(*session, now);
}

void Cookies::consider(std::string_view value, std::uint32_t now, int& tries, Shown& out) {
  const bool is_settled = out.kind == Shown::Kind::kGood || out.kind == Shown::Kind::kOld;
  if (is_settled || tries == kTriesMax) return;
  ++tries;
  const Shown shown = judge(value, now);
  if (out.kind == Shown::Kind::kNone || shown.kind != Shown::Kind::kRefused) out = shown;
}

Shown Cookies::look(const Fields& fields, std::uint32_t now) {
  follow_keys();
  Shown out;
  int tries = 0;
  for (const Field& field : fields) {
    if (field.id != FieldId::kCookie) continue;
    for_each_cookie(field.value, settings_.name, [&](std::string_view, const std::string_view* value) {
      if (value != nullptr) consider(*value, now, tries, out);
    });
  }
  return out;
}

Shown Cookies::take(Fields& fields, base::Arena& arena, std::uint32_t now) {
  if (!fields.has(FieldId::kCookie)) return {};
  const Field* only = nullptr;
  for (const Field& field : fields) {
    if (field.id != FieldId::kCookie) continue;
    if (only != nullptr) return take_from_all(fields, arena, now);
    only = &field;
  }
  const std::string_view whole = only->value;
  follow_keys();
  // Most often there is no other cookie, and it was here before: what the memo has holds no ';'.
  const bool is_alone = whole.size() == needle_.size() + Sealer::kTextBytes &&
                        std::memcmp(whole.data(), needle_.data(), needle_.size()) == 0;
  if (is_alone) {
    if (const Session* known = memo_.find(whole.substr(needle_.size()))) {
      fields.remove_only(*only);
      return judge_session(*known, now);
    }
  }
  std::size_t begin = std::string_view::npos;
  std::size_t end = 0;
  for (std::size_t at = 0; at < whole.size();) {
    const std::size_t stop = std::min(whole.find(';', at), whole.size());
    while (at < stop && is_blank(whole[at])) ++at;
    // By its first character most are another.
    if (at < stop && whole[at] == needle_[0] && whole.substr(at, stop - at).starts_with(needle_)) {
      if (begin != std::string_view::npos) return take_from_all(fields, arena, now);
      begin = at;
      end = stop;
    }
    at = stop + 1;
  }
  if (begin == std::string_view::npos) return {};
  const std::size_t value = begin + needle_.size();
  const Shown out = judge(base::trimmed(whole.substr(value, end - value)), now);
  const std::string_view rest = joined(whole.substr(0, begin), whole.substr(end), arena);
  if (rest.empty()) {
    fields.remove_only(*only);
  } else {
    fields.set_value(*only, rest);
  }
  return out;
}

Shown Cookies::take_from_all(Fields& fields, base::Arena& arena, std::uint32_t now) {
  const Shown out = look(fields, now);
  if (out.kind == Shown::Kind::kNone) return out;
  // What is left is no longer than what was there, and between two fields comes what is between two cookies.
  std::size_t bytes = 0;
  for (const Field& field : fields) bytes += field.id == FieldId::kCookie ? field.value.size() + 2 : 0;
  char* const rest = arena.take(bytes);
  std::size_t filled = 0;
  for (const Field& field : fields) {
    if (field.id != FieldId::kCookie) continue;
    std::string_view between = kBetween;
    for_each_cookie(field.value, settings_.name, [&](std::string_view part, const std::string_view* value) {
      if (value != nullptr) return;
      if (filled > 0) filled += between.copy(rest + filled, between.size());
      between = ";";
      filled += part.copy(rest + filled, part.size());
    });
  }
  const std::string_view left = base::trimmed({rest, filled});
  if (left.empty()) {
    fields.remove(FieldId::kCookie);
  } else {
    fields.set(FieldId::kCookie, left);
  }
  return out;
}

std::string_view Cookies::write(const Session& session, bool secure, base::Arena& arena) {
  follow_keys();
  const Sealer::Text text = sealer_.seal(session);
  const std::string_view value(text.data(), text.size());
  memo_.add(value, session);
  return arena.concat({settings_.name, "=", value, secure ? secure_attributes_ : plain_attributes_});
}

std::uint64_t make_client() {
  std::uint64_t number = 0;
  while (number == 0) {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1) {
      base::invariant_broken("OpenSSL has no entropy");
    }
  }
  return number;
}

}  // namespace headgate::proxy::sticky
