#include "proxy/explain/connection_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "proxy/explain/explain.h"
#include "proxy/explain/place/place_part.h"
#include "proxy/explain/wish/hash_part.h"
#include "proxy/listener/connection_ending.h"
#include "proxy/regions/regions_share.h"
#include "proxy/tcp/routing.h"

namespace headgate::proxy::explain {
namespace {

using tcp::Routing;

/// As it stands in a ClientHello.
std::string protocol_list(const std::vector<std::string>& protocols) {
  std::string out;
  for (const std::string& each : protocols) out.append(1, static_cast<char>(each.size())).append(each);
  return out;
}

base::Result<void> check_hello(const Question& question) {
  const auto invalid = [](std::string why) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, std::move(why)};
  };
  if (question.server_name.size() > 255) return invalid("a client asks for a name of at most 255 bytes");
  for (const std::string& each : question.protocols) {
    if (each.empty() || each.size() > 255) return invalid("the name of a protocol is 1 to 255 bytes");
  }
  return {};
}

std::string choice_text(const Routing& routing, const Routing::Choice& choice, const connection::ConnectionPart& part) {
  if (!part.reads_hello) return "the listener has no sni and no alpn: all connections go there";
  switch (choice.by) {
    case Routing::By::kProtocol:
      return fmt::format("the client offers {} (alpn, which comes before sni)", choice.key);
    case Routing::By::kName:
      return "sni has this name";
    case Routing::By::kWildcard:
      return fmt::format("sni has {}, the longest that covers this name", choice.key);
    case Routing::By::kDefault:
      return part.server_name.empty() ? "no name was asked for: the listener's default"
                                      : "sni does not have this name: the listener's default";
    case Routing::By::kNothing:
      break;
  }
  return fmt::format("sni does not have {}, and the listener has no default; it has {} pool{}",
                     part.server_name.empty() ? "a client without a name" : part.server_name, routing.pools().size(),
                     routing.pools().size() == 1 ? "" : "s");
}

std::string_view by_name(Routing::By by) {
  switch (by) {
    case Routing::By::kProtocol:
      return "alpn";
    case Routing::By::kName:
    case Routing::By::kWildcard:
      return "sni";
    case Routing::By::kDefault:
      return "default";
    case Routing::By::kNothing:
      break;
  }
  return "nothing";
}

void note_client(const Question& question, const config::Listener& listener, connection::ConnectionPart& part) {
  part.client = question.from.text();
  part.client_why = "the peer of the connection";
  if (!listener.proxy_protocol) return;
  const bool trusted = std::ranges::any_of(listener.trusted_proxies,
                                           [&](const base::IpNetwork& each) { return each.contains(question.from); });
  part.client_why =
      trusted ? "a trusted proxy: the client is whom its PROXY header names, and if that names nobody (LOCAL) this one"
              : "no trusted proxy: it is refused whatever PROXY header it sends";
}

/// Where the client is, and which region serves it of that pool.
void note_place(const Question& question, const Surroundings& around, std::size_t pool,
                connection::ConnectionPart& part) {
  part.place = place::place_part_of(around.site.atlas.get(), question.from, {});
  if (!part.place || !around.site.serving) return;
  place::note_serving(around.site.atlas->regions(), *around.site.serving->map(), pool, part.pool, *part.place);
}

std::string_view header_name(config::ProxyHeader header) {
  switch (header) {
    case config::ProxyHeader::kV1:
      return "v1";
    case config::ProxyHeader::kV2:
      return "v2";
    case config::ProxyHeader::kNone:
      break;
  }
  return "none";
}

}  // namespace

base::Result<void> explain_connection(const Question& question, const Surroundings& around, Explanation& out) {
  const config::Config& config = around.config;
  const base::Result<void> sound = check_hello(question);
  if (!sound) return sound;
  const base::Result<Target> target = connection_target_of(question.url);
  if (!target) return target.error();
  Question asked = question;
  const bool names_listener = target->port == 0;
  if (asked.listener.empty() && names_listener) asked.listener = target->host;
  base::Result<ChosenListener> chosen = choose_listener(asked, *target, config, around.binds);
  if (!chosen) return chosen.error();
  const config::Listener& listener = config.listeners[chosen->index];
  out.listener = std::move(chosen->part);

  const Routing routing(listener.tcp);
  connection::ConnectionPart& part = out.connection.emplace();
  note_client(question, listener, part);
  part.reads_hello = routing.needs_hello();
  part.server_name = question.server_name;
  const bool is_name = !names_listener && !base::IpAddress::parse(target->host);
  if (part.server_name.empty() && is_name) part.server_name = target->host;
  part.protocols = question.protocols;
  part.hello_ms = listener.timeouts.header / std::chrono::milliseconds(1);
  part.idle_ms = listener.timeouts.idle / std::chrono::milliseconds(1);
  const std::string protocols = protocol_list(part.protocols);
  const Routing::Choice choice = routing.choose(part.server_name, protocols);
  part.by = by_name(choice.by);
  part.key = choice.key;
  part.why = choice_text(routing, choice, part);
  const bool refused = listener.proxy_protocol && part.client_why.starts_with("no ");
  if (refused || choice.pool == Routing::kNone) {
    const auto ending = refused ? listener::ConnectionEnding::kBadProxyHeader : listener::ConnectionEnding::kNoPool;
    out.answer.by = "headgate";
    out.answer.why = fmt::format("closed: {}", listener::facts_of(ending).sentence);
    return {};
  }
  part.pool = routing.pools()[choice.pool];
  const auto pool = std::ranges::find(config.pools, part.pool, &config::Pool::name);
  if (pool == config.pools.end()) return {};
  part.proxy_header = header_name(pool->proxy_header);
  note_place(question, around, static_cast<std::size_t>(pool - config.pools.begin()), part);
  wish::note_key(*pool, question.from, out);
  return {};
}

void settle_connection(Explanation& explanation) {
  PoolPart& pool = *explanation.pool;
  const bool retries = pool.retry.attempts > 0 && std::ranges::find(pool.retry.on, "connect") != pool.retry.on.end();
  pool.retry.text =
      retries ? fmt::format("at most {} on other backends, where no connection came about", pool.retry.attempts)
              : "none";
  AnswerPart& answer = explanation.answer;
  if (answer.status == 0) {
    answer.why = "bytes both ways, as they are";
  } else {
    answer.status = 0;
    answer.why = fmt::format("closed: {}", listener::facts_of(listener::ConnectionEnding::kNoBackend).sentence);
  }
}

}  // namespace headgate::proxy::explain
