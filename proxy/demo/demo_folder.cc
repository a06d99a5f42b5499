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

base::Result<DemoFolder> DemoFolder::make() {
  const char* below = std::getenv("TMPDIR");
  std::string path = std::string(below == nullptr || *below == '\0' ? "/tmp" : below) + "/headgate-demo-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return base::system_error(errno, "make " + path, base::Fault::kUser);
  DemoFolder folder(std::move(path));
  // Twice 64 bits of the kernel's entropy.
  const std::string token = fmt::format("{:016x}{:016x}\n", base::entropy_seed(), base::entropy_seed());
  const base::OwnedFd file(::open(folder.token_file().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return base::system_error(errno, "make " + folder.token_file(), base::Fault::kUser);
  if (::write(file.get(), token.data(), token.size()) != static_cast<ssize_t>(token.size())) {
    return base::system_error(errno, "write " + folder.token_file(), base::Fault::kUser);
  }
  return folder;
}

DemoFolder::DemoFolder(DemoFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

DemoFolder::~DemoFolder() {
  if (path_.empty()) return;
  ::unlink(token_file().c_str());
  ::unlink(socket().c_str());
  ::rmdir(path_.c_str());
}

}  // namespace headgate::proxy::demo
