#include <cstdio>

#include "proxy/command/commands.h"
#include "proxy/version.h"

namespace headgate::proxy::command {

int version() {
  std::printf("headgate %s\n", kVersion);
  return 0;
}

}  // namespace headgate::proxy::command
