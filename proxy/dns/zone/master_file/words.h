#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proxy/dns/zone/master_file/tokens.h"
#include "wire/dns/name.h"

namespace headgate::proxy::dns::zone::master_file {

/// RFC 2181 section 8.
inline constexpr std::uint32_t kTtlSecondsMax = 0x7fff'ffff;

/// "3600", or with units, as "1h30m"; s, m, h, d and w.
std::optional<std::uint32_t> ttl_of(std::string_view text);

/// A name as a zone file has it: "@" is `origin`, and what does not end in a dot is below that.
base::Result<wire::dns::Name> name_of(std::string_view text, const wire::dns::Name& origin);

/// The words of an entry, from the first to the last. What is not there, or not as it should be, is told by problem(),
/// and what is read after that is nothing: one look at the end is enough.
class Words {
 public:
  /// `entry` outlives this; `origin` too.
  Words(const Entry& entry, const wire::dns::Name& origin) : entry_(entry), origin_(origin) {}

  bool is_at_end() const { return at_ == entry_.tokens.size(); }
  /// The next one without taking it; null: there is none.
  const Token* peek() const { return is_at_end() ? nullptr : &entry_.tokens[at_]; }
  void skip() { ++at_; }
  /// Where the next one is, or would be.
  Spot spot() const { return is_at_end() ? entry_.end : entry_.tokens[at_].spot; }

  /// `what` says what is expected: "the name of a server".
  std::string_view text(std::string_view what);
  wire::dns::Name name(std::string_view what);
  std::uint32_t number(std::string_view what, std::uint32_t max);
  std::uint32_t ttl(std::string_view what);
  /// One string of at most 255 bytes, its escapes resolved.
  std::string string(std::string_view what);
  /// All that is left, as bytes.
  std::string hex(std::string_view what);
  /// There is nothing behind it.
  void end();

  const std::optional<Problem>& problem() const { return problem_; }
  void fail(Spot where, std::string what) {
    if (!problem_) problem_ = Problem{where, std::move(what)};
  }

 private:
  const Token* take(std::string_view what);

  const Entry& entry_;
  const wire::dns::Name& origin_;
  std::size_t at_ = 0;
  std::optional<Problem> problem_;
};

}  // namespace headgate::proxy::dns::zone::master_file
