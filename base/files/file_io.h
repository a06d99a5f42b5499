#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/owned_fd.h"
#include "base/result.h"

// Files that must be whole after a crash. All of it may wait for a disk: not for a loop that serves.
namespace headgate::base::files {

/// All of `bytes` at an offset; an error names `path`.
Result<void> write_at(int file, std::string_view bytes, std::uint64_t at, const std::string& path);
/// Waits until what was written is on the disk.
Result<void> sync_file(int file, const std::string& path);
/// The whole of a file from its begin.
Result<std::string> read_whole(int file, const std::string& path);
/// A new name, and one that went, are on the disk when their folder is.
void sync_folder_of(const std::string& path);
/// `path` holds `bytes` when this returns, over any crash, and what it held before until then; the open file.
Result<OwnedFd> replace_file(const std::string& path, std::string_view bytes, ::mode_t mode);

}  // namespace headgate::base::files
