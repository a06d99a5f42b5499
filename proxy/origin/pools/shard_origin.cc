#include "proxy/origin/pools/shard_origin.h"

#include <fmt/core.h>
#include <xxhash.h>

#include "proxy/origin/pools/client_hash.h"
#include "wire/http/uri.h"

namespace headgate::proxy::origin::pools {
namespace {

using config::ShardKey;
using wire::http::Field;
using wire::http::FieldId;

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

/// Empty where the request lacks it; a parameter's value and a segment stay escaped.
std::string_view key_of(const ShardKey& key, const wire::http::RequestHead& head) {
  switch (key.by) {
    case ShardKey::By::kClient:
      return {};
    case ShardKey::By::kHeader: {
      const Field* const field = head.fields.find(key.name);
      return field == nullptr ? std::string_view() : field->value;
    }
    case ShardKey::By::kCookie:
      return wire::http::cookie_value(head.fields, key.name);
    case ShardKey::By::kQuery:
      return wire::http::query_value(head.query, key.name).value_or(std::string_view());
    case ShardKey::By::kSegment:
      return segment_of(head.path, key.segment);
  }
  return {};
}

}  // namespace

ShardOrigin::ShardOrigin(config::ShardOrigin settings, const std::vector<std::size_t>& slots)
    : settings_(std::move(settings)), choice_(settings_) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    pools_.push_back(std::make_unique<PoolOrigin>(settings_.pools[i], slots[i]));
  }
  refusal_ =
      fmt::format("the request lacks its {}, by which it would be sent on{}", config::shard_key_text(settings_.key),
                  settings_.numeric_bounds ? ", or that is no whole number" : "");
}

ShardOrigin::Found ShardOrigin::find(const message::Request& request) const {
  Found out;
  if (settings_.key.by == ShardKey::By::kClient) {
    out.place = choice_.shard_of({}, client_hash(request.client));
    return out;
  }
  out.text = key_of(settings_.key, request.head);
  if (!out.text.empty()) out.place = choice_.shard_of(out.text, XXH3_64bits(out.text.data(), out.text.size()));
  return out;
}

net::Task<base::Result<void>> ShardOrigin::respond(Call& call, message::Response& response) const {
  const Found found = find(call.request);
  return found.place ? pools_[*found.place]->respond(call, response) : refuse(call, response);
}

net::Task<base::Result<void>> ShardOrigin::refuse(Call& call, message::Response& response) const {
  response.head.status = 400;
  response.head.fields.add(FieldId::kContentType, "text/plain; charset=utf-8");
  response.text = call.arena.concat({"400 Bad Request\n", refusal_, "\nrequest id: ", call.request.id, "\n"});
  co_return base::Result<void>();
}

Outlook ShardOrigin::outlook(const message::Request& request, base::Arena&) const {
  const Found found = find(request);
  Outlook out;
  const std::string key = config::shard_key_text(settings_.key);
  if (!found.place) {
    out.status = 400;
    out.fields.add(FieldId::kContentType, "text/plain; charset=utf-8");
    out.why = found.text.empty() ? fmt::format("the request has no {}", key)
                                 : fmt::format("its {} '{}' is no whole number", key, found.text);
    return out;
  }
  out.pool = settings_.pools[*found.place];
  const std::string whose = found.text.empty() ? key : fmt::format("{} '{}'", key, found.text);
  out.why = fmt::format("{} belongs to shard {} of {}, pool {}", whose, *found.place + 1, pools_.size(), out.pool);
  return out;
}

std::string ShardOrigin::describe() const {
  return fmt::format("shard by {} over {} pools", config::shard_key_text(settings_.key), pools_.size());
}

}  // namespace headgate::proxy::origin::pools
