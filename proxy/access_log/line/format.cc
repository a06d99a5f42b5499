#include "proxy/access_log/line/format.h"

#include <utility>

#include "base/suggest.h"
#include "proxy/access_log/line/json_line.h"
#include "proxy/access_log/line/value.h"

namespace headgate::proxy::access_log::line {
namespace {

constexpr std::string_view kCombined =
    "{client} - - [{combined_time}] \"{request}\" {status} {response_bytes} \"{referer}\" \"{user_agent}\"";
base::Error invalid(std::string message) {
  return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, "access_log.format: " + std::move(message)};
}

base::Error unknown_field(std::string_view name) {
  std::vector<std::string> known;
  std::string list;
  for (const Field& field : kFields) {
    known.emplace_back(field.name);
    list += (list.empty() ? "" : ", ") + std::string(field.name);
  }
  return invalid("no field named '" + std::string(name) + "'" + base::suggestion_for(name, known) + "; there are " +
                 list);
}

}  // namespace

base::Result<Format> Format::compile(std::string_view format) {
  if (format == "json") return Format(json_line_bytes_max());
  if (format == "combined") return text(kCombined);
  return text(format);
}

Format::Format(std::size_t json_bytes_max) : is_json_(true), line_bytes_max_(json_bytes_max) {}

Format::Format(std::vector<Part> parts, std::string_view end) : parts_(std::move(parts)), end_(end) {
  end_ += '\n';
  line_bytes_max_ = end_.size();
  for (const Part& part : parts_) line_bytes_max_ += part.literal.size() + value_bytes_max(*part.field);
}

base::Result<Format> Format::text(std::string_view format) {
  std::vector<Part> parts;
  std::string literal;
  while (!format.empty()) {
    const char c = format.front();
    if (c == '\n' || c == '\r') return invalid("a line break within a line");
    if ((c == '{' || c == '}') && format.size() > 1 && format[1] == c) {
      literal += c;
      format.remove_prefix(2);
      continue;
    }
    if (c == '}') return invalid("a '}' without '{'; a brace itself is written '}}'");
    if (c != '{') {
      literal += c;
      format.remove_prefix(1);
      continue;
    }
    const std::size_t end = format.find('}');
    if (end == std::string_view::npos) return invalid("a '{' without '}'; a brace itself is written '{{'");
    const std::string_view name = format.substr(1, end - 1);
    const Field* field = find_field(name);
    if (field == nullptr) return unknown_field(name);
    if (parts.size() == kPartsMax) return invalid("more than " + std::to_string(kPartsMax) + " fields");
    parts.push_back({std::move(literal), field});
    literal.clear();
    format.remove_prefix(end + 1);
  }
  if (parts.empty()) return invalid("no {field} in it; use json, combined, or a text with {fields}");
  return Format(std::move(parts), literal);
}

char* Format::write(const Entry& entry, char* out) {
  if (is_json_) return write_json_line(entry, time_, out);
  for (const Part& part : parts_) {
    out = append(out, part.literal);
    if (is_absent(*part.field, entry)) {
      *out++ = '-';
    } else {
      out = write_value<false>(*part.field, entry, time_, out);
    }
  }
  return append(out, end_);
}

}  // namespace headgate::proxy::access_log::line
