#include <utility>

#include "base/ascii.h"
#include "proxy/ctl/words/words.h"
#include "proxy/explain/json.h"
#include "proxy/explain/lookup/lookup_text.h"
#include "proxy/explain/question.h"
#include "proxy/explain/text.h"

namespace headgate::proxy::ctl::words {
namespace {

int explain_lookup(const client::Client& client, const Console& console, const ExplainWish& wish) {
  if (!wish.name) {
    console.complain("a name is missing, as in: headgate ctl explain DNS www.example.com");
    return kUsage;
  }
  client::Json body = {{"name", *wish.name}};
  if (wish.type) body["type"] = *wish.type;
  if (wish.from) body["from"] = *wish.from;
  const std::optional<client::Answer> answer =
      console.ask(client, {.path = "/explain", .method = "POST", .body = std::move(body)});
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
    return kWell;
  }
  const base::Result<proxy::explain::lookup::Lookup> found = proxy::explain::lookup::lookup_from(answer->text);
  if (!found) {
    console.complain(found.error().message);
    return kRefused;
  }
  console.print_raw(proxy::explain::lookup::text_of(*found, {.color = console.has_colors()}));
  return kWell;
}

}  // namespace

int explain(const client::Client& client, const Console& console, const ExplainWish& wish) {
  if (base::equals_ignoring_case(wish.url, "dns")) return explain_lookup(client, console, wish);
  if (wish.name || wish.type) {
    console.complain("a name and --type are for DNS, as in: headgate ctl explain DNS www.example.com");
    return kUsage;
  }
  client::Json body = {{"url", wish.url}, {"method", wish.method}, {"headers", client::Json::array()}};
  if (wish.from) body["from"] = *wish.from;
  if (wish.listener) body["listener"] = *wish.listener;
  if (wish.server_name) body["server_name"] = *wish.server_name;
  if (!wish.protocols.empty()) body["protocols"] = wish.protocols;
  for (const std::string& line : wish.headers) {
    const auto header = proxy::explain::header_of(line);
    if (!header) {
      console.complain("--header " + header.error().message);
      return kUsage;
    }
    body["headers"].push_back({header->first, header->second});
  }
  const std::optional<client::Answer> answer =
      console.ask(client, {.path = "/explain", .method = "POST", .body = std::move(body)});
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
    return kWell;
  }
  const base::Result<proxy::explain::Explanation> found = proxy::explain::explanation_from(answer->text);
  if (!found) {
    console.complain(found.error().message);
    return kRefused;
  }
  console.print_raw(proxy::explain::text_of(*found, {.color = console.has_colors()}));
  return kWell;
}

}  // namespace headgate::proxy::ctl::words
