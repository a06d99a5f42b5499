#include "net/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace headgate::net {
namespace {

/// Asked of the kernel; it gives less to who has many pipes. The default of 64 KiB halves the gain, and with less than
/// that (a page or two, beyond pipe-user-pages-soft) copying is cheaper.
constexpr int kCapacityBytes = 256 * 1024;
constexpr int kCapacityBytesMin = 64 * 1024;

}  // namespace

Pipe Pipe::open() {
  int ends[2];
  Pipe out;
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return out;
  out.out_ = ends[0];
  out.in_ = ends[1];
  if (::fcntl(out.in_, F_SETPIPE_SZ, kCapacityBytes) < 0 && ::fcntl(out.in_, F_GETPIPE_SZ) < kCapacityBytesMin)
    return {};
  return out;
}

Pipe::~Pipe() {
  if (in_ < 0) return;
  ::close(in_);
  ::close(out_);
}

IoResult Pipe::fill(Socket& from, std::size_t max) {
  const IoResult got = from.splice_to(in_, max);
  if (got.status == IoStatus::kOk) held_ += got.bytes;
  return got;
}

IoResult Pipe::drain(Socket& to, bool more) {
  const IoResult put = to.splice_from(out_, held_, more);
  if (put.status == IoStatus::kOk) held_ -= put.bytes;
  return put;
}

Pipe PipePool::borrow() {
  if (spare_.empty()) return Pipe::open();
  Pipe pipe = std::move(spare_.back());
  spare_.pop_back();
  return pipe;
}

void PipePool::give_back(Pipe pipe) {
  if (pipe && pipe.held() == 0 && spare_.size() < kSpareMax) spare_.push_back(std::move(pipe));
}

}  // namespace headgate::net
