#include <cstdio>
#include <memory>
#include <utility>

#include "base/result.h"
#include "config/load.h"
#include "proxy/command/commands.h"
#include "proxy/identities.h"
#include "proxy/snapshot.h"

namespace headgate::proxy::command {

std::shared_ptr<const Snapshot> compiled_file(const std::string& file) {
  std::variant<config::Config, config::Problems> read = config::load_file(file, config::process_environment());
  if (const auto* problems = std::get_if<config::Problems>(&read)) {
    std::fputs(problems->text().c_str(), stderr);
    const std::size_t count = problems->list.size();
    std::fprintf(stderr, "%s: %zu %s\n", file.c_str(), count, count == 1 ? "problem" : "problems");
    return nullptr;
  }
  auto config = std::make_shared<const config::Config>(std::move(std::get<config::Config>(read)));
  // The same compilation that a start or a reload goes through: what it would refuse is refused here.
  Identities identities(config->workers, 1, [](std::size_t, balance::Pool&) {}, {});
  const auto compiled = compile_snapshot(config, identities);
  if (!compiled) {
    std::fprintf(stderr, "%s: %s\n", file.c_str(), compiled.error().message.c_str());
    return nullptr;
  }
  return *compiled;
}

int check(const std::string& file) {
  const std::shared_ptr<const Snapshot> snapshot = compiled_file(file);
  if (!snapshot) return 2;
  std::fputs(config::summary_of(*snapshot->config).c_str(), stdout);
  return 0;
}

}  // namespace headgate::proxy::command
