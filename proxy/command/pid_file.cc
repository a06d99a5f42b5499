#include "proxy/command/pid_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

namespace headgate::proxy::command {

PidFile::PidFile(std::string path) : path_(std::move(path)), prepared_(path_ + "." + std::to_string(::getpid())) {}

PidFile::PidFile(PidFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), prepared_(std::exchange(other.prepared_, {})) {}

base::Result<PidFile> PidFile::prepare(std::string path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) {
    return base::system_error(errno, "--pid-file " + path, base::Fault::kUser);
  }
  return PidFile(std::move(path));
}

base::Result<void> PidFile::publish() {
  std::ofstream out(prepared_);
  out << ::getpid() << '\n';
  out.close();
  if (out && std::rename(prepared_.c_str(), path_.c_str()) == 0) return {};
  return base::system_error(errno, "--pid-file " + path_, base::Fault::kUser);
}

PidFile::~PidFile() {
  if (path_.empty()) return;
  ::unlink(prepared_.c_str());
  long written = 0;
  std::ifstream(path_) >> written;
  if (written == ::getpid()) ::unlink(path_.c_str());
}

}  // namespace headgate::proxy::command
