#include <sys/resource.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "config/load.h"
#include "proxy/command/commands.h"
#include "proxy/command/pid_file.h"
#include "proxy/command/serve.h"

namespace headgate::proxy::command {

/// Every connection is a descriptor: as many as the system lets this process have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(ConfigSource source, std::function<void()> ready, Circumstances circumstances) {
  std::variant<config::Config, config::Problems> read = source();
  if (const auto* problems = std::get_if<config::Problems>(&read)) {
    base::say(base::LogLevel::kError, problems->text());
    circumstances.say_failed("the configuration is refused: ", problems->text());
    return 2;
  }
  config::Config config = std::move(std::get<config::Config>(read));
  base::Result<std::unique_ptr<base::Log>> log = base::Log::open(config.log.file, config.log.level);
  if (!log) {
    base::say(base::LogLevel::kError, "headgate: log.file: " + log.error().message + "\n");
    circumstances.say_failed("the start failed: log.file: ", log.error().message);
    return 1;
  }
  raise_descriptor_limit();
  Control control(std::move(config), std::move(source), **log, std::move(circumstances));
  return control.run(std::move(ready));
}

/// Sockets that the service manager passed; what is wrong with others is said, and they are closed.
std::vector<systemd::PassedSocket> passed_sockets() {
  std::vector<systemd::PassedSocket> sockets;
  for (base::Result<systemd::PassedSocket>& each : systemd::take_passed_sockets()) {
    if (each) {
      sockets.push_back(std::move(*each));
    } else {
      base::say(base::LogLevel::kError, "headgate: " + each.error().message + "\n");
    }
  }
  return sockets;
}

int run(const std::string& file, const std::string& pid_file, handover::Program program) {
  Control::block_signals();
  Circumstances circumstances;
  circumstances.successor = handover::Successor::apart();
  circumstances.program = std::move(program);
  if (circumstances.successor) {
    const base::Result<void> taken = circumstances.take_over();
    if (!taken) {
      base::say(base::LogLevel::kError, "headgate: " + taken.error().message + "\n");
      circumstances.say_failed("", taken.error().message);
      return 1;
    }
  } else {
    circumstances.sockets = GivenSockets(passed_sockets(), {});
  }
  std::optional<PidFile> pid;
  if (!pid_file.empty()) {
    base::Result<PidFile> prepared = PidFile::prepare(pid_file);
    if (!prepared) {
      base::say(base::LogLevel::kError, "headgate: " + prepared.error().message + "\n");
      circumstances.say_failed("the start failed: ", prepared.error().message);
      return 1;
    }
    pid.emplace(std::move(*prepared));
  }
  circumstances.handed_over = [&pid] {
    if (pid) pid->leave_to_successor();
  };
  const auto publish = [&pid] {
    const base::Result<void> published = pid ? pid->publish() : base::Result<void>();
    if (!published) base::say(base::LogLevel::kError, "headgate: " + published.error().message + "\n");
  };
  return serve([file] { return config::load_file(file, config::process_environment()); }, publish,
               std::move(circumstances));
}

}  // namespace headgate::proxy::command
