#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/owned_fd.h"
#include "base/result.h"
#include "proxy/origin/files/beneath.h"

namespace headgate::proxy::origin::files {

/// What a path below a root led to.
struct Opened {
  enum class Kind : std::uint8_t {
    kFile,         ///< `file` and what follows
    kDirectory,    ///< a directory named without the '/' at its end
    kNotFound,     ///< 404: nothing there, a hidden name, no regular file, or it lies outside the root
    kForbidden,    ///< 403: the system does not let headgate read it
    kUnavailable,  ///< 503: out of descriptors or memory, or the tree keeps being renamed under our hands
  };
  Kind kind = Kind::kNotFound;
  base::OwnedFd file;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  ///< since 1970
  std::uint64_t inode = 0;
  std::string name;  ///< of the file, decoded, relative to the root
};

/// A directory whose files may be sent. Whatever the path and whatever symbolic links there are, nothing outside it is
/// ever opened (beneath.h).
/// Immutable; shared by all workers.
class StaticRoot {
 public:
  /// `directory` is absolute; `index` is the name of the file that stands for a directory. Without `resolution`, the
  /// best one that the system has.
  static base::Result<StaticRoot> open(const std::string& directory, std::string index,
                                       std::optional<Resolution> resolution = std::nullopt);

  /// `path` is normalised and still escaped, as RequestHead::path is. An escape that hides a '/' or a NUL, and a
  /// segment that starts with a dot, lead to kNotFound. Blocks as long as the disk does.
  Opened find(std::string_view path) const;

  /// The name below the directory that find() looks up for a path, the index's for a directory's; nothing if it looks
  /// up none.
  std::optional<std::string> name_of(std::string_view path) const;

  /// Differs from process to process, and can not be known outside.
  std::uint64_t secret() const { return secret_; }

 private:
  StaticRoot(base::OwnedFd root, std::string index, Resolution resolution, std::uint64_t secret)
      : root_(std::move(root)), index_(std::move(index)), resolution_(resolution), secret_(secret) {}
  Opened open_file(std::string name) const;

  base::OwnedFd root_;
  std::string index_;
  Resolution resolution_;
  std::uint64_t secret_;
};

}  // namespace headgate::proxy::origin::files
