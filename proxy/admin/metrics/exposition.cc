#include "proxy/admin/metrics/exposition.h"

#include <charconv>
#include <chrono>

namespace headgate::proxy::admin::metrics {

std::string_view to_string(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
  }
  return "untyped";
}

Labels::Labels(std::initializer_list<std::pair<std::string_view, std::string_view>> labels) {
  for (const auto& [name, value] : labels) add(name, value);
}

Labels Labels::with(std::string_view name, std::string_view value) const {
  Labels out = *this;
  out.add(name, value);
  return out;
}

void Labels::add(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += ',';
  text_.append(name).append("=\"");
  for (const char c : value) {
    if (c == '\n') {
      text_ += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
}

void Exposition::begin(const Family& family) {
  name_ = family.name;
  text_.append("# HELP ").append(name_).append(" ").append(family.help).append("\n");
  text_.append("# TYPE ").append(name_).append(" ").append(to_string(family.type)).append("\n");
}

void Exposition::series(std::string_view suffix, std::string_view labels, std::string_view le) {
  text_.append(name_).append(suffix);
  if (!labels.empty() || !le.empty()) {
    text_.append("{").append(labels);
    if (!le.empty()) text_.append(labels.empty() ? "le=\"" : ",le=\"").append(le).append("\"");
    text_ += '}';
  }
  text_ += ' ';
}

void Exposition::number(std::uint64_t value) {
  char digits[20];
  text_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  text_ += '\n';
}

void Exposition::number(double value) {
  char digits[32];
  text_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  text_ += '\n';
}

void Exposition::sample(std::string_view labels, std::uint64_t value) {
  series("", labels, "");
  number(value);
}

void Exposition::sample(std::string_view labels, double value) {
  series("", labels, "");
  number(value);
}

void Exposition::sample(std::string_view labels, base::WallTime value) {
  series("", labels, "");
  // Milliseconds, so that the number stays readable: a double of nanoseconds since 1970 has digits that mean nothing.
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(value.time_since_epoch()).count();
  number(static_cast<double>(milliseconds) / 1000);
}

void Exposition::bucket(std::string_view labels, std::string_view le, std::uint64_t cumulative) {
  series("_bucket", labels, le);
  number(cumulative);
}

void Exposition::sum_and_count(std::string_view labels, double sum, std::uint64_t count) {
  series("_sum", labels, "");
  number(sum);
  series("_count", labels, "");
  number(count);
}

}  // namespace headgate::proxy::admin::metrics
