#include "base/files/file_io.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace headgate::base::files {

Result<void> write_at(int file, std::string_view bytes, std::uint64_t at, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    // What a short write was short of is asked of the system.
    if (written <= 0) return system_error(written < 0 ? errno : ENOSPC, "write " + path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<void> sync_file(int file, const std::string& path) {
  if (::fdatasync(file) != 0) return system_error(errno, "write " + path);
  return {};
}

Result<std::string> read_whole(int file, const std::string& path) {
  std::string text;
  char piece[65536];
  while (true) {
    const ssize_t got = ::pread(file, piece, sizeof piece, static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(errno, "read " + path);
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

void sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const OwnedFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
}

Result<OwnedFd> replace_file(const std::string& path, std::string_view bytes, ::mode_t mode) {
  const std::string next = path + ".next";
  OwnedFd file(::open(next.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!file) return system_error(errno, "open " + next);
  Result<void> written = write_at(file.get(), bytes, 0, next);
  if (written) written = sync_file(file.get(), next);
  if (!written || std::rename(next.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(next.c_str());
    return written ? system_error(error, "replace " + path) : written.error();
  }
  sync_folder_of(path);
  return Result<OwnedFd>(std::move(file));
}

}  // namespace headgate::base::files
