#include <utility>

#include "proxy/ctl/words/words.h"
#include "proxy/explain/json.h"
#include "proxy/explain/question.h"
#include "proxy/explain/text.h"

namespace headgate::proxy::ctl::words {

int explain(const client::Client& client, const Console& console, const ExplainWish& wish) {
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
