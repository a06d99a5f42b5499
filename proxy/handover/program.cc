#include "proxy/handover/program.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace headgate::proxy::handover {
namespace {

/// As execvp(3) finds a name without a slash.
std::string found_in_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (true) {
    const std::size_t end = folders.find(':');
    const std::string folder(folders.substr(0, end));
    std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    if (end == std::string_view::npos) return name;
    folders.remove_prefix(end + 1);
  }
}

}  // namespace

Program Program::of(int argc, char** argv) {
  Program program;
  program.arguments.assign(argv, argv + argc);
  const std::string name = argc > 0 ? argv[0] : "headgate";
  const std::string path = name.find('/') == std::string::npos ? found_in_path(name) : name;
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::absolute(path, failed);
  program.path = failed ? path : whole.lexically_normal().string();
  return program;
}

}  // namespace headgate::proxy::handover
