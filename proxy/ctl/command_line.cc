#include "proxy/ctl/command_line.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <utility>

#include "base/suggest.h"
#include "config/values.h"
#include "proxy/ctl/text/columns.h"

namespace headgate::proxy::ctl {
namespace {

constexpr int kHelpColumn = 24;

constexpr const char* kFooter = R"(Examples:
  headgate ctl status
  headgate ctl drain app/app-2 --over 60s --why deploy --wait
  headgate ctl enable app-2 --over 2m
  headgate ctl backends app --json | jq -r '.backends[] | .id + " " + .state'
  headgate ctl config --diff && echo "the file is what runs"
  headgate ctl top

A backend is named POOL/ID, or ID alone where only one pool has it.
`headgate ctl WORD --help` says more about a word.
Exit status: 0 well, 1 the daemon said no or cannot be reached, 2 usage.)";

/// One option of each that a word has, for suggestions.
std::vector<std::string> names_in(const CLI::App& of) {
  std::vector<std::string> names;
  for (const CLI::Option* option : of.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> words_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* word : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(word->get_name());
  }
  return names;
}

}  // namespace

CommandLine::CommandLine() : app_("headgate ctl: ask the running daemon, and tell it what to do", "headgate ctl") {
  app_.set_help_flag("-h,--help", "print this help");
  app_.get_formatter()->column_width(kHelpColumn);
  app_.get_formatter()->label("SUBCOMMAND", "WORD");
  app_.get_formatter()->label("Subcommands", "Words");
  app_.footer(kFooter);
  app_.allow_extras();
  add_shared(&app_);
}

void CommandLine::add_shared(CLI::App* to) {
  to->add_option("--socket", door_.socket,
                 "the daemon's admin.socket; default\n$HEADGATE_SOCKET, else " + std::string(client::kDefaultSocket))
      ->type_name("PATH");
  to->add_option("--url", door_.url, "its admin.bind instead: http://HOST:PORT")->type_name("URL");
  to->add_option("--token-file", door_.token_file, "with --url: the file of admin.token_file")->type_name("FILE");
  to->add_flag("--json", wants_json_, "the daemon's JSON in place of text");
}

CLI::App* CommandLine::add(const std::string& name, const std::string& what) {
  CLI::App* word = app_.add_subcommand(name, what);
  word->footer("");
  word->allow_extras();
  add_shared(word);
  return word;
}

int CommandLine::refuse(const std::string& word, const std::string& what) const {
  std::fprintf(stderr, "headgate ctl%s: %s\nRun with --help for more information.\n",
               word.empty() ? "" : (" " + word).c_str(), text::printable(what).c_str());
  return words::kUsage;
}

int CommandLine::refuse_unknown(const CLI::App& of, const std::string& written) const {
  if (&of != &app_) {
    const std::string near = written.starts_with("-") ? base::suggestion_for(written, names_in(of)) : std::string();
    return refuse(of.get_name(), fmt::format("'{}' is not known here{}", written, near));
  }
  const std::vector<std::string> names = words_of(app_);
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return refuse("", written.empty() ? fmt::format("a word is missing; there are {}", list)
                                    : fmt::format("no word '{}'{}; there are {}", written,
                                                  base::suggestion_for(written, names), list));
}

int CommandLine::run(int count, const char* const* arguments) {
  try {
    app_.parse(count, arguments);
  } catch (const CLI::ParseError& refused) {
    if (refused.get_exit_code() == 0) return app_.exit(refused);
    const std::vector<CLI::App*> parsed = app_.get_subcommands();
    return refuse(parsed.empty() ? "" : parsed.front()->get_name(), refused.what());
  }
  const std::vector<CLI::App*> parsed = app_.get_subcommands();
  if (app_.remaining_size() > 0) return refuse_unknown(app_, app_.remaining().front());
  if (parsed.empty()) return refuse_unknown(app_, "");
  if (parsed.front()->remaining_size() > 0) return refuse_unknown(*parsed.front(), parsed.front()->remaining().front());
  const base::Result<client::Door> door = client::find_door(door_);
  if (!door) return refuse(parsed.front()->get_name(), door.error().message);
  for (const Word& word : words_) {
    if (word.word == parsed.front()) return word.run(client::Client(*door), words::Console(wants_json_));
  }
  return words::kUsage;
}

CLI::Validator duration_check() {
  return CLI::Validator(
      [](std::string& written) {
        if (config::parse_duration(written)) return std::string();
        return fmt::format("'{}' is no duration; write 500ms, 60s, 5m or 1h", written);
      },
      "", "duration");
}

}  // namespace headgate::proxy::ctl
