#include "proxy/dns/zone/master_file/contents.h"

#include <fmt/format.h>

#include <utility>

#include "base/ascii.h"
#include "proxy/dns/zone/master_file/record_text.h"
#include "proxy/dns/zone/master_file/words.h"

namespace headgate::proxy::dns::zone::master_file {
namespace {

using wire::dns::Name;
using wire::dns::Type;

/// A file on its way through.
class Reading {
 public:
  Reading(std::string_view text, const Name& apex, std::uint32_t ttl_seconds)
      : tokens_(text), apex_(apex), origin_(apex), ttl_seconds_(ttl_seconds) {}

  Contents run();

 private:
  void take(const Entry& entry);
  std::optional<Problem> take_control(const Entry& entry, Words& words);
  std::optional<Problem> take_record(const Entry& entry, Words& words);
  std::optional<Problem> take_owner(const Entry& entry, Words& words);
  std::optional<Problem> take_ttl_and_class(Words& words, std::optional<std::uint32_t>& ttl);
  std::optional<Problem> take_start(Words& words, std::uint32_t ttl_seconds, Spot spot);
  /// False: there have been enough.
  bool note(Problem problem);

  Tokens tokens_;
  const Name& apex_;
  Name origin_;
  std::optional<Name> owner_;
  std::optional<std::uint32_t> stated_ttl_;  // by $TTL
  std::uint32_t ttl_seconds_;                // of the record before
  Contents out_;
  bool is_full_ = false;
};

bool Reading::note(Problem problem) {
  if (out_.problems.size() == kProblemsMax) {
    out_.problems.push_back({problem.spot, "more problems follow, which are not shown"});
    is_full_ = true;
    return false;
  }
  out_.problems.push_back(std::move(problem));
  return true;
}

Contents Reading::run() {
  Entry entry;
  while (!is_full_ && tokens_.next(entry)) {
    if (tokens_.problem()) {
      note(*tokens_.problem());
    } else {
      take(entry);
    }
  }
  return std::move(out_);
}

void Reading::take(const Entry& entry) {
  Words words(entry, origin_);
  const Token& first = entry.tokens.front();
  const bool is_control = !first.is_quoted && !entry.begins_with_blank && first.text.starts_with('$');
  std::optional<Problem> problem = is_control ? take_control(entry, words) : take_record(entry, words);
  if (problem) note(std::move(*problem));
}

std::optional<Problem> Reading::take_control(const Entry& entry, Words& words) {
  const Token& first = entry.tokens.front();
  words.skip();
  if (base::equals_ignoring_case(first.text, "$ORIGIN")) {
    Name origin = words.name("the name that others are below");
    words.end();
    if (!words.problem()) origin_ = std::move(origin);
    return words.problem();
  }
  if (base::equals_ignoring_case(first.text, "$TTL")) {
    const std::uint32_t ttl = words.ttl("a time to live");
    words.end();
    if (!words.problem()) stated_ttl_ = ttl;
    return words.problem();
  }
  if (base::equals_ignoring_case(first.text, "$INCLUDE")) {
    return Problem{first.spot,
                   "$INCLUDE is not followed: a zone is one file, which is read anew when it changes; put "
                   "the other's records here"};
  }
  if (base::equals_ignoring_case(first.text, "$GENERATE")) {
    return Problem{first.spot, "$GENERATE is BIND's own and not known here: write the records out"};
  }
  return Problem{first.spot, fmt::format("'{}' is not known; $ORIGIN and $TTL are. A name that begins with a dollar "
                                         "sign is written \\$",
                                         first.text)};
}

std::optional<Problem> Reading::take_owner(const Entry& entry, Words& words) {
  if (entry.begins_with_blank) {
    if (owner_) return std::nullopt;
    return Problem{words.spot(), "the line begins with a blank, which stands for the name before, and there is none"};
  }
  Name owner = words.name("the name that the record is for");
  // Lines below that leave it out are not to be those of another name.
  owner_.reset();
  if (words.problem()) return words.problem();
  owner_ = std::move(owner);
  return std::nullopt;
}

std::optional<Problem> Reading::take_ttl_and_class(Words& words, std::optional<std::uint32_t>& ttl) {
  bool has_class = false;
  while (const Token* const word = words.peek()) {
    const auto is = [&](std::string_view name) { return base::equals_ignoring_case(word->text, name); };
    if (!has_class && is("IN")) {
      has_class = true;
    } else if (is("CH") || is("HS") || is("CS")) {
      return Problem{word->spot, fmt::format("class {} is not answered by; records here are of class IN", word->text)};
    } else if (!ttl && ttl_of(word->text)) {
      ttl = ttl_of(word->text);
    } else {
      return std::nullopt;
    }
    words.skip();
  }
  return std::nullopt;
}

std::optional<Problem> Reading::take_record(const Entry& entry, Words& words) {
  const Spot spot = words.spot();
  if (std::optional<Problem> problem = take_owner(entry, words)) return problem;
  std::optional<std::uint32_t> ttl;
  if (std::optional<Problem> problem = take_ttl_and_class(words, ttl)) return problem;
  const Token* const word = words.peek();
  if (word == nullptr) return Problem{words.spot(), "the record ends where its type should stand"};
  std::optional<Problem> problem;
  const std::optional<Type> type = record_type(*word, problem);
  if (!type) return problem;
  words.skip();
  const std::uint32_t ttl_seconds = ttl ? *ttl : stated_ttl_.value_or(ttl_seconds_);
  ttl_seconds_ = ttl_seconds;
  if (*type == Type::kSoa) return take_start(words, ttl_seconds, spot);
  std::string data = read_data(words, *type);
  if (words.problem()) return words.problem();
  if (!owner_->is_within(apex_)) {
    return Problem{spot, fmt::format("{} is not in the zone {}{}", owner_->text(), apex_.text(),
                                     origin_ == apex_ ? "" : fmt::format("; $ORIGIN is {}", origin_.text()))};
  }
  if (out_.records.size() == kRecordsMax) {
    is_full_ = true;
    return Problem{spot, fmt::format("a file has at most {} records", kRecordsMax)};
  }
  out_.records.push_back({*owner_, *type, ttl_seconds, std::move(data), spot});
  return std::nullopt;
}

std::optional<Problem> Reading::take_start(Words& words, std::uint32_t ttl_seconds, Spot spot) {
  Start start = read_start(words);
  if (words.problem()) return words.problem();
  if (*owner_ != apex_) {
    return Problem{spot, fmt::format("an SOA record of {}, and the zone is {}", owner_->text(), apex_.text())};
  }
  if (out_.start) return Problem{spot, "a second SOA record; a zone has one"};
  start.ttl_seconds = ttl_seconds;
  out_.start = std::move(start);
  return std::nullopt;
}

}  // namespace

Contents read(std::string_view text, const Name& apex, std::uint32_t ttl_seconds) {
  return Reading(text, apex, ttl_seconds).run();
}

}  // namespace headgate::proxy::dns::zone::master_file
