#include <fmt/format.h>

#include "proxy/ctl/text/quantities.h"
#include "proxy/ctl/words/words.h"

// What is asked of the process as a whole: log level, upgrade, stop.
namespace headgate::proxy::ctl::words {
namespace {

using client::count;
using client::Json;
using client::number;
using namespace std::chrono_literals;

/// The new binary starts, compiles its configuration and says that it is ready before the old one answers.
constexpr base::Duration kUpgradeTimeout = 120s;

int show(const Console& console, const std::optional<client::Answer>& answer, const std::string& text) {
  if (!answer) return kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
  } else {
    console.print(text + "\n");
  }
  return kWell;
}

}  // namespace

int log_level(const client::Client& client, const Console& console, const std::optional<std::string>& level,
              const std::optional<std::string>& for_time) {
  client::Question question{.path = "/log-level"};
  if (level) {
    Json body = {{"level", *level}};
    if (for_time) body["for"] = *for_time;
    question.method = "PUT";
    question.body = std::move(body);
  }
  const std::optional<client::Answer> answer = console.ask(client, question);
  if (!answer) return kRefused;
  const std::string now = client::text(answer->json, "level");
  if (!level) return show(console, answer, now);
  return show(
      console, answer,
      for_time ? fmt::format("The log level is {} for {}, and then again what the configuration says.", now, *for_time)
               : fmt::format("The log level is {} until the next reload.", now));
}

int upgrade(const client::Client& client, const Console& console) {
  if (!console.wants_json()) console.progress("waiting until the new process is ready");
  const base::Result<client::Answer> answer =
      client.ask({.path = "/upgrade", .method = "POST", .timeout = kUpgradeTimeout});
  console.clear_progress();
  if (!answer) {
    console.complain(answer.error().message);
    return kRefused;
  }
  if (!answer->is_well()) {
    if (console.wants_json()) console.print_json(*answer);
    console.complain(answer->refusal());
    return kRefused;
  }
  return show(
      console, *answer,
      fmt::format("Process {} serves, after {:.0f} ms; process {} ends when its connections have.",
                  count(answer->json, "new_pid"), number(answer->json, "took_ms"), count(answer->json, "old_pid")));
}

int stop(const client::Client& client, const Console& console) {
  const std::optional<client::Answer> answer = console.ask(client, {.path = "/stop", .method = "POST"});
  if (!answer) return kRefused;
  const double seconds = number(answer->json, "draining_seconds_max");
  return show(console, answer,
              fmt::format("headgate stops: no new connections; those that are open have at most {:.0f} s.", seconds));
}

}  // namespace headgate::proxy::ctl::words
