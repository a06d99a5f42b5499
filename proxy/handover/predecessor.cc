#include "proxy/handover/predecessor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <utility>

#include "proxy/handover/words.h"

namespace headgate::proxy::handover {
namespace {

base::Error failed(std::string message) {
  message.resize(message.find_last_not_of('\n') + 1);
  return {base::ErrorKind::kSystem, base::Fault::kUser, std::move(message)};
}

/// A duplicate above the numbers that the new process is given, so that none of them is overwritten on the way.
base::OwnedFd out_of_the_way(int fd) {
  return base::OwnedFd(::fcntl(fd, F_DUPFD_CLOEXEC, 16));
}

bool begins_with(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

/// The environment of the new process. The watchdog is not meant for one process; what stands for stderr while it
/// starts is the journal if stderr is.
std::vector<std::string> environment_for(int writing) {
  std::vector<std::string> out;
  bool is_journal = false;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view entry = *each;
    is_journal = is_journal || begins_with(entry, "JOURNAL_STREAM=");
    if (begins_with(entry, "JOURNAL_STREAM=") || begins_with(entry, "WATCHDOG_PID=")) continue;
    out.emplace_back(entry);
  }
  struct stat ours;
  struct stat theirs;
  const char* stream = std::getenv("JOURNAL_STREAM");
  if (is_journal && ::fstat(STDERR_FILENO, &ours) == 0 && ::fstat(writing, &theirs) == 0) {
    const bool is_ours = fmt::format("{}:{}", ours.st_dev, ours.st_ino) == stream;
    out.push_back(is_ours ? fmt::format("JOURNAL_STREAM={}:{}", theirs.st_dev, theirs.st_ino)
                          : fmt::format("JOURNAL_STREAM={}", stream));
  }
  out.push_back(fmt::format("{}={}", kVariable, kVariableValue));
  return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& each : texts) out.push_back(each.data());
  out.push_back(nullptr);
  return out;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

Predecessor::Predecessor(Program program, Letter letter, std::vector<int> sockets, base::Duration ready_wait)
    : program_(std::move(program)), letter_(std::move(letter)), sockets_(std::move(sockets)), ready_wait_(ready_wait) {}

Predecessor::~Predecessor() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = ::write(give_up_.get(), &one, sizeof one);
    thread_.join();
  }
  // A new process that only sees this end close would take it that there is nobody else.
  if (!has_gone_) say_abandon();
}

void Predecessor::start(std::function<void(Outcome)> told) {
  give_up_ = base::OwnedFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  thread_ = std::thread([this, told = std::move(told)] {
    ::pthread_setname_np(::pthread_self(), "upgrade");
    Outcome outcome = run();
    if (!outcome) say_abandon();
    end_parent();
    told(std::move(outcome));
  });
}

Predecessor::Outcome Predecessor::run() {
  const base::Result<void> spawned = spawn();
  if (!spawned) return spawned.error();
  const base::Result<void> handed = hand_over();
  // Whoever does not read the letter has said why, or ended.
  Outcome outcome = wait_until_ready();
  if (!outcome) return outcome;
  if (!handed) return handed.error();
  read_writing();
  write_all(STDERR_FILENO, kept_);
  return outcome;
}

base::Result<void> Predecessor::spawn() {
  base::Result<std::pair<Channel, Channel>> channels = Channel::pair();
  if (!channels) return channels.error();
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return base::system_error(errno, "pipe");
  writing_ = base::OwnedFd(pipe[0]);
  ::fcntl(writing_.get(), F_SETFL, O_NONBLOCK);
  const base::OwnedFd pipe_end = out_of_the_way(pipe[1]);
  const base::OwnedFd unused(pipe[1]);
  const base::OwnedFd channel = out_of_the_way(channels->second.fd());
  const base::OwnedFd stderr_fd = out_of_the_way(STDERR_FILENO);
  if (!pipe_end || !channel || !stderr_fd) return base::system_error(EMFILE, "start " + program_.path);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, channel.get(), kChannelFd);
  ::posix_spawn_file_actions_adddup2(&actions, stderr_fd.get(), kStderrFd);
  ::posix_spawn_file_actions_adddup2(&actions, pipe_end.get(), STDERR_FILENO);
  // Nothing else passes, whoever may have opened it without a thought.
  ::posix_spawn_file_actions_addclosefrom_np(&actions, kStderrFd + 1);
  std::vector<std::string> environment = environment_for(pipe_end.get());
  const std::vector<char*> environment_pointers = pointers_to(environment);
  const std::vector<char*> argument_pointers = pointers_to(program_.arguments);
  // The signals stay blocked: the new process takes them from its signalfd once it has one.
  const int error = ::posix_spawn(&parent_, program_.path.c_str(), &actions, nullptr, argument_pointers.data(),
                                  environment_pointers.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    parent_ = 0;
    return base::system_error(error, "start " + program_.path, base::Fault::kUser);
  }
  parent_fd_ = base::OwnedFd(static_cast<int>(::syscall(SYS_pidfd_open, parent_, 0)));
  channel_ = std::move(channels->first);
  return {};
}

