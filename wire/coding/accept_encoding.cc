#include "wire/coding/accept_encoding.h"

#include <optional>

#include "base/ascii.h"
#include "wire/http/weight.h"

namespace headgate::wire::coding {
namespace {

constexpr int kUnnamed = -1;

/// The weight of what follows a coding's name: nothing, or ";q=0.5" with optional white space. Nothing if it is
/// anything else.
std::optional<int> parse_weight(std::string_view rest) {
  rest = base::trimmed(rest);
  if (rest.empty()) return http::kFullWeight;
  if (rest[0] != ';') return std::nullopt;
  rest = base::trimmed(rest.substr(1));
  if (rest.size() < 2 || (rest[0] != 'q' && rest[0] != 'Q') || rest[1] != '=') return std::nullopt;
  return http::parse_qvalue(rest.substr(2));
}

/// What a client says of the codings that headgate knows, in thousandths.
struct Weights {
  int of[kCodings] = {kUnnamed, kUnnamed, kUnnamed, kUnnamed};
  int others = kUnnamed;  // '*'

  int* slot_of(std::string_view name) {
    if (name == "*") return &others;
    if (base::equals_ignoring_case(name, "gzip") || base::equals_ignoring_case(name, "x-gzip")) {
      return &of[static_cast<std::size_t>(Coding::kGzip)];
    }
    if (base::equals_ignoring_case(name, "br")) return &of[static_cast<std::size_t>(Coding::kBrotli)];
    if (base::equals_ignoring_case(name, "zstd")) return &of[static_cast<std::size_t>(Coding::kZstd)];
    if (base::equals_ignoring_case(name, "identity")) return &of[static_cast<std::size_t>(Coding::kIdentity)];
    return nullptr;
  }

  void take(std::string_view member) {
    const std::size_t end = member.find_first_of("; \t");
    int* slot = slot_of(member.substr(0, end));
    if (slot == nullptr || *slot != kUnnamed) return;
    const std::optional<int> weight = end == member.npos ? http::kFullWeight : parse_weight(member.substr(end));
    if (weight) *slot = *weight;
  }

  int weight_of(Coding coding) const {
    const int named = of[static_cast<std::size_t>(coding)];
    return named != kUnnamed ? named : others;
  }
};

}  // namespace

Coding choose_coding(const http::Fields& fields, std::span<const Coding> offered) {
  if (!fields.has(http::FieldId::kAcceptEncoding)) return Coding::kIdentity;
  Weights weights;
  for (const http::Field& field : fields) {
    if (field.id != http::FieldId::kAcceptEncoding) continue;
    http::for_each_member(field.value, [&weights](std::string_view member) {
      weights.take(member);
      return true;
    });
  }
  Coding best = Coding::kIdentity;
  int best_weight = 0;
  for (const Coding coding : offered) {
    if (weights.weight_of(coding) <= best_weight) continue;
    best = coding;
    best_weight = weights.weight_of(coding);
  }
  // Identity is what everybody takes; only who says that it is worth more is given it in place of a coding.
  if (weights.of[static_cast<std::size_t>(Coding::kIdentity)] > best_weight) return Coding::kIdentity;
  return best;
}

}  // namespace headgate::wire::coding
