#include "proxy/demo/demo_folder.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/owned_fd.h"
#include "base/random.h"

namespace headgate::proxy::demo {

namespace {

base::Result<void> write_secret(const std::string& path, const std::string& secret) {
  const base::OwnedFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return base::system_error(errno, "make " + path, base::Fault::kUser);
  if (::write(file.get(), secret.data(), secret.size()) != static_cast<ssize_t>(secret.size())) {
    return base::system_error(errno, "write " + path, base::Fault::kUser);
  }
  return {};
}

/// 128 bits of the kernel's entropy, as hexadecimal digits.
std::string chance() {
  return fmt::format("{:016x}{:016x}", base::entropy_seed(), base::entropy_seed());
}

}  // namespace

base::Result<DemoFolder> DemoFolder::make() {
  const char* below = std::getenv("TMPDIR");
  std::string path = std::string(below == nullptr || *below == '\0' ? "/tmp" : below) + "/headgate-demo-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return base::system_error(errno, "make " + path, base::Fault::kUser);
  DemoFolder folder(std::move(path));
  base::Result<void> written = write_secret(folder.token_file(), chance() + "\n");
  if (written) written = write_secret(folder.sticky_keys_file(), chance() + chance() + "\n");
  if (!written) return written.error();
  return folder;
}

DemoFolder::DemoFolder(DemoFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

DemoFolder::~DemoFolder() {
  if (path_.empty()) return;
  ::unlink(token_file().c_str());
  ::unlink(sticky_keys_file().c_str());
  ::unlink(socket().c_str());
  ::rmdir(path_.c_str());
}

}  // namespace headgate::proxy::demo
