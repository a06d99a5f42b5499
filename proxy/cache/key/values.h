#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "wire/http/field.h"

namespace headgate::proxy::cache::key {

/// The content codings that an origin may answer in: Accept-Encoding is reduced to them.
class Codings {
 public:
  static constexpr std::size_t kMax = 8;  ///< further ones are not taken in

  Codings() : Codings({"br", "gzip", "zstd"}) {}
  explicit Codings(std::vector<std::string> offered);

  bool has(std::string_view coding) const;
  /// Lower case, sorted, each once.
  const std::vector<std::string>& offered() const { return offered_; }

 private:
  std::vector<std::string> offered_;
};

/// More members than this in an Accept field, and it is told apart as it is written.
inline constexpr std::size_t kWeighedMax = 32;

/// One member of an Accept field: what it names, and its weight in thousandths.
struct Weighed {
  std::string_view text;
  int weight = 0;
};
/// The members of all lines of an Accept field (RFC 9110 section 12.5), heaviest first, those of one weight by text.
struct WeighedList {
  std::array<Weighed, kWeighedMax> members;
  std::size_t count = 0;
  bool is_whole = true;  ///< false: there were more
};
WeighedList weighed_list(const wire::http::Fields& fields, std::string_view name);

/// What a field of a request says, in one spelling (RFC 9111 section 4.1), so that requests which mean the same have
/// the same variant; nothing if it is absent. Lines are one list; white space around commas goes. In Accept,
/// Accept-Language and Accept-Charset the order of members and the case of what they name do not count; in
/// Accept-Encoding neither does what is not offered. Cookie is taken as it is. From `arena`, where anything had to be
/// written.
std::optional<std::string_view> normalised_value(const wire::http::Fields& fields, std::string_view name,
                                                 const Codings& codings, base::Arena& arena);

}  // namespace headgate::proxy::cache::key
