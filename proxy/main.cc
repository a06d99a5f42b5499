#include <CLI/CLI.hpp>
#include <string>

#include "proxy/command/commands.h"

namespace {

constexpr const char* kDefaultFile = "/etc/headgate/headgate.yaml";

constexpr const char* kFooter = R"(Signals: HUP reloads the configuration, USR1 reopens the logs, TERM and INT drain
and stop (a second one stops at once).
Exit status: 0 well, 1 failed while running, 2 bad configuration or usage.)";

}  // namespace

int main(int argc, char** argv) {
  namespace command = headgate::proxy::command;
  CLI::App app{"headgate: reverse proxy and load balancer; one daemon, one YAML file", "headgate"};
  app.require_subcommand(1);
  app.footer(kFooter);

  std::string file = kDefaultFile;
  CLI::App* run = app.add_subcommand("run", "run the daemon in the foreground");
  run->add_option("FILE", file, "the configuration")->capture_default_str();
  CLI::App* demo = app.add_subcommand("demo",
                                      "try headgate with nothing else installed: three origins inside,\n"
                                      "traffic on 127.0.0.1:8080, status on 127.0.0.1:9900");
  CLI::App* check =
      app.add_subcommand("check", "say everything that is wrong with a configuration, or what it would run");
  check->add_option("FILE", file, "the configuration")->required();
  CLI::App* version = app.add_subcommand("version", "print the version");
  bool wants_version = false;
  app.add_flag("--version", wants_version, "print the version");

  if (argc == 2 && std::string_view(argv[1]) == "--version") return command::version();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& refused) {
    const int status = app.exit(refused);
    return status == 0 ? 0 : 2;
  }
  if (run->parsed()) return command::run(file);
  if (demo->parsed()) return command::demo();
  if (check->parsed()) return command::check(file);
  if (version->parsed()) return command::version();
  return 2;
}
