#include <fmt/format.h>

#include "proxy/ctl/text/quantities.h"
#include "proxy/ctl/text/table.h"
#include "proxy/ctl/words/rendering.h"
#include "proxy/ctl/words/words.h"

namespace headgate::proxy::ctl::words {
namespace {

using client::count;
using client::Json;
using client::list;
using client::number;
using text::Cut;
using text::Side;

std::string request_of(const Json& connection) {
  const std::string method = client::text(connection, "method");
  if (method.empty()) return "";
  const std::uint64_t running = count(connection, "requests_running");
  const std::string others = running > 1 ? fmt::format(" (and {} more)", running - 1) : std::string();
  return fmt::format("{} {}{}{}", method, client::text(connection, "host"), client::text(connection, "path"), others);
}

}  // namespace

std::string connections_text(const Json& connections, const text::Page& page) {
  text::Table table({{"CLIENT", Side::kLeft, Cut::kMiddle, 15},
                     {"PEER", Side::kLeft, Cut::kMiddle, 15, 8},
                     {"LISTENER", Side::kLeft, Cut::kMiddle, 8, 2},
                     {"WORKER", Side::kRight, Cut::kNever, 0, 7},
                     {"AGE", Side::kRight},
                     {"PHASE", Side::kLeft, Cut::kEnd, 8},
                     {"REQUESTS", Side::kRight, Cut::kNever, 0, 4},
                     {"IN", Side::kRight, Cut::kNever, 0, 6},
                     {"OUT", Side::kRight, Cut::kNever, 0, 5},
                     {"BACKEND", Side::kLeft, Cut::kMiddle, 10, 1},
                     {"ROUTE", Side::kLeft, Cut::kMiddle, 8, 3},
                     {"REQUEST", Side::kLeft, Cut::kMiddle, 16}});
  const Json& rows = list(connections, "connections");
  for (const Json& each : rows) {
    table.add({{client::text(each, "client")},
               {client::text(each, "peer")},
               {client::text(each, "listener")},
               {std::to_string(count(each, "worker"))},
               {text::short_age(client::seconds(each, "age_seconds"))},
               {client::text(each, "phase")},
               {text::count_text(count(each, "requests"))},
               {text::bytes_text(number(each, "received_bytes"))},
               {text::bytes_text(number(each, "sent_bytes"))},
               {client::text(each, "backend")},
               {client::text(each, "route")},
               {request_of(each)}});
  }
  if (table.empty()) return "No connections are open.\n";
  std::string out = table.text(page);
  const std::uint64_t total = count(connections, "total");
  if (total > rows.size()) {
    out += fmt::format("\n{} of {}; --limit N shows more.\n", text::count_text(rows.size()),
                       text::counted(total, "connection", "connections"));
  }
  return out;
}

int connections(const client::Client& client, const Console& console, const ConnectionsWish& wish) {
  std::string query;
  const auto ask_for = [&query](std::string_view name, const std::string& value) {
    if (!value.empty()) query += fmt::format("{}{}={}", query.empty() ? "?" : "&", name, client::segment(value));
  };
  ask_for("limit", wish.limit > 0 ? std::to_string(wish.limit) : "");
  ask_for("client", wish.client);
  ask_for("listener", wish.listener);
  const std::optional<client::Answer> answer = console.ask(client, {.path = "/connections" + query});
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
  } else {
    console.print(connections_text(answer->json, console.page()));
  }
  return kWell;
}

}  // namespace headgate::proxy::ctl::words
