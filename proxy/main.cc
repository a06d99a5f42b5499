#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/suggest.h"
#include "proxy/command/commands.h"

namespace {

constexpr const char* kDefaultFile = "/etc/headgate/headgate.yaml";
constexpr int kHelpColumn = 16;

constexpr const char* kFooter = R"(Signals: HUP reloads the configuration, USR1 reopens the logs, TERM and INT
drain and stop (a second one stops at once).
Exit status: 0 well, 1 failed while running, 2 bad configuration or usage.)";

CLI::App* add_word(CLI::App& app, const std::string& name, const std::string& what) {
  CLI::App* word = app.add_subcommand(name, what);
  word->footer("");
  return word;
}

/// What is wrong with a command line without a known word; its exit status.
int say_what_words_there_are(const CLI::App& app, const std::vector<std::string>& rest) {
  std::vector<std::string> names;
  std::string list;
  for (const CLI::App* word : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(word->get_name());
    list += (list.empty() ? "" : ", ") + word->get_name();
  }
  const std::string found =
      rest.empty() ? "a word is missing"
                   : "no word '" + rest.front() + "'" + headgate::base::suggestion_for(rest.front(), names);
  std::fprintf(stderr, "headgate: %s; there are %s\nRun with --help for more information.\n", found.c_str(),
               list.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  namespace command = headgate::proxy::command;
  CLI::App app{"headgate: reverse proxy and load balancer; one daemon, one YAML file", "headgate"};
  app.set_help_flag("-h,--help", "print this help");
  app.get_formatter()->column_width(kHelpColumn);
  app.footer(kFooter);

  std::string file = kDefaultFile;
  CLI::App* run = add_word(app, "run", "run the daemon in the foreground");
  run->add_option("FILE", file, std::string("the configuration; default ") + kDefaultFile)->type_name("");
  CLI::App* demo = add_word(app, "demo",
                            "try headgate with nothing else installed:\n"
                            "traffic on 127.0.0.1:8080, status on :9900");
  CLI::App* check = add_word(app, "check", "say all that is wrong with a configuration,\nor what it would run");
  check->add_option("FILE", file, "the configuration")->required()->type_name("");
  CLI::App* version = add_word(app, "version", "print the version");
  bool wants_version = false;
  app.add_flag("--version", wants_version, "print the version");
  app.allow_extras();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& refused) {
    const int status = app.exit(refused);
    return status == 0 ? 0 : 2;
  }
  if (wants_version) return command::version();
  if (app.get_subcommands().empty() || app.remaining_size() > 0) return say_what_words_there_are(app, app.remaining());
  if (run->parsed()) return command::run(file);
  if (demo->parsed()) return command::demo();
  if (check->parsed()) return command::check(file);
  if (version->parsed()) return command::version();
  return 2;
}
