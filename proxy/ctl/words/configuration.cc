#include <fmt/format.h>

#include <vector>

#include "proxy/ctl/text/columns.h"
#include "proxy/ctl/text/quantities.h"
#include "proxy/ctl/words/rendering.h"
#include "proxy/ctl/words/words.h"

namespace headgate::proxy::ctl::words {
namespace {

using client::Json;
using namespace std::chrono_literals;

/// Names that are new are resolved, and large files compiled, before a reload answers.
constexpr base::Duration kReloadTimeout = 60s;
constexpr int kSame = 0;
constexpr int kDiffers = 1;
constexpr int kTrouble = 2;

text::Tone tone_of_line(std::string_view line) {
  if (line.starts_with("+++") || line.starts_with("---")) return text::Tone::kTitle;
  if (line.starts_with('+')) return text::Tone::kGood;
  if (line.starts_with('-')) return text::Tone::kBad;
  return line.starts_with("@@") ? text::Tone::kQuiet : text::Tone::kPlain;
}

/// A file's text goes to a pipe as it is, and to a terminal without what a terminal would act on.
void print_file(const Console& console, const Json& of, std::string_view name) {
  if (!console.is_terminal()) return console.print_raw(client::raw_text(of, name));
  for (const std::string& line : client::lines(of, name)) console.print(line + "\n");
}

int show_difference(const Console& console, const Json& configuration) {
  const std::string trouble = client::text(configuration, "on_disk_error");
  if (!trouble.empty()) {
    console.complain(trouble);
    return kTrouble;
  }
  if (!client::truth(configuration, "differs")) return kSame;
  if (!client::member(configuration, "diff").is_string()) {
    console.complain("the file differs, by more than a difference could be made of");
    return kDiffers;
  }
  if (console.is_terminal()) {
    console.print(diff_text(configuration, console.page()));
  } else {
    console.print_raw(client::raw_text(configuration, "diff"));
  }
  return kDiffers;
}

}  // namespace

std::string diff_text(const Json& configuration, const text::Page& page) {
  std::string out;
  for (const std::string& line : client::lines(configuration, "diff")) {
    out += page.paint(tone_of_line(line), line) + "\n";
  }
  return out;
}

int configuration(const client::Client& client, const Console& console, bool diff) {
  const std::optional<client::Answer> answer = console.ask(client, {.path = "/config"});
  if (!answer) return diff ? kTrouble : kRefused;
  if (console.wants_json()) {
    console.print_json(*answer);
    if (!diff) return kWell;
    if (!client::text(answer->json, "on_disk_error").empty()) return kTrouble;
    return client::truth(answer->json, "differs") ? kDiffers : kSame;
  }
  if (diff) return show_difference(console, answer->json);
  print_file(console, answer->json, "running");
  return kWell;
}

int reload(const client::Client& client, const Console& console) {
  const base::Result<client::Answer> answer =
      client.ask({.path = "/reload", .method = "POST", .timeout = kReloadTimeout});
  if (!answer) {
    console.complain(answer.error().message);
    return kRefused;
  }
  if (console.wants_json()) console.print_json(*answer);
  if (answer->is_well()) {
    const double took = client::number(answer->json, "took_ms");
    if (!console.wants_json()) console.print(fmt::format("Reloaded in {:.0f} ms.\n", took));
    return kWell;
  }
  constexpr int kUnprocessable = 422;
  if (answer->status != kUnprocessable) {
    console.complain(answer->refusal());
    return kRefused;
  }
  // As `headgate check` says it.
  std::string out;
  for (const std::string& line : client::lines(answer->json, "text")) out += line + "\n";
  if (out.empty()) out = answer->refusal() + "\n";
  const std::size_t count = client::list(answer->json, "problems").size();
  if (count > 0) {
    const std::string file = client::text(client::list(answer->json, "problems").front(), "file");
    out += fmt::format("{}: {}\n", file, text::counted(count, "problem", "problems"));
  }
  console.print_error(out + "The file was refused; what ran goes on.\n");
  return kUsage;
}

}  // namespace headgate::proxy::ctl::words
