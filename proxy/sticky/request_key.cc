#include "proxy/sticky/request_key.h"

#include <array>

#include "base/ascii.h"
#include "wire/http/uri.h"

namespace headgate::proxy::sticky {
namespace {

using By = config::StickyTable::By;
using wire::http::Field;
using wire::http::FieldId;

std::optional<table::Key> key_if_any(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return table::key_of(text);
}

}  // namespace

std::optional<table::Key> request_key_of(const config::StickyTable& settings, const wire::http::RequestHead& head,
                                         const base::IpAddress& client) {
  switch (settings.by) {
    case By::kClient: {
      std::array<char, base::IpAddress::kTextMax> text;
      return key_if_any({text.data(), client.write(text.data())});
    }
    case By::kHeader: {
      const Field* const field = head.fields.find(settings.name);
      return field == nullptr ? std::nullopt : key_if_any(field->value);
    }
    case By::kCookie:
      return key_if_any(wire::http::cookie_value(head.fields, settings.name));
    case By::kQuery:
      return key_if_any(wire::http::query_value(head.query, settings.name).value_or(std::string_view()));
  }
  return std::nullopt;
}

std::optional<table::Key> answer_key_of(const config::StickyTable& settings, const wire::http::Fields& answered) {
  if (settings.by == By::kHeader) {
    const Field* const field = answered.find(settings.name);
    return field == nullptr ? std::nullopt : key_if_any(field->value);
  }
  std::optional<table::Key> out;
  for (const Field& field : answered) {
    if (field.id != FieldId::kSetCookie) continue;
    // RFC 6265 section 5.2: what stands before the first ';' is the pair. Of several of the name browsers keep the
    // last.
    const std::string_view pair = field.value.substr(0, field.value.find(';'));
    const std::optional<std::string_view> value = wire::http::cookie_value(pair, settings.name);
    if (value) out = key_if_any(*value);
  }
  return out;
}

}  // namespace headgate::proxy::sticky
