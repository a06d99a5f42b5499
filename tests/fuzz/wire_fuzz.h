#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http/field.h"

// What the fuzz targets of wire share.
namespace headgate::fuzz {

/// Ends the run as a finding.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// The sizes at which a peer's bytes arrive, the last being all of them. They depend on the bytes, so that the fuzzer
/// finds cuts as it finds inputs, and a finding can be run again.
inline std::vector<std::size_t> arrivals_of(std::string_view input) {
  std::uint32_t state = 2166136261;
  for (char c : input) state = (state ^ static_cast<std::uint8_t>(c)) * 16777619;
  const std::uint32_t longest = 1 + state % 64;
  std::vector<std::size_t> out;
  for (std::size_t at = 0; at < input.size();) {
    state = state * 1664525 + 1013904223;
    at += 1 + (state >> 16) % longest;
    out.push_back(at < input.size() ? at : input.size());
  }
  return out;
}

/// A copy without slack, so that a read past its end is seen.
inline std::vector<char> exact_copy(std::string_view text) {
  return {text.begin(), text.end()};
}

inline bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

inline void require_sound(const wire::http::Fields& fields, std::string_view buffer) {
  for (const wire::http::Field& field : fields) {
    require(!field.name.empty() && is_inside(field.name, buffer), "a field's name is inside the buffer");
    require(is_inside(field.value, buffer), "a field's value is inside the buffer");
    require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos, "a value is one line");
    require(field.id == wire::http::field_id_of(field.name), "a field's id is its name's");
    require(fields.has(field.id), "a field that is there is found");
  }
}

inline std::string text_of(const wire::http::Fields& fields) {
  std::string out;
  for (const wire::http::Field& field : fields) {
    out.append(field.name).append(": ").append(field.value).append("\n");
  }
  return out;
}

}  // namespace headgate::fuzz
