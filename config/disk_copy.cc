#include "config/disk_copy.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "config/files.h"
#include "config/yaml/document.h"

namespace headgate::config {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * kNanoseconds + time.tv_nsec;
}

}  // namespace

base::Result<DiskCopy::Mark> DiskCopy::mark_of(const std::string& file) {
  struct stat of{};
  if (::stat(file.c_str(), &of) != 0) return base::system_error(errno, file, base::Fault::kUser);
  if (!S_ISREG(of.st_mode)) {  // a pipe would be waited for
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, file + " is no regular file"};
  }
  return Mark{.device = of.st_dev,
              .inode = of.st_ino,
              .bytes = static_cast<std::uint64_t>(of.st_size),
              .modified_ns = nanoseconds(of.st_mtim),
              .changed_ns = nanoseconds(of.st_ctim)};
}

void DiskCopy::look(std::shared_ptr<const Config> running) {
  if (!running->is_from_file) {
    *this = DiskCopy();
    running_ = std::move(running);
    error_ = "the configuration was not read from a file";
    return;
  }
  const base::Result<Mark> mark = mark_of(running->file);
  if (mark && mark_ && *mark_ == *mark && running_ == running) return;
  *this = DiskCopy();
  running_ = std::move(running);
  differs_ = true;
  if (!mark) {
    error_ = mark.error().message;
    return;
  }
  base::Result<std::string> text = read_text(running_->file, yaml::kTextBytesMax);
  if (!text) {
    error_ = text.error().message;
    return;
  }
  mark_ = *mark;  // of before the reading: what is written meanwhile has another one
  differs_ = *text != running_->text;
  if (differs_) other_text_ = std::move(*text);
}

}  // namespace headgate::config
