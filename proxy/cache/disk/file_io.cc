#include "proxy/cache/disk/file_io.h"

#include <unistd.h>

#include <cerrno>

#include "base/files/file_io.h"

namespace headgate::proxy::cache::disk {

base::Result<void> write_at(int file, std::string_view bytes, std::uint64_t at) {
  return base::files::write_at(file, bytes, at, "to a segment");
}

base::Result<std::size_t> read_at(int file, char* out, std::size_t bytes, std::uint64_t at) {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t got = pread(file, out + done, bytes - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::system_error(errno, "read from a segment");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace headgate::proxy::cache::disk
