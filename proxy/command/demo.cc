#include <cstdio>
#include <memory>
#include <string>

#include "config/load.h"
#include "proxy/command/commands.h"
#include "proxy/command/serve.h"
#include "proxy/demo/demo_folder.h"
#include "proxy/demo/demo_origins.h"
#include "proxy/demo/demo_text.h"

namespace headgate::proxy::command {

int demo(const std::string& program) {
  Control::block_signals();
  base::Result<std::unique_ptr<demo::DemoOrigins>> origins = demo::DemoOrigins::open();
  if (!origins) {
    std::fprintf(stderr, "headgate demo: %s\n", origins.error().message.c_str());
    return 1;
  }
  const base::Result<demo::DemoFolder> folder = demo::DemoFolder::make();
  if (!folder) {
    std::fprintf(stderr, "headgate demo: %s\n", folder.error().message.c_str());
    return 1;
  }
  const std::string yaml = demo::configuration_text((*origins)->endpoints(), *folder);
  (*origins)->start();
  const ConfigSource source = [yaml] { return config::load_text(yaml, "demo.yaml", config::process_environment()); };
  return serve(source, [&] {
    std::fputs(demo::greeting_text(yaml, *folder, program).c_str(), stdout);
    std::fflush(stdout);
  });
}

}  // namespace headgate::proxy::command
