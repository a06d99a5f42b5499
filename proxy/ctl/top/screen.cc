#include "proxy/ctl/top/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "proxy/ctl/text/columns.h"

namespace headgate::proxy::ctl::top {
namespace {

// xterm's private modes, which every terminal of today has: 1049 is the alternate screen, 25 the cursor.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J";
constexpr std::string_view kLeave = "\x1b[0m\x1b[?25h\x1b[?1049l";

// For a crash, where no object can be asked any more. Written once, before the signals' action is set.
int crash_fd = -1;
termios crash_before;

void restore_and_crash(int signal) {
  // Both are safe in a signal's action (signal-safety(7)). The action was taken off: the signal now ends the process.
  [[maybe_unused]] const ssize_t sent = ::write(crash_fd, kLeave.data(), kLeave.size());
  ::tcsetattr(crash_fd, TCSANOW, &crash_before);
  ::raise(signal);
}

void restore_at_a_crash(int fd, const termios& before) {
  crash_fd = fd;
  crash_before = before;
  struct sigaction action{};
  action.sa_handler = restore_and_crash;
  action.sa_flags = SA_RESETHAND | SA_NODEFER;
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::sigaction(signal, &action, nullptr);
}

}  // namespace

base::Result<std::unique_ptr<Screen>> Screen::open() {
  char name[128];
  if (::ttyname_r(STDOUT_FILENO, name, sizeof name) != 0) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                       "standard output is no terminal; top --once prints one picture"};
  }
  // Opened anew: what is set on a descriptor of ours is not set for the shell that shares standard output.
  const int fd = ::open(name, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return base::system_error(errno, "cannot open " + std::string(name));
  termios before{};
  if (::tcgetattr(fd, &before) != 0) {
    const base::Error error = base::system_error(errno, name);
    ::close(fd);
    return error;
  }
  restore_at_a_crash(fd, before);
  return std::unique_ptr<Screen>(new Screen(fd, before));
}

Screen::~Screen() {
  leave();
  ::close(fd_);
}

void Screen::enter() {
  termios raw = before_;
  ::cfmakeraw(&raw);
  ::tcsetattr(fd_, TCSANOW, &raw);
  is_entered_ = true;
  send(kEnter);
}

void Screen::leave() {
  if (!is_entered_) return;
  is_entered_ = false;
  // The rest of a drawing is not worth waiting for, but a sequence that it cut is ended (CAN) before the next.
  const bool was_cut = !unsent_.empty();
  unsent_.clear();
  if (was_cut) send("\x18");
  send(kLeave);
  constexpr int kPatienceMs = 200;
  pollfd asked{fd_, POLLOUT, 0};
  if (!unsent_.empty() && ::poll(&asked, 1, kPatienceMs) > 0) send({});
  ::tcsetattr(fd_, TCSANOW, &before_);
}

void Screen::draw(const std::vector<std::string>& lines) {
  std::string out = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += "\r\n";
    out += (is_utf8_ ? lines[i] : text::ascii_only(lines[i])) + "\x1b[K";
  }
  out += "\x1b[J";
  if (!unsent_.empty()) send({});
  if (unsent_.empty()) send(out);
}

void Screen::send(std::string_view bytes) {
  unsent_ += bytes;
  while (!unsent_.empty()) {
    const ssize_t sent = ::write(fd_, unsent_.data(), unsent_.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) {
      if (errno != EAGAIN) unsent_.clear();  // the terminal is gone
      return;
    }
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
}

std::string Screen::read(bool& is_gone) {
  char block[256];
  const ssize_t got = ::read(fd_, block, sizeof block);
  is_gone = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  return got > 0 ? std::string(block, static_cast<std::size_t>(got)) : std::string();
}

}  // namespace headgate::proxy::ctl::top
