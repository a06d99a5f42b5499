#include "proxy/cache/purge/log.h"

#include <fcntl.h>

#include <cerrno>

#include "base/files/file_io.h"
#include "proxy/cache/purge/log_format.h"

namespace headgate::proxy::cache::purge {
base::Result<std::unique_ptr<Log>> Log::open(std::string path, Book& book, std::size_t spare_records) {
  std::unique_ptr<Log> log(new Log(std::move(path), book, spare_records));
  log->file_ = base::OwnedFd(::open(log->path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!log->file_) return base::system_error(errno, "open " + log->path_);
  const base::Result<std::string> text = base::files::read_whole(log->file_.get(), log->path_);
  if (!text) return text.error();
  const base::Result<LogContent> content = read_log(*text);
  if (!content) {
    base::Error error = content.error();
    error.message = log->path_ + ": " + error.message;
    return error;
  }
  for (const Purge& purge : content->purges) book.restore(purge);
  log->torn_bytes_ = text->size() - content->sound_bytes;
  if (log->torn_bytes_ >= kLogRecordBytes) book.purge(Purge::of_everything(false));
  const base::Result<void> written = log->write_anew();
  if (!written) return written.error();
  return log;
}

base::Result<void> Log::write_anew() {
  const std::vector<Purge> purges = book_.all();
  std::string text(kLogHeading);
  text.reserve(text.size() + purges.size() * kLogRecordBytes);
  for (const Purge& purge : purges) text += log_record(purge);
  base::Result<base::OwnedFd> file = base::files::replace_file(path_, text, 0640);
  if (!file) return file.error();
  file_ = std::move(*file);
  sound_bytes_ = text.size();
  records_ = purges.size();
  records_max_ = 2 * records_ + spare_records_;
  kept_up_to_ = purges.empty() ? 0 : purges.back().sequence;
  return {};
}

base::Result<void> Log::keep(std::span<const Purge> purges) {
  std::string text;
  std::uint64_t last = kept_up_to_;
  for (const Purge& purge : purges) {
    if (purge.sequence <= kept_up_to_) continue;  // the file was written anew since
    text += log_record(purge);
    last = purge.sequence;
  }
  if (text.empty()) return {};
  // At the place behind the last whole record, so that one which failed half way is written over.
  base::Result<void> written = base::files::write_at(file_.get(), text, sound_bytes_, path_);
  if (written) written = base::files::sync_file(file_.get(), path_);
  if (!written) {
    base::Error error = written.error();
    error.message += ": purges are in force, and forgotten when the process ends";
    return error;
  }
  sound_bytes_ += text.size();
  records_ += text.size() / kLogRecordBytes;
  kept_up_to_ = last;
  // A log that cannot be made shorter goes on growing, and the next purge tries again.
  if (records_ > records_max_) static_cast<void>(write_anew());
  return {};
}

}  // namespace headgate::proxy::cache::purge
