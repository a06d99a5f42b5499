#include "proxy/sticky/table/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "net/waiting.h"
#include "proxy/sticky/table/log_reader.h"

namespace headgate::proxy::sticky::table {

Store::Store(std::string pool, std::size_t size, std::uint32_t ttl, Said said)
    : pool_(std::move(pool)), said_(std::move(said)), table_(size, ttl) {}

Store::~Store() {
  close();
}

base::Result<void> Store::lock(const std::string& folder) {
  const std::string path = folder + "/lock";
  base::OwnedFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!file) return base::system_error(errno, "open " + path);
  const base::Time deadline = base::now() + kLockWaitMax;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return base::system_error(errno, "lock " + path);
    if (base::now() >= deadline) {
      return base::Error{base::ErrorKind::kUnavailable, base::Fault::kUser,
                         path + ": another headgate keeps its sessions there; give each its own state_directory"};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  lock_ = std::move(file);
  return {};
}

base::Result<void> Store::open(const std::string& folder, std::uint32_t now) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);  // or the lock says why not
  const base::Result<void> locked = lock(folder);
  if (!locked) return locked;
  const base::Time begun = base::now();
  base::Result<Recovery> recovery = recover(folder);
  if (!recovery) return recovery.error();
  for (const std::string& loss : recovery->losses) said_(base::LogLevel::kWarn, "sessions: " + loss);
  for (const Entry& entry : recovery->entries) table_.restore(entry, now);
  base::Result<std::unique_ptr<LogWriter>> log =
      LogWriter::open(folder, recovery->next_number, [this](const auto& take) { table_.each_part(take); }, said_);
  if (!log) return log.error();
  said_(base::LogLevel::kInfo,
        fmt::format("sessions: pool {}: {} from {} ({} records, {} ms)", pool_, table_.entries(), folder,
                    recovery->records, (base::now() - begun) / std::chrono::milliseconds(1)));
  const std::lock_guard guard(mutex_);
  log_ = std::move(*log);
  table_.set_journal(log_.get());
  return {};
}

void Store::close() {
  table_.set_journal(nullptr);  // behind each part's lock: nobody notes anything any more
  std::shared_ptr<LogWriter> log;
  {
    const std::lock_guard guard(mutex_);
    log.swap(log_);
  }
  if (log != nullptr) log->end();
  lock_ = base::OwnedFd();
}

std::shared_ptr<LogWriter> Store::log() const {
  const std::lock_guard guard(mutex_);
  return log_;
}

net::Task<void> kept(std::shared_ptr<Store> store, std::uint64_t number, net::Loop& loop) {
  std::shared_ptr<LogWriter> log = store->log();
  if (log == nullptr || log->is_kept(number)) co_return;
  // The gate is one of this loop's: the log's thread must not be the last to hold it.
  const auto gate = std::make_shared<net::Gate>(loop);
  const std::weak_ptr<net::Gate> open = gate;
  log->when_kept(number, [&loop, open] {
    loop.post([open] {
      if (const std::shared_ptr<net::Gate> waiting = open.lock()) waiting->open();
    });
  });
  log.reset();
  [[maybe_unused]] const bool is_kept = co_await gate->wait(loop.now() + Store::kKeptWaitMax);
}

}  // namespace headgate::proxy::sticky::table
