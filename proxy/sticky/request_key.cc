#include "proxy/sticky/request_key.h"

#include "proxy/message/request_key.h"
#include "wire/http/uri.h"

namespace headgate::proxy::sticky {
namespace {

using By = config::request::Key::By;
using wire::http::Field;
using wire::http::FieldId;

std::optional<table::Key> key_if_any(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return table::key_of(text);
}

}  // namespace

std::optional<table::Key> request_key_of(const config::StickyTable& settings, const wire::http::RequestHead& head,
                                         const base::IpAddress& client) {
  if (settings.key.by == By::kClient) return key_if_any(client.subscriber_text());
  return key_if_any(message::key_text_of(settings.key, head));
}

std::optional<table::Key> answer_key_of(const config::StickyTable& settings, const wire::http::Fields& answered) {
  if (settings.key.by == By::kHeader) {
    const Field* const field = answered.find(settings.key.name);
    return field == nullptr ? std::nullopt : key_if_any(field->value);
  }
  std::optional<table::Key> out;
  for (const Field& field : answered) {
    if (field.id != FieldId::kSetCookie) continue;
    // RFC 6265 section 5.2: what stands before the first ';' is the pair. Of several of the name browsers keep the
    // last.
    const std::string_view pair = field.value.substr(0, field.value.find(';'));
    const std::optional<std::string_view> value = wire::http::cookie_value(pair, settings.key.name);
    if (value) out = key_if_any(*value);
  }
  return out;
}

}  // namespace headgate::proxy::sticky
