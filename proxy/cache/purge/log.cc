#include "proxy/cache/purge/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "proxy/cache/purge/log_format.h"

namespace headgate::proxy::cache::purge {
namespace {

base::Result<void> write_all(int file, std::string_view text, std::size_t at, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = pwrite(file, text.data(), text.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return base::system_error(written < 0 ? errno : ENOSPC, "write " + path);
    text.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::size_t>(written);
  }
  if (fdatasync(file) != 0) return base::system_error(errno, "write " + path);
  return {};
}

base::Result<std::string> read_all(int file, const std::string& path) {
  std::string text;
  char piece[65536];
  for (;;) {
    const ssize_t got = pread(file, piece, sizeof piece, static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::system_error(errno, "read " + path);
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

/// A rename is on the disk when its folder is.
void sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const base::OwnedFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) fsync(fd.get());
}

}  // namespace

base::Result<std::unique_ptr<Log>> Log::open(std::string path, Book& book, std::size_t spare_records) {
  std::unique_ptr<Log> log(new Log(std::move(path), book, spare_records));
  log->file_ = base::OwnedFd(::open(log->path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!log->file_) return base::system_error(errno, "open " + log->path_);
  const base::Result<std::string> text = read_all(log->file_.get(), log->path_);
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
  const std::string next = path_ + ".next";
  base::OwnedFd file(::open(next.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (!file) return base::system_error(errno, "open " + next);
  const base::Result<void> written = write_all(file.get(), text, 0, next);
  if (!written || std::rename(next.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(next.c_str());
    return written ? base::system_error(error, "replace " + path_) : written.error();
  }
  sync_folder_of(path_);
  file_ = std::move(file);
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
  const base::Result<void> written = write_all(file_.get(), text, sound_bytes_, path_);
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
