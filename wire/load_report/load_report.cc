#include "wire/load_report/load_report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "base/ascii.h"

namespace headgate::wire::load_report {
namespace {

/// A decimal number, neither negative nor infinite.
std::optional<double> number_from(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  if (text.empty() || text.front() == '-') return std::nullopt;
  const std::from_chars_result parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// The two numbers of a report that count.
struct Utilization {
  std::optional<double> cpu;
  std::optional<double> application;

  std::optional<Load> load() const {
    const std::optional<double> chosen = application && *application > 0 ? application : cpu;
    if (!chosen || !std::isfinite(*chosen) || *chosen < 0) return std::nullopt;
    return std::min(*chosen, 1.0);
  }
};

std::optional<Load> from_text(std::string_view text) {
  Utilization out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view metric = base::trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t between = metric.find_first_of("=:");
    if (between == metric.npos) return std::nullopt;
    const std::string_view name = base::trimmed(metric.substr(0, between));
    std::optional<double>* const wanted = name == "cpu_utilization"           ? &out.cpu
                                          : name == "application_utilization" ? &out.application
                                                                              : nullptr;
    if (wanted == nullptr) continue;
    // Twice the same: nobody knows which is meant.
    if (wanted->has_value()) return std::nullopt;
    *wanted = number_from(base::trimmed(metric.substr(between + 1)));
    if (!*wanted) return std::nullopt;
  }
  return out.load();
}

std::optional<double> number_in(const nlohmann::json& report, const char* name, const char* camel_name) {
  const auto found = report.contains(name) ? report.find(name) : report.find(camel_name);
  if (found == report.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::optional<Load> from_json(std::string_view text) {
  const nlohmann::json report = nlohmann::json::parse(text, nullptr, false);
  if (!report.is_object()) return std::nullopt;
  return Utilization{.cpu = number_in(report, "cpu_utilization", "cpuUtilization"),
                     .application = number_in(report, "application_utilization", "applicationUtilization")}
      .load();
}

/// RFC 4648 section 4, or section 5; padding may be left out. Nothing where a character is foreign.
std::optional<std::string> base64_decoded(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    std::uint32_t six = 0;
    if (c >= 'A' && c <= 'Z') {
      six = static_cast<std::uint32_t>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      six = static_cast<std::uint32_t>(c - 'a') + 26;
    } else if (base::is_digit(c)) {
      six = static_cast<std::uint32_t>(c - '0') + 52;
    } else if (c == '+' || c == '-') {
      six = 62;
    } else if (c == '/' || c == '_') {
      six = 63;
    } else {
      return std::nullopt;
    }
    bits = bits << 6 | six;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xff));
  }
  if (held >= 6) return std::nullopt;  // a single character is no byte
  return out;
}

/// Reads a protocol buffer field by field.
class ProtocolBuffer {
 public:
  enum class Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  explicit ProtocolBuffer(std::string_view bytes) : left_(bytes) {}
  bool at_end() const { return left_.empty(); }

  std::optional<std::uint64_t> varint() {
    constexpr int kBytesMax = 10;
    std::uint64_t value = 0;
    for (int i = 0; i < kBytesMax && !left_.empty(); ++i) {
      const auto byte = static_cast<std::uint8_t>(left_.front());
      left_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << (7 * i);
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
  std::optional<double> fixed64() {
    static_assert(sizeof(double) == 8);
    if (left_.size() < sizeof(double)) return std::nullopt;
    double value;  // little endian on the wire, as on every processor that this is built for
    std::memcpy(&value, left_.data(), sizeof value);
    left_.remove_prefix(sizeof value);
    return value;
  }
  bool skip(Wire wire) {
    if (wire == Wire::kVarint) return varint().has_value();
    std::uint64_t bytes = wire == Wire::kFixed64 ? 8 : 4;
    if (wire == Wire::kBytes) {
      const std::optional<std::uint64_t> stated = varint();
      if (!stated) return false;
      bytes = *stated;
    } else if (wire != Wire::kFixed64 && wire != Wire::kFixed32) {
      return false;
    }
    if (bytes > left_.size()) return false;
    left_.remove_prefix(bytes);
    return true;
  }

 private:
  std::string_view left_;
};

std::optional<Load> from_protocol_buffer(std::string_view bytes) {
  constexpr std::uint64_t kCpuUtilization = 1;
  constexpr std::uint64_t kApplicationUtilization = 9;
  using Wire = ProtocolBuffer::Wire;
  ProtocolBuffer in(bytes);
  // What proto3 leaves out is 0.
  Utilization out{.cpu = 0, .application = std::nullopt};
  while (!in.at_end()) {
    const std::optional<std::uint64_t> tag = in.varint();
    if (!tag) return std::nullopt;
    const std::uint64_t field = *tag >> 3;
    const auto wire = static_cast<Wire>(*tag & 7);
    if (wire != Wire::kFixed64 || (field != kCpuUtilization && field != kApplicationUtilization)) {
      if (!in.skip(wire)) return std::nullopt;
      continue;
    }
    const std::optional<double> value = in.fixed64();
    if (!value) return std::nullopt;
    (field == kCpuUtilization ? out.cpu : out.application) = value;
  }
  return out.load();
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!base::equals_ignoring_case(text.substr(0, prefix.size()), prefix)) return false;
  text = base::trimmed(text.substr(prefix.size()));
  return true;
}

}  // namespace

std::optional<Load> parse_x_load(std::string_view value) {
  value = base::trimmed(value);
  const bool is_percentage = !value.empty() && value.back() == '%';
  if (is_percentage) value = base::trimmed(value.substr(0, value.size() - 1));
  const std::optional<double> number = number_from(value);
  if (!number || *number > (is_percentage ? 100 : 1)) return std::nullopt;
  return is_percentage ? *number / 100 : *number;
}

std::optional<Load> parse_orca(std::string_view value) {
  if (value.size() > kReportBytesMax) return std::nullopt;
  value = base::trimmed(value);
  if (take_prefix(value, "JSON ")) return from_json(value);
  if (take_prefix(value, "BIN ")) return parse_orca_binary(value);
  take_prefix(value, "TEXT ");
  return from_text(value);
}

std::optional<Load> parse_orca_binary(std::string_view value) {
  if (value.size() > kReportBytesMax) return std::nullopt;
  const std::optional<std::string> bytes = base64_decoded(base::trimmed(value));
  return bytes ? from_protocol_buffer(*bytes) : std::nullopt;
}

}  // namespace headgate::wire::load_report
