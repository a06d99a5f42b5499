#include <fmt/format.h>

#include "proxy/ctl/text/columns.h"
#include "proxy/ctl/text/table.h"
#include "proxy/ctl/words/rendering.h"
#include "proxy/ctl/words/words.h"

// The zones that are answered for.
namespace headgate::proxy::ctl::words {
namespace {

using client::count;
using client::Json;
using client::list;
using text::Side;

std::string zones_text(const Json& zones, const text::Page& page) {
  text::Table table({{"ZONE", Side::kLeft, text::Cut::kMiddle, 12},
                     {"NAMES", Side::kRight},
                     {"SERIAL", Side::kRight},
                     {"SIGNED"},
                     {"AGE", Side::kRight, text::Cut::kNever, 0, 2},
                     {"FILE", Side::kLeft, text::Cut::kMiddle, 12, 1}});
  std::string wrong;
  for (const Json& each : zones) {
    const std::string error = client::text(each, "error");
    table.add({{client::text(each, "name"), error.empty() ? text::Tone::kPlain : text::Tone::kWarning},
               {fmt::format("{}", count(each, "names"))},
               {fmt::format("{}", count(each, "serial"))},
               {client::truth(each, "signed") ? "yes" : "no"},
               {age_of(each, "loaded_at", page.now)},
               {client::text(each, "file"), text::Tone::kQuiet}});
    if (error.empty()) continue;
    wrong += page.paint(text::Tone::kWarning,
                        fmt::format("{}: newer files are not used: {}", client::text(each, "name"), error)) +
             "\n";
  }
  return table.text(page) + wrong;
}

}  // namespace

int zones(const client::Client& client, const Console& console) {
  const std::optional<client::Answer> answer = console.ask(client, {.path = "/zones"});
  if (!answer) return kRefused;
  const Json& all = list(answer->json, "zones");
  if (console.wants_json()) {
    console.print_json(*answer);
  } else {
    console.print(all.empty() ? "The configuration has no zones.\n" : zones_text(all, console.page()));
  }
  return kWell;
}

}  // namespace headgate::proxy::ctl::words
