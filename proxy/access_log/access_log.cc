#include "proxy/access_log/access_log.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/random.h"

namespace headgate::proxy::access_log {

base::Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::optional<config::AccessLog>& settings,
                                                         std::size_t workers, base::Log& log) {
  const int wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) return base::system_error(errno, "access log: eventfd");
  std::unique_ptr<AccessLog> opened(new AccessLog(wake_fd));
  std::vector<Ring*> rings;
  for (std::size_t i = 0; i < workers; ++i) {
    opened->rings_.push_back(std::make_unique<Ring>(base::entropy_seed(), wake_fd));
    rings.push_back(opened->rings_.back().get());
  }
  opened->writer_ = std::make_unique<Writer>(std::move(rings), wake_fd, log);
  const base::Result<void> applied = opened->apply(settings);
  if (!applied) return applied.error();
  const base::Result<void> started = opened->writer_->start();
  if (!started) return started.error();
  return opened;
}

AccessLog::~AccessLog() {
  if (writer_) writer_->stop();
  ::close(wake_fd_);
}

base::Result<void> AccessLog::apply(const std::optional<config::AccessLog>& settings) {
  std::optional<Target> target;
  bool tells_place = false;
  if (settings) {
    base::Result<line::Format> format = line::Format::compile(settings->format);
    if (!format) return format.error();
    tells_place = format->tells_place();
    base::Result<std::unique_ptr<Sink>> sink = Sink::open(settings->file);
    if (!sink) return sink.error();
    target.emplace(std::move(*format), std::move(*sink));
  }
  writer_->set_target(std::move(target));
  for (const std::unique_ptr<Ring>& ring : rings_) {
    ring->tell_place(tells_place);
    ring->set_sample(settings ? settings->sample : 0);
  }
  return {};
}

std::uint64_t AccessLog::dropped_by_full_rings() const {
  std::uint64_t dropped = 0;
  for (const std::unique_ptr<Ring>& ring : rings_) dropped += ring->dropped();
  return dropped;
}

}  // namespace headgate::proxy::access_log
