#include "proxy/handover/successor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "proxy/handover/words.h"

namespace headgate::proxy::handover {
namespace {

bool take_variable(const char* name, std::string_view wanted) {
  const char* value = std::getenv(name);
  const bool is_there = value != nullptr && value == wanted;
  ::unsetenv(name);
  return is_there;
}

/// The parent's part: nothing is left of it but its waiting.
[[noreturn]] void wait_for(pid_t child) {
  ::prctl(PR_SET_NAME, "headgate-apart");
  ::close_range(0, ~0u, 0);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

base::Result<std::string> contents_of(int fd) {
  struct stat file;
  if (::fstat(fd, &file) != 0) return base::system_error(errno, "look at the letter");
  if (file.st_size < 0 || static_cast<std::size_t>(file.st_size) > Letter::kBytesMax) {
    return base::Error{base::ErrorKind::kTooLarge, base::Fault::kHeadgate, "the letter is too long"};
  }
  std::string text(static_cast<std::size_t>(file.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t got = ::pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (got <= 0) return base::system_error(got < 0 ? errno : EIO, "read the letter");
    done += static_cast<std::size_t>(got);
  }
  return text;
}

}  // namespace

std::unique_ptr<Successor> Successor::apart() {
  if (!take_variable(kVariable, kVariableValue)) return nullptr;
  ::fcntl(kChannelFd, F_SETFD, FD_CLOEXEC);
  ::fcntl(kStderrFd, F_SETFD, FD_CLOEXEC);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    std::perror("headgate: fork");
    std::exit(1);
  }
  if (child > 0) wait_for(child);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) std::exit(1);  // given up before it began
  return std::unique_ptr<Successor>(new Successor(base::OwnedFd(kChannelFd), base::OwnedFd(kStderrFd)));
}

base::Result<Letter> Successor::receive() {
  base::Result<Message> first = channel_.receive(kWordWait);
  if (!first) return first.error();
  if (first->text != kLetter || first->descriptors.size() != 1) {
    return base::Error{base::ErrorKind::kMalformed, base::Fault::kHeadgate,
                       "the running headgate begins with something else than a letter"};
  }
  const base::Result<std::string> text = contents_of(first->descriptors[0].get());
  if (!text) return text.error();
  base::Result<Letter> letter = parse_letter(*text);
  if (!letter) return letter;
  while (descriptors_.size() < letter->sockets.size()) {
    base::Result<Message> more = channel_.receive(kWordWait);
    if (!more) return more.error();
    if (more->text != kSockets || more->descriptors.empty()) {
      return base::Error{
          base::ErrorKind::kMalformed, base::Fault::kHeadgate,
          fmt::format("{} of {} sockets came from the running headgate", descriptors_.size(), letter->sockets.size())};
    }
    for (base::OwnedFd& each : more->descriptors) descriptors_.push_back(std::move(each));
  }
  return letter;
}

void Successor::speak_for_itself() {
  std::fflush(stderr);
  const bool was_journal = std::getenv("JOURNAL_STREAM") != nullptr;
  struct stat file;
  if (was_journal && ::fstat(stderr_.get(), &file) == 0) {
    ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", file.st_dev, file.st_ino).c_str(), 1);
  }
  ::dup3(stderr_.get(), STDERR_FILENO, 0);
  stderr_ = base::OwnedFd();
}

base::Result<void> Successor::say_ready(const std::vector<std::string>& not_taken) {
  ::prctl(PR_SET_PDEATHSIG, 0);
  std::string text = fmt::format("{}{}", kReady, ::getpid());
  for (const std::string& bind : not_taken) text += "\n" + bind;
  const base::Result<void> said = channel_.send(text);
  base::Result<Message> word = channel_.receive(kWordWait);
  if (word && word->text != kGo) {
    return base::Error{base::ErrorKind::kUnavailable, base::Fault::kHeadgate,
                       "the running headgate has given the upgrade up"};
  }
  if (!word && word.error().kind != base::ErrorKind::kEof) return word.error();
  speak_for_itself();
  return {};
}

void Successor::say_failed(std::string_view why) {
  [[maybe_unused]] const base::Result<void> said = channel_.send(fmt::format("{}{}", kFailed, why));
}

void Successor::say_reopen() {
  [[maybe_unused]] const base::Result<void> said = channel_.send(kReopen);
}

}  // namespace headgate::proxy::handover
