#include "proxy/origin/pools/shard_origin.h"

#include <fmt/core.h>
#include <xxhash.h>

#include "proxy/message/request_key.h"
#include "proxy/origin/pools/client_hash.h"

namespace headgate::proxy::origin::pools {
namespace {

using wire::http::FieldId;

}  // namespace

ShardOrigin::ShardOrigin(config::ShardOrigin settings, const std::vector<std::size_t>& slots)
    : settings_(std::move(settings)), choice_(settings_) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    pools_.push_back(std::make_unique<PoolOrigin>(settings_.pools[i], slots[i]));
  }
  refusal_ =
      fmt::format("the request lacks its {}, by which it would be sent on{}", config::request::words_of(settings_.key),
                  settings_.numeric_bounds ? ", or that is no whole number" : "");
}

ShardOrigin::Found ShardOrigin::find(const message::Request& request) const {
  Found out;
  if (settings_.key.by == config::request::Key::By::kClient) {
    out.place = choice_.shard_of({}, client_hash(request.client));
    return out;
  }
  out.text = message::key_text_of(settings_.key, request.head);
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
  const std::string key = config::request::words_of(settings_.key);
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
  return fmt::format("shard by {} over {} pools", config::request::words_of(settings_.key), pools_.size());
}

}  // namespace headgate::proxy::origin::pools
