#include "proxy/tcp/relay.h"

#include <utility>

namespace headgate::proxy::tcp {
namespace {

using listener::ConnectionEnding;

/// A pipe of the loop's, given back however its user ends.
class BorrowedPipe {
 public:
  explicit BorrowedPipe(net::PipePool& pool) : pool_(pool) {}
  ~BorrowedPipe() { give_back(); }
  BorrowedPipe(const BorrowedPipe&) = delete;
  BorrowedPipe& operator=(const BorrowedPipe&) = delete;

  /// False if there are no descriptors for one.
  bool borrow() {
    if (!pipe_) pipe_ = pool_.borrow();
    return static_cast<bool>(pipe_);
  }
  void give_back() {
    if (pipe_) pool_.give_back(std::exchange(pipe_, net::Pipe()));
  }
  net::Pipe* operator->() { return &pipe_; }

 private:
  net::PipePool& pool_;
  net::Pipe pipe_;
};

}  // namespace

Relay::Relay(net::Socket& client, net::Socket& backend, Counted up, Counted down, base::Duration idle)
    : loop_(client.loop()),
      up_{client, backend, up},
      down_{backend, client, down},
      idle_(idle),
      last_moved_(loop_.now()),
      share_(loop_),
      over_(loop_) {}

net::Task<ConnectionEnding> Relay::run(net::Buffer buffer, std::string_view early) {
  net::Task<void> up = carry(up_, std::move(buffer), early);
  net::Task<void> down = carry(down_, net::Buffer(), {});
  up.start();
  down.start();
  // One timer for both ways: it looks when the time would be over, and nothing is set anew for what moves meanwhile.
  while (true) {
    const bool over = co_await over_.wait(last_moved_ + idle_);
    if (over) break;
    if (loop_.now() < last_moved_ + idle_) continue;
    ending_ = ConnectionEnding::kIdle;
    break;
  }
  co_return ending_;
}

net::Task<void> Relay::carry(Way& way, net::Buffer buffer, std::string_view early) {
  if (!early.empty()) {
    note(way, early.size());
    const bool sent = co_await write(way, early);
    if (!sent) co_return;
  }
  buffer.release();
  while (true) {
    // Ready at once if the last read may have left something.
    [[maybe_unused]] const net::WaitStatus waited = co_await way.from.readable(base::kNever);
    buffer = loop_.buffers().borrow(kCopyBytes);
    const net::IoResult got = way.from.read_some({buffer.data(), kCopyBytes});
    if (got.status == net::IoStatus::kOk) {
      note(way, got.bytes);
      const iovec part{buffer.data(), got.bytes};
      const net::IoResult put = way.to.write_some({&part, 1});
      const std::size_t taken = put.status == net::IoStatus::kOk ? put.bytes : 0;
      if (put.status == net::IoStatus::kFailed) co_return fail(way.to);
      if (taken < got.bytes) {
        const std::string_view rest(buffer.data() + taken, got.bytes - taken);
        const bool sent = co_await write(way, rest);
        if (!sent) co_return;
      }
    }
    buffer.release();
    if (got.status == net::IoStatus::kFailed) co_return fail(way.from);
    if (got.status == net::IoStatus::kEnd) co_return finish(way);
    if (got.status == net::IoStatus::kWouldBlock) continue;
    if (got.bytes == kCopyBytes) {
      const Flow flow = co_await carry_stream(way);
      if (flow == Flow::kOver) co_return finish(way);
      if (flow == Flow::kFailed) co_return;
    }
    if (share_.is_used_up(got.bytes)) co_await net::next_turn(loop_);
  }
}

net::Task<bool> Relay::write(Way& way, std::string_view bytes) {
  while (!bytes.empty()) {
    const iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    const net::IoResult put = way.to.write_some({&part, 1});
    if (put.status == net::IoStatus::kFailed) {
      fail(way.to);
      co_return false;
    }
    if (put.status == net::IoStatus::kOk) {
      bytes.remove_prefix(put.bytes);
      last_moved_ = loop_.now();
      continue;
    }
    way.is_stuck = true;
    [[maybe_unused]] const net::WaitStatus waited = co_await way.to.writable(base::kNever);
    way.is_stuck = false;
  }
  co_return true;
}

net::Task<Relay::Flow> Relay::carry_stream(Way& way) {
  BorrowedPipe pipe(loop_.pipes());
  std::size_t since_waited = 0;
  while (true) {
    if (!pipe.borrow()) co_return Flow::kThin;
    const net::IoResult got = pipe->fill(way.from, kSpliceBytes);
    if (got.status == net::IoStatus::kFailed) {
      fail(way.from);
      co_return Flow::kFailed;
    }
    if (got.status == net::IoStatus::kEnd) co_return Flow::kOver;
    if (got.status == net::IoStatus::kWouldBlock) {
      if (since_waited < kStreamBytesMin) co_return Flow::kThin;
      since_waited = 0;
      pipe.give_back();
      [[maybe_unused]] const net::WaitStatus waited = co_await way.from.readable(base::kNever);
      continue;
    }
    since_waited += got.bytes;
    note(way, got.bytes);
    while (pipe->held() > 0) {
      const net::IoResult put = pipe->drain(way.to, false);
      if (put.status == net::IoStatus::kFailed) {
        fail(way.to);
        co_return Flow::kFailed;
      }
      if (put.status == net::IoStatus::kOk) {
        last_moved_ = loop_.now();
        continue;
      }
      way.is_stuck = true;
      [[maybe_unused]] const net::WaitStatus waited = co_await way.to.writable(base::kNever);
      way.is_stuck = false;
    }
    if (share_.is_used_up(got.bytes)) co_await net::next_turn(loop_);
  }
}

void Relay::note(Way& way, std::size_t bytes) {
  last_moved_ = loop_.now();
  if (way.bytes == 0) way.first_byte = last_moved_;
  way.bytes += bytes;
  way.counted.received.add(bytes);
  way.counted.sent.add(bytes);
}

void Relay::finish(Way& way) {
  way.is_over = true;
  way.to.shutdown_write();
  last_moved_ = loop_.now();
  if (up_.is_over && down_.is_over) over_.open();
}

void Relay::fail(const net::Socket& cut) {
  ending_ = &cut == &up_.from ? ConnectionEnding::kClientReset : ConnectionEnding::kBackendReset;
  over_.open();
}

}  // namespace headgate::proxy::tcp