base::Result<void> Predecessor::hand_over() {
  const std::string text = letter_text(letter_);
  const base::OwnedFd letter(::memfd_create("headgate-letter", MFD_CLOEXEC));
  if (!letter) return base::system_error(errno, "memfd_create");
  write_all(letter.get(), text);
  base::Result<void> sent = channel_.send(kLetter, {letter.get()});
  for (std::size_t at = 0; sent && at < sockets_.size(); at += Channel::kDescriptorsMax) {
    const auto first = sockets_.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last =
        sockets_.begin() + static_cast<std::ptrdiff_t>(std::min(at + Channel::kDescriptorsMax, sockets_.size()));
    sent = channel_.send(kSockets, {first, last});
  }
  return sent;
}

Predecessor::Outcome Predecessor::wait_until_ready() {
  const base::Time deadline = base::now() + ready_wait_;
  while (true) {
    std::array<pollfd, 4> waiting = {{{channel_.fd(), POLLIN, 0},
                                      {writing_.get(), POLLIN, 0},
                                      {give_up_.get(), POLLIN, 0},
                                      {parent_fd_.get(), POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - base::now());
    const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready < 0 && errno != EINTR) return base::system_error(errno, "wait for the new process");
    read_writing();
    while (std::optional<Message> message = channel_.receive_now()) {
      if (std::optional<Outcome> outcome = on_message(*message)) return std::move(*outcome);
    }
    if (waiting[2].revents != 0) return failed("given up");
    if (waiting[3].revents != 0) return failed(how_it_ended());
    if (ready == 0) {
      return failed(fmt::format("the new process was not ready within {} s, and has been killed{}",
                                std::chrono::duration_cast<std::chrono::seconds>(ready_wait_).count(),
                                kept_.empty() ? "" : "; it wrote:\n" + kept_));
    }
    // A closed pipe or channel would be reported again and again until the process has ended.
    if ((waiting[0].revents & POLLHUP) != 0 || (waiting[1].revents & POLLHUP) != 0) {
      pollfd ended[] = {{parent_fd_.get(), POLLIN, 0}, {give_up_.get(), POLLIN, 0}};
      ::poll(ended, 2, 100);
    }
  }
}

std::optional<Predecessor::Outcome> Predecessor::on_message(const Message& message) {
  std::string_view text = message.text;
  if (begins_with(text, kFailed)) return failed(std::string(text.substr(std::strlen(kFailed))));
  if (!begins_with(text, kReady)) return std::nullopt;
  text.remove_prefix(std::strlen(kReady));
  Ready ready;
  const std::from_chars_result pid = std::from_chars(text.data(), text.data() + text.size(), ready.pid);
  if (pid.ec != std::errc() || ready.pid <= 0) return failed("the new process said something that is no pid");
  text.remove_prefix(static_cast<std::size_t>(pid.ptr - text.data()));
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find('\n'), text.size());
    ready.not_taken.emplace(text.substr(0, end));
    text.remove_prefix(end);
  }
  return ready;
}

void Predecessor::read_writing() {
  std::array<char, 4096> part;
  while (true) {
    const ssize_t got = ::read(writing_.get(), part.data(), part.size());
    if (got <= 0) return;
    kept_.append(part.data(), static_cast<std::size_t>(got));
    if (kept_.size() <= kWritingKept) continue;
    write_all(STDERR_FILENO, std::string_view(kept_).substr(0, kept_.size() - kWritingKept));
    kept_.erase(0, kept_.size() - kWritingKept);
  }
}

std::string Predecessor::how_it_ended() {
  siginfo_t ended{};
  ::waitid(P_PIDFD, static_cast<id_t>(parent_fd_.get()), &ended, WEXITED | WNOWAIT);
  read_writing();
  const bool exited = ended.si_code == CLD_EXITED;
  const int signal = !exited ? ended.si_status : ended.si_status > 128 ? ended.si_status - 128 : 0;
  const std::string how = signal > 0 ? fmt::format("by signal {} ({})", signal, ::strsignal(signal))
                                     : fmt::format("with status {}", ended.si_status);
  return fmt::format("the new process ended {} before it was ready{}", how,
                     kept_.empty() ? "" : "; it wrote:\n" + kept_);
}

/// With its parent the new process dies, or, once it has said that it is ready, becomes a child of init.
void Predecessor::end_parent() {
  if (parent_ == 0) return;
  ::kill(parent_, SIGKILL);
  while (::waitpid(parent_, nullptr, 0) < 0 && errno == EINTR) {
  }
  parent_ = 0;
}

void Predecessor::say_go() {
  has_gone_ = true;
  [[maybe_unused]] const base::Result<void> said = channel_.send(kGo);
}

void Predecessor::say_abandon() {
  [[maybe_unused]] const base::Result<void> said = channel_.send(kAbandon);
}

bool Predecessor::is_asked_to_reopen() {
  bool asked = false;
  while (const std::optional<Message> message = channel_.receive_now()) asked = asked || message->text == kReopen;
  return asked;
}

}  // namespace headgate::proxy::handover
