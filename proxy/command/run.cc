#include <sys/resource.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "config/load.h"
#include "proxy/command/commands.h"
#include "proxy/command/serve.h"

namespace headgate::proxy::command {

/// Every connection is a descriptor: as many as the system lets this process have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(ConfigSource source, std::function<void()> ready) {
  std::variant<config::Config, config::Problems> read = source();
  if (const auto* problems = std::get_if<config::Problems>(&read)) {
    std::fputs(problems->text().c_str(), stderr);
    return 2;
  }
  config::Config config = std::move(std::get<config::Config>(read));
  base::Result<std::unique_ptr<base::Log>> log = base::Log::open(config.log.file, config.log.level);
  if (!log) {
    std::fprintf(stderr, "headgate: log.file: %s\n", log.error().message.c_str());
    return 1;
  }
  raise_descriptor_limit();
  Control control(std::move(config), std::move(source), **log);
  return control.run(std::move(ready));
}

int run(const std::string& file) {
  Control::block_signals();
  return serve([file] { return config::load_file(file, config::process_environment()); }, [] {});
}

}  // namespace headgate::proxy::command
