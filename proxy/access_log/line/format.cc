#include "proxy/access_log/line/format.h"

#include <algorithm>
#include <utility>

#include "base/suggest.h"
#include "config/placeholders.h"
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
  if (format.find_first_of("\r\n") != std::string_view::npos) return invalid("a line break within a line");
  const std::span<const std::string_view> names = config::access_log_placeholders();
  std::optional<std::string_view> unknown;
  std::vector<Part> parts;
  std::string end;
  for (config::TemplatePart& part : config::split_template(format, names, unknown)) {
    if (part.placeholder < 0) {
      end = std::move(part.literal);
      continue;
    }
    const std::string_view name = names[static_cast<std::size_t>(part.placeholder)];
    const Field* field = find_field(name);
    if (field == nullptr) return unknown_field(name);
    parts.push_back({std::move(part.literal), field});
  }
  if (unknown) return unknown_field(*unknown);
  if (parts.empty()) return invalid("no {field} in it; use json, combined, or a text with {fields}");
  if (parts.size() > kPartsMax) return invalid("more than " + std::to_string(kPartsMax) + " fields");
  return Format(std::move(parts), end);
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

bool Format::tells_place() const {
  const auto is_of_place = [](const Part& part) {
    const std::string_view name = part.field->name;
    return name == "region" || name == "country" || name == "asn";
  };
  return is_json_ || std::ranges::any_of(parts_, is_of_place);
}

}  // namespace headgate::proxy::access_log::line
