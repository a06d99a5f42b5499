#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::config {

/// `path`, taken from `folder` if it is relative, without dot segments. Nothing is looked up.
std::string absolute_path(std::string_view folder, std::string_view path);

/// The absolute folder that a file's relative paths begin in.
std::string folder_of(const std::string& file);

/// What stat() tells one version of a file by.
struct FileMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileMark&, const FileMark&) = default;
};
/// Follows links. All zero for a file that is not there.
FileMark mark_of(const std::string& path);

/// An Error that says why, unless `path` is a directory.
base::Result<void> require_directory(const std::string& path);

/// The whole of a file, pipe or device; an Error above `bytes_max` bytes.
base::Result<std::string> read_text(const std::string& path, std::size_t bytes_max);

/// The text of a file of certificates or keys, at most 1 MiB; `is_open` tells whether every user may read it.
base::Result<std::string> read_pem(const std::string& path, bool* is_open = nullptr);

/// The whole of a file that holds secrets. An Error for a missing or irregular file, and for one that others (mode &
/// 007) may use.
base::Result<std::string> read_private(const std::string& path, std::size_t bytes_max);

/// The one line of a secret's file, without the newline at its end. An Error for a missing or irregular file, for one
/// that others (mode & 007) may use, and for a secret that is empty, above 4 KiB or not of visible ASCII characters.
base::Result<std::string> read_secret(const std::string& path);

}  // namespace headgate::config
