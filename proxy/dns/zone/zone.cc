#include "proxy/dns/zone/zone.h"

#include <xxhash.h>

#include <array>

namespace headgate::proxy::dns::zone {
namespace {

using wire::dns::Type;

std::size_t first_label_bytes(std::string_view name) {
  return 1 + static_cast<std::size_t>(name[0]);
}

}  // namespace

std::uint64_t Zone::hash_of(std::string_view name) {
  return XXH3_64bits(name.data(), name.size());
}

std::optional<Node> Zone::at(std::string_view lower_name) const {
  const std::uint64_t hash = hash_of(lower_name);
  const auto mark = static_cast<std::uint32_t>(hash >> 32);
  const std::size_t mask = places_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Place& place = places_[i];
    if (place.at == 0) return std::nullopt;
    if (place.mark != mark) continue;
    const char* at = bytes_.data() + place.at;
    const std::size_t length = static_cast<unsigned char>(*at);
    if (std::string_view(at + 1, length) != lower_name) continue;
    at += 1 + length;
    const auto geo = number_at<std::uint32_t>(at);
    const std::size_t sets = number_at<std::uint16_t>(at + sizeof geo);
    return Node(at + sizeof geo + sizeof(std::uint16_t), sets, geo == kNoGeo ? nullptr : &geo_[geo]);
  }
}

/// The topmost cut at or above a name; empty: there is none.
std::string_view Zone::cut_above(std::string_view lower_name, Type type) const {
  std::string_view out;
  std::string_view name = lower_name;
  while (name.size() > apex_.wire().size()) {
    const bool is_parents_side = type == Type::kDs && name.size() == lower_name.size();
    const std::optional<Node> node = is_parents_side ? std::nullopt : at(name);
    if (node && node->has(Type::kNs)) out = name;
    name.remove_prefix(first_label_bytes(name));
  }
  return out;
}

Found Zone::find(std::string_view lower_name, Type type) const {
  if (has_cuts_) {
    const std::string_view cut = cut_above(lower_name, type);
    if (!cut.empty()) return {Found::Kind::kDelegated, at(cut), cut, false};
  }
  if (const std::optional<Node> node = at(lower_name)) return {Found::Kind::kNode, node, {}, false};
  if (!has_wildcards_) return {};
  // The closest name that there is, and the wildcard right below it (RFC 4592 section 3.3.1).
  std::string_view above = lower_name;
  while (above.size() > apex_.wire().size()) {
    above.remove_prefix(first_label_bytes(above));
    if (at(above)) break;
  }
  std::array<char, wire::dns::kNameBytesMax + 2> wildcard{'\1', '*'};
  above.copy(wildcard.data() + 2, above.size());
  const std::optional<Node> node = at({wildcard.data(), 2 + above.size()});
  if (!node) return {};
  return {Found::Kind::kNode, node, {}, true};
}

}  // namespace headgate::proxy::dns::zone
