#include "proxy/origin/files/static_root.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/random.h"
#include "wire/http/uri.h"

namespace headgate::proxy::origin::files {

namespace {

/// Not blocking, for a FIFO would wait for its writer; no terminal may become ours.
constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

/// With "..": the kernel gives EAGAIN when a rename elsewhere may have led the path astray.
constexpr int kTriesMax = 8;

Opened::Kind kind_of_errno(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return Opened::Kind::kForbidden;
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Opened::Kind::kUnavailable;
    default:
      return Opened::Kind::kNotFound;  // among them EXDEV: it would have left the root
  }
}

/// The decoded path without its first '/'; nothing if it names what is never sent.
std::optional<std::string> name_below_root(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  std::optional<std::string> name = wire::http::percent_decoded(path);
  if (!name) return std::nullopt;
  std::size_t slashes_written = 0;
  for (const char c : path) slashes_written += c == '/' ? 1 : 0;
  std::size_t slashes = 0;
  bool starts_segment = true;
  for (const char c : *name) {
    if (c == '\0' || (starts_segment && c == '.')) return std::nullopt;
    slashes += c == '/' ? 1 : 0;
    starts_segment = c == '/';
  }
  // A name can not hold a slash, so an escaped one names nothing; decoded it would name something else.
  if (slashes != slashes_written) return std::nullopt;
  // "//x" is /x for the file system. Relative to the root it would be absolute, and refused.
  name->erase(0, name->find_first_not_of('/') == std::string::npos ? name->size() : name->find_first_not_of('/'));
  return name;
}

}  // namespace

base::Result<StaticRoot> StaticRoot::open(const std::string& directory, std::string index,
                                          std::optional<Resolution> resolution) {
  base::OwnedFd root(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return base::system_error(errno, "open the static root " + directory, base::Fault::kUser);
  Resolution found = resolution.value_or(Resolution::kKernel);
  const int refused = resolution ? 0 : resolution_for(root.get(), found);
  if (refused != 0) return base::system_error(-refused, "open below the static root " + directory);
  return StaticRoot(std::move(root), std::move(index), found, base::entropy_seed());
}

Opened StaticRoot::open_file(std::string name) const {
  Opened out;
  int fd = -EAGAIN;
  for (int i = 0; i < kTriesMax && fd == -EAGAIN; ++i) {
    fd = open_beneath(root_.get(), name.empty() ? "." : name, kReadFlags, resolution_);
  }
  if (fd < 0) {
    out.kind = kind_of_errno(-fd);
    return out;
  }
  base::OwnedFd file(fd);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return out;
  if (S_ISDIR(status.st_mode)) {
    out.kind = Opened::Kind::kDirectory;
    return out;
  }
  if (!S_ISREG(status.st_mode)) return out;
  out.kind = Opened::Kind::kFile;
  out.file = std::move(file);
  out.size = static_cast<std::uint64_t>(status.st_size);
  out.modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  out.inode = status.st_ino;
  out.name = std::move(name);
  return out;
}

std::optional<std::string> StaticRoot::name_of(std::string_view path) const {
  std::optional<std::string> name = name_below_root(path);
  if (name && path.ends_with('/')) *name += index_;
  return name;
}

Opened StaticRoot::find(std::string_view path) const {
  std::optional<std::string> name = name_of(path);
  if (!name) return {};
  Opened out = open_file(std::move(*name));
  const bool is_index = path.ends_with('/');
  if (is_index && out.kind == Opened::Kind::kDirectory) return {};  // a directory with the name of the index
  return out;
}

}  // namespace headgate::proxy::origin::files
