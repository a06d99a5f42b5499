#include "proxy/message/request_key.h"

#include <xxhash.h>

#include "wire/http/uri.h"

namespace headgate::proxy::message {
namespace {

using By = config::request::Key::By;
using wire::http::Field;

/// "42" of "/users/42/posts" is segment 2.
std::string_view segment_of(std::string_view path, std::uint32_t number) {
  while (number > 0 && !path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (--number == 0) return segment;
    path.remove_prefix(segment.size());
  }
  return {};
}

}  // namespace

std::string_view key_text_of(const config::request::Key& key, const wire::http::RequestHead& head) {
  switch (key.by) {
    case By::kClient:
      return {};
    case By::kPath:
    case By::kUri:
      return head.path;
    case By::kSegment:
      return segment_of(head.path, key.segment);
    case By::kHeader: {
      const Field* const field = head.fields.find(key.name);
      return field == nullptr ? std::string_view() : field->value;
    }
    case By::kCookie:
      return wire::http::cookie_value(head.fields, key.name);
    case By::kQuery:
      return wire::http::query_value(head.query, key.name).value_or(std::string_view());
  }
  return {};
}

std::optional<std::uint64_t> key_hash_of(const config::request::Key& key, const wire::http::RequestHead& head,
                                         const base::IpAddress& client) {
  if (key.by == By::kClient) return client_hash_of(client);
  const std::string_view text = key_text_of(key, head);
  if (text.empty()) return std::nullopt;
  const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
  if (key.by != By::kUri || head.query.empty()) return hash;
  return XXH3_64bits_withSeed(head.query.data(), head.query.size(), hash);
}

std::uint64_t client_hash_of(const base::IpAddress& client) {
  const std::string_view counted = client.subscriber_bytes();
  return XXH3_64bits(counted.data(), counted.size());
}

}  // namespace headgate::proxy::message
