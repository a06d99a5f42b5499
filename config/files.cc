#include "config/files.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/owned_fd.h"
#include "config/values.h"

namespace headgate::config {
namespace {

constexpr std::size_t kSecretBytesMax = 4096;
constexpr std::size_t kPemBytesMax = 1024 * 1024;

base::Error invalid(std::string message) {
  return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, std::move(message)};
}

base::Error failed(int errno_value, const std::string& what) {
  return base::system_error(errno_value, what, base::Fault::kUser);
}

base::Result<std::string> read_all(int fd, const std::string& path, std::size_t bytes_max) {
  std::string out;
  char block[65536];
  while (true) {
    const ssize_t got = ::read(fd, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(errno, "cannot read " + path);
    if (got == 0) return out;
    out.append(block, static_cast<std::size_t>(got));
    if (out.size() > bytes_max) return invalid(fmt::format("{} is larger than {} bytes", path, bytes_max));
  }
}

}  // namespace

std::string absolute_path(std::string_view folder, std::string_view path) {
  return (std::filesystem::path(folder) / std::filesystem::path(path)).lexically_normal().string();
}

std::string folder_of(const std::string& file) {
  const std::filesystem::path parent = std::filesystem::path(file).parent_path();
  std::error_code failure;
  const std::filesystem::path absolute = std::filesystem::absolute(parent.empty() ? "." : parent, failure);
  return (failure ? std::filesystem::path("/") : absolute).lexically_normal().string();
}

FileMark mark_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  const auto ns = [](const timespec& time) { return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec; };
  return {found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size), ns(found.st_mtim), ns(found.st_ctim)};
}

base::Result<void> require_directory(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return failed(errno, "directory " + path);
  if (!S_ISDIR(found.st_mode)) return invalid(path + " is not a directory");
  return {};
}

base::Result<std::string> read_text(const std::string& path, std::size_t bytes_max) {
  const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return failed(errno, "cannot open " + path);
  return read_all(file.get(), path, bytes_max);
}

base::Result<std::string> read_pem(const std::string& path, bool* is_open) {
  const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return failed(errno, "cannot open " + path);
  struct stat found{};
  if (::fstat(file.get(), &found) != 0) return failed(errno, "cannot look at " + path);
  if (S_ISDIR(found.st_mode)) return invalid(path + " is a directory");
  if (is_open != nullptr) *is_open = (found.st_mode & S_IROTH) != 0;
  return read_all(file.get(), path, kPemBytesMax);
}

base::Result<std::string> read_private(const std::string& path, std::size_t bytes_max) {
  // O_NONBLOCK: a FIFO in its place must not hold up the start.
  const base::OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return failed(errno, "cannot open " + path);
  struct stat found{};
  if (::fstat(file.get(), &found) != 0) return failed(errno, "cannot look at " + path);
  if (!S_ISREG(found.st_mode)) return invalid(path + " is not a regular file");
  if ((found.st_mode & 007) != 0) {
    return invalid(
        fmt::format("{} is open to every user (mode {:04o}); chmod o= {}", path, found.st_mode & 07777, path));
  }
  return read_all(file.get(), path, bytes_max);
}

base::Result<std::string> read_secret(const std::string& path) {
  base::Result<std::string> secret = read_private(path, kSecretBytesMax);
  if (!secret) return secret.error();
  if (secret->ends_with('\n')) secret->pop_back();
  if (secret->empty()) return invalid(path + " is empty");
  if (!is_visible_ascii(*secret)) return invalid(path + " must hold one word of visible ASCII characters");
  return secret;
}

}  // namespace headgate::config
