#include "proxy/origin/files/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/owned_fd.h"

namespace headgate::proxy::origin::files {
namespace {

/// As many as the kernel follows before it says ELOOP.
constexpr int kLinksMax = 40;

/// The C library has no openat2.
int open_by_kernel(int root, const char* name, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long fd = syscall(SYS_openat2, root, name, &how, sizeof how);
  return fd >= 0 ? static_cast<int>(fd) : -errno;
}

/// A walk down from the root. No step follows a link by itself, and ".." goes back to where the walk came from instead
/// of asking the file system: whatever is renamed meanwhile, the walk stays among directories that it reached below
/// the root.
class Walk {
 public:
  Walk(int root, const std::string& name) : root_(root), rest_(name) {}

  int open(int flags) {
    while (std::optional<std::string> segment = next_segment()) {
      const int fd = step(*segment, flags);
      if (fd != 0) return fd;
    }
    return opened(::openat(here(), ".", flags));
  }

 private:
  static int opened(int fd) { return fd >= 0 ? fd : -errno; }
  int here() const { return below_.empty() ? root_ : below_.back().get(); }

  std::optional<std::string> next_segment() {
    const std::size_t start = rest_.find_first_not_of('/');
    if (start == std::string::npos) return std::nullopt;
    const std::size_t end = rest_.find('/', start);
    std::string segment = rest_.substr(start, end == std::string::npos ? end : end - start);
    rest_.erase(0, end == std::string::npos ? rest_.size() : end);
    return segment;
  }

  /// 0 if there is more to go; otherwise what open() results in.
  int step(const std::string& segment, int flags) {
    if (segment == ".") return 0;
    if (segment == "..") {
      if (below_.empty()) return -EXDEV;
      below_.pop_back();
      return 0;
    }
    const bool is_last = rest_.empty();
    const int wanted = is_last ? flags : O_PATH | O_DIRECTORY | O_CLOEXEC;
    const int fd = opened(::openat(here(), segment.c_str(), wanted | O_NOFOLLOW));
    // What is a link: ELOOP, or where a directory is asked for, ENOTDIR.
    if (fd == -ELOOP || fd == -ENOTDIR) return follow(segment, fd);
    if (fd < 0 || is_last) return fd;
    below_.emplace_back(fd);
    return 0;
  }

  int follow(const std::string& segment, int refused) {
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlinkat(here(), segment.c_str(), target.data(), target.size());
    if (length < 0) return errno == EINVAL ? refused : -errno;
    if (++links_ > kLinksMax) return -ELOOP;
    const std::string_view to(target.data(), static_cast<std::size_t>(length));
    if (to.starts_with('/')) return -EXDEV;
    if (to.size() + rest_.size() >= PATH_MAX) return -ENAMETOOLONG;
    rest_.insert(0, to);
    return 0;
  }

  int root_;
  std::string rest_;  ///< what is still to go, with the '/' before it
  std::vector<base::OwnedFd> below_;
  int links_ = 0;
};

}  // namespace

int resolution_for(int root, Resolution& out) {
  for (const Resolution each : {Resolution::kKernel, Resolution::kSteps}) {
    const int probe = open_beneath(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, each);
    const base::OwnedFd close_probe(probe);
    out = each;
    if (probe >= 0) return 0;
    // Not there, or forbidden by a filter, which gives one or the other.
    if (probe != -ENOSYS && probe != -EPERM) return probe;
  }
  return -ENOSYS;
}

int open_beneath(int root, const std::string& name, int flags, Resolution resolution) {
  if (resolution == Resolution::kKernel) return open_by_kernel(root, name.c_str(), flags);
  if (name.size() >= PATH_MAX) return -ENAMETOOLONG;
  return Walk(root, name).open(flags);
}

}  // namespace headgate::proxy::origin::files
