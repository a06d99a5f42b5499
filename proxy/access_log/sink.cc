#include "proxy/access_log/sink.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/ip_address.h"
#include "base/owned_fd.h"

namespace headgate::proxy::access_log {
namespace {

std::uint64_t count_lines(std::string_view lines) {
  return static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
}

base::Result<base::OwnedFd> open_file(const std::string& path) {
  // O_NONBLOCK is for a named pipe, which would hold us up until somebody opens its other end.
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
  if (fd < 0) return base::system_error(errno, "access_log.file: open " + path, base::Fault::kUser);
  return base::OwnedFd(fd);
}

// A file, or standard output with an empty path.
class FileSink : public Sink {
 public:
  FileSink(std::string path, base::OwnedFd file) : path_(std::move(path)), file_(std::move(file)) { look_at_kind(); }

  Outcome write(std::string_view lines) override {
    if (mid_line_) {
      const base::Result<std::size_t> ended = write_some("\n");
      if (!ended) return {count_lines(lines), ended.error()};
      mid_line_ = false;
    }
    std::size_t done = 0;
    while (done < lines.size()) {
      const base::Result<std::size_t> written = write_some(lines.substr(done));
      if (!written) {
        mid_line_ = done > 0 && lines[done - 1] != '\n';
        return {count_lines(lines.substr(done)), written.error()};
      }
      done += *written;
    }
    return {};
  }

  base::Result<void> reopen() override {
    if (path_.empty()) return {};
    base::Result<base::OwnedFd> file = open_file(path_);
    if (!file) return file.error();
    file_ = std::move(*file);
    mid_line_ = false;
    look_at_kind();
    return {};
  }

 private:
  void look_at_kind() {
    struct stat status{};
    is_regular_ = ::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode);
  }

  // What is no regular file is written in pieces that poll() promises to take at once, so that a reader that has gone
  // to sleep cannot hold the writer for ever.
  base::Result<std::size_t> write_some(std::string_view bytes) {
    if (!is_regular_) {
      bytes = bytes.substr(0, PIPE_BUF);
      pollfd ready{.fd = file_.get(), .events = POLLOUT, .revents = 0};
      const int polled = ::poll(&ready, 1, kStallMs);
      if (polled == 0) {
        return base::Error{base::ErrorKind::kTimeout, base::Fault::kUser, "access log: nobody reads " + name()};
      }
    }
    ssize_t written = -1;
    do {
      written = ::write(file_.get(), bytes.data(), bytes.size());
    } while (written < 0 && errno == EINTR);
    if (written > 0) return static_cast<std::size_t>(written);
    return base::system_error(written == 0 ? ENOSPC : errno, "access log: write " + name());
  }

  std::string name() const { return path_.empty() ? "standard output" : path_; }

  std::string path_;
  base::OwnedFd file_;
  bool is_regular_ = false;
  bool mid_line_ = false;  // a write stopped within a line; the next starts a new one
};

class SyslogSink : public Sink {
 public:
  explicit SyslogSink(std::string path) : path_(std::move(path)) {}

  Outcome write(std::string_view lines) override {
    const std::string prefix = header();
    Outcome outcome;
    while (!lines.empty()) {
      const std::size_t end = lines.find('\n');
      const base::Result<void> sent = send(prefix, lines.substr(0, end));
      if (!sent) {
        ++outcome.lines_lost;
        outcome.error = sent.error();
        if (sent.error().kind == base::ErrorKind::kTimeout) {
          outcome.lines_lost = outcome.lines_lost - 1 + count_lines(lines);
          return outcome;
        }
      }
      lines.remove_prefix(end + 1);
    }
    return outcome;
  }

  base::Result<void> reopen() override {
    const std::optional<base::Endpoint> endpoint = base::Endpoint::unix_path(path_);
    if (!endpoint) {
      return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, "access log: no socket can be named " + path_};
    }
    base::OwnedFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) return base::system_error(errno, "access log: socket");
    const timeval stall{.tv_sec = kStallMs / 1000, .tv_usec = 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof stall);
    sockaddr_storage address;
    const socklen_t length = endpoint->to_sockaddr(address);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
      return base::system_error(errno, "access_log.file: syslog: connect " + path_, base::Fault::kUser);
    }
    socket_ = std::move(socket);
    return {};
  }

 private:
  static constexpr int kPriority = 3 * 8 + 6;  // facility daemon, severity info (RFC 3164 section 4.1.1)

  static std::string header() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    std::array<char, 32> when{};
    std::strftime(when.data(), when.size(), "%b %e %T", &local);
    return "<" + std::to_string(kPriority) + ">" + when.data() + " headgate[" + std::to_string(::getpid()) + "]: ";
  }

  // A syslog daemon that was restarted has another socket under the same name: one more try, with that one.
  base::Result<void> send(std::string_view prefix, std::string_view line) {
    for (const bool last_try : {false, true}) {
      std::array<iovec, 2> parts = {iovec{const_cast<char*>(prefix.data()), prefix.size()},
                                    iovec{const_cast<char*>(line.data()), line.size()}};
      msghdr message{};
      message.msg_iov = parts.data();
      message.msg_iovlen = parts.size();
      if (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL) >= 0) return {};
      const int failure = errno;
      if (failure == EAGAIN || failure == EWOULDBLOCK) {
        return base::Error{base::ErrorKind::kTimeout, base::Fault::kUser, "access log: nobody reads " + path_};
      }
      if (last_try || failure == EMSGSIZE) return base::system_error(failure, "access log: send to " + path_);
      const base::Result<void> connected = reopen();
      if (!connected) return connected.error();
    }
    return {};
  }

  std::string path_;
  base::OwnedFd socket_;
};

}  // namespace

base::Result<std::unique_ptr<Sink>> Sink::open(const std::string& file) {
  if (file == "syslog") return open_syslog("/dev/log");
  if (file == "stdout") {
    const int fd = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return base::system_error(errno, "access_log.file: standard output", base::Fault::kUser);
    return std::unique_ptr<Sink>(std::make_unique<FileSink>("", base::OwnedFd(fd)));
  }
  base::Result<base::OwnedFd> opened = open_file(file);
  if (!opened) return opened.error();
  return std::unique_ptr<Sink>(std::make_unique<FileSink>(file, std::move(*opened)));
}

base::Result<std::unique_ptr<Sink>> Sink::open_syslog(const std::string& socket_path) {
  auto sink = std::make_unique<SyslogSink>(socket_path);
  const base::Result<void> connected = sink->reopen();
  if (!connected) return connected.error();
  return std::unique_ptr<Sink>(std::move(sink));
}

}  // namespace headgate::proxy::access_log
