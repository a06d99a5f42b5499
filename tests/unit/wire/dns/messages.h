#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/dns/name.h"
#include "wire/dns/numbers.h"

// Messages of DNS made by hand.
namespace headgate::wire::dns::testing {

inline std::string u16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

inline std::string header(unsigned id, unsigned flags, unsigned questions, unsigned additionals = 0) {
  return u16(id) + u16(flags) + u16(questions) + u16(0) + u16(0) + u16(additionals);
}

/// A question with id 1, recursion not desired; `additionals` counts the records in `records`, one if there are any.
inline std::string asking(std::string_view name, Type type, const std::string& records = "", unsigned additionals = 1) {
  return header(1, 0, 1, records.empty() ? 0 : additionals) + std::string(Name::parse(name)->wire()) +
         u16(static_cast<unsigned>(type)) + u16(static_cast<unsigned>(Class::kIn)) + records;
}

inline std::string option(Option code, std::string_view bytes) {
  return u16(static_cast<unsigned>(code)) + u16(static_cast<unsigned>(bytes.size())) + std::string(bytes);
}

inline std::string opt(std::string_view options, unsigned udp_bytes = 1232, unsigned version = 0, unsigned flags = 0) {
  return std::string(1, '\0') + u16(static_cast<unsigned>(Type::kOpt)) + u16(udp_bytes) + u16(version) + u16(flags) +
         u16(static_cast<unsigned>(options.size())) + std::string(options);
}

}  // namespace headgate::wire::dns::testing
