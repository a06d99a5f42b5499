#include "net/tls/layer.h"

#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace headgate::net::tls {
namespace {

/// What a record of any cipher adds to its content, rounded up.
constexpr std::size_t kRecordOverhead = 96;

}  // namespace

/// OpenSSL's way to the layer's bytes.
struct LayerBio {
  static Layer& layer_of(BIO* bio) { return *static_cast<Layer*>(BIO_get_data(bio)); }
  static int read(BIO* bio, char* out, int bytes) { return layer_of(bio).give_input(bio, out, bytes); }
  static int write(BIO* bio, const char* data, int bytes) { return layer_of(bio).take_output(bio, data, bytes); }
  static long control(BIO* bio, int what, long, void*) {
    if (what == BIO_CTRL_FLUSH) return 1;
    if (what == BIO_CTRL_EOF) return layer_of(bio).ended_ ? 1 : 0;
    return 0;
  }
  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "headgate socket");
      BIO_meth_set_read(method, &read);
      BIO_meth_set_write(method, &write);
      BIO_meth_set_ctrl(method, &control);
      return method;
    }();
    return made;
  }
};

/// Goes through the parts of one write, a record's worth at a time.
class Layer::Cursor {
 public:
  explicit Cursor(std::span<const iovec> parts) : parts_(parts) {
    for (const iovec& part : parts) left_ += part.iov_len;
  }
  std::size_t left() const { return left_; }

  /// The content of the next record, at most `limit` bytes; put together in `stage` unless it lies in one piece.
  std::string_view next(std::size_t limit, BufferPool& buffers, Buffer& stage) {
    skip_empty();
    const std::size_t here = parts_.front().iov_len - offset_;
    if (here >= std::min(limit, kStraightBytes) || here == left_) return take(std::min(here, limit));
    // Joining saves a record; of a long piece no more is copied than a record costs.
    const std::size_t joined = left_ <= limit ? left_ : std::min(limit, kStraightBytes);
    if (!stage) stage = buffers.borrow(kRecord);
    std::size_t filled = 0;
    while (filled < joined) {
      skip_empty();
      const std::string_view piece = take(std::min(parts_.front().iov_len - offset_, joined - filled));
      std::memcpy(stage.data() + filled, piece.data(), piece.size());
      filled += piece.size();
    }
    return {stage.data(), filled};
  }

 private:
  void skip_empty() {
    while (offset_ == parts_.front().iov_len) {
      parts_ = parts_.subspan(1);
      offset_ = 0;
    }
  }
  std::string_view take(std::size_t bytes) {
    const std::string_view taken(static_cast<const char*>(parts_.front().iov_base) + offset_, bytes);
    offset_ += bytes;
    left_ -= bytes;
    return taken;
  }

  std::span<const iovec> parts_;
  std::size_t offset_ = 0;
  std::size_t left_ = 0;
};

Layer::Layer(Socket& socket, OwnedSsl ssl, std::string_view received) : SocketLayer(socket), ssl_(std::move(ssl)) {
  BIO* bio = BIO_new(LayerBio::method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  if (received.empty()) return;
  received_ = socket.loop().buffers().borrow(received.size());
  std::memcpy(received_.data(), received.data(), received.size());
  received_end_ = received.size();
}

Layer::~Layer() {
  if (says_end_) end_writing();
}

int Layer::give_input(BIO* bio, char* out, int bytes) {
  BIO_clear_retry_flags(bio);
  if (received_) {
    const std::size_t taken = std::min<std::size_t>(static_cast<std::size_t>(bytes), received_end_ - received_begin_);
    std::memcpy(out, received_.data() + received_begin_, taken);
    received_begin_ += taken;
    if (received_begin_ == received_end_) received_.release();
    return static_cast<int>(taken);
  }
  if (may_receive_) {
    const IoResult got = receive({out, static_cast<std::size_t>(bytes)});
    may_receive_ = got.status == IoStatus::kOk && maybe_readable();
    if (got.status == IoStatus::kOk) return static_cast<int>(got.bytes);
    if (got.status == IoStatus::kEnd) {
      ended_ = true;
      return 0;
    }
    if (got.status == IoStatus::kFailed) {
      socket_error_ = got.error;
      return -1;
    }
  }
  starved_ = true;
  BIO_set_retry_read(bio);
  return -1;
}

int Layer::take_output(BIO* bio, const char* data, int bytes) {
  BIO_clear_retry_flags(bio);
  std::string_view rest(data, static_cast<std::size_t>(bytes));
  if (!gathers_) {
    // The last record of a call goes out from where OpenSSL has made it, behind those that were put by.
    const std::size_t before = unsent_end_ - unsent_begin_;
    const iovec parts[2] = {{unsent_.data() + unsent_begin_, before}, {const_cast<char*>(data), rest.size()}};
    const IoResult sent = send(before == 0 ? std::span(parts).last(1) : std::span(parts));
    if (sent.status == IoStatus::kFailed) {
      socket_error_ = sent.error;
      return -1;
    }
    rest.remove_prefix(sent.bytes - std::min(before, sent.bytes));
    unsent_begin_ += std::min(before, sent.bytes);
    if (unsent_begin_ == unsent_end_) drop_unsent();
  }
  if (!rest.empty() && !keep(rest)) {
    socket_error_ = ENOBUFS;
    return -1;
  }
  return bytes;
}

/// At most what one write may make is kept, and a few answers of OpenSSL's own. Only a peer that makes it answer and
/// reads nothing could get beyond that.
bool Layer::keep(std::string_view bytes) {
  const std::size_t kept = unsent_end_ - unsent_begin_;
  const std::size_t wanted = kept + bytes.size();
  if (wanted > kUnsentMax) return false;
  if (unsent_end_ + bytes.size() > unsent_.size()) {
    const bool must_grow = wanted > unsent_.size();
    Buffer larger;
    if (must_grow) larger = socket().loop().buffers().borrow(gathers_ ? BufferPool::kLarge : wanted);
    if (kept > 0) std::memmove(must_grow ? larger.data() : unsent_.data(), unsent_.data() + unsent_begin_, kept);
    if (must_grow) unsent_ = std::move(larger);
    unsent_begin_ = 0;
    unsent_end_ = kept;
  }
  std::memcpy(unsent_.data() + unsent_end_, bytes.data(), bytes.size());
  unsent_end_ += bytes.size();
  return true;
}

void Layer::drop_unsent() {
  unsent_begin_ = unsent_end_ = 0;
  unsent_.release();
}

Layer::Flushed Layer::flush() {
  if (!unsent_) return Flushed::kAll;
  const iovec part{unsent_.data() + unsent_begin_, unsent_end_ - unsent_begin_};
  const IoResult sent = send({&part, 1});
  if (sent.status == IoStatus::kFailed) {
    socket_error_ = sent.error;
    return Flushed::kFailed;
  }
  unsent_begin_ += sent.bytes;
  if (unsent_begin_ < unsent_end_) return Flushed::kMustWait;
  drop_unsent();
  return Flushed::kAll;
}

Layer::Step Layer::shake_hands() {
  if (!shaken_) {
    set_maybe_readable(true);
    may_receive_ = true;
    starved_ = false;
    gathers_ = true;
    shaken_ = SSL_do_handshake(ssl_.get()) == 1;
    gathers_ = false;
    set_maybe_readable(!starved_ && (may_receive_ || holds_input()));
  }
  const Flushed flushed = flush();
  if (flushed == Flushed::kFailed || (!shaken_ && !starved_)) return Step::kFailed;
  if (flushed == Flushed::kMustWait) return Step::kWantsRoom;
  return shaken_ ? Step::kDone : Step::kWantsInput;
}

bool Layer::holds_input() const {
  return received_ || SSL_has_pending(ssl_.get()) == 1;
}

IoResult Layer::read_some(std::span<char> out) {
  if (last_read_.status != IoStatus::kOk) return last_read_;
  set_maybe_readable(true);
  may_receive_ = true;
  std::size_t bytes = 0;
  while (bytes < out.size()) {
    starved_ = false;
    const int got =
        SSL_read(ssl_.get(), out.data() + bytes, static_cast<int>(std::min<std::size_t>(out.size() - bytes, INT_MAX)));
    if (got <= 0) {
      if (starved_) {
        set_maybe_readable(false);
        return {bytes > 0 ? IoStatus::kOk : IoStatus::kWouldBlock, 0, bytes};
      }
      note_read_end(got);
      return bytes > 0 ? IoResult{IoStatus::kOk, 0, bytes} : last_read_;
    }
    bytes += static_cast<std::size_t>(got);
    const bool holds_more = holds_input();
    // The kernel will not tell again of what OpenSSL holds.
    set_maybe_readable(holds_more || may_receive_);
    if (!holds_more) break;
  }
  return {IoStatus::kOk, 0, bytes};
}

void Layer::note_read_end(int result) {
  const bool announced = SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN;
  // In TLS 1.3 a client is done before the server has judged its certificate.
  if (std::string said = alert_sentence(ERR_GET_REASON(ERR_peek_error())); !said.empty()) {
    trouble_ = std::make_unique<std::string>(std::move(said));
  }
  ERR_clear_error();
  if (announced) {
    last_read_ = {IoStatus::kEnd, 0, 0};
  } else if (ended_) {
    last_read_ = {IoStatus::kEnd, ECONNRESET, 0};
  } else {
    last_read_ = {IoStatus::kFailed, socket_error_ != 0 ? socket_error_ : EPROTO, 0};
  }
  if (last_read_.status == IoStatus::kEnd) note_peer_closed();
  set_maybe_readable(true);  // whoever got the bytes before it has yet to hear of it
  // After an error OpenSSL says no more on this connection.
  if (!announced) says_end_ = says_end_ && ended_;
}

std::size_t Layer::record_limit(std::size_t left) {
  if (burst_ >= kSmallRecordsBytes) return kRecord;
  // So little fits the first window of any path.
  return left <= kStraightBytes ? kStraightBytes : kSmallRecord;
}

IoResult Layer::write_some(std::span<const iovec> parts) {
  if (unsent_) {
    const Flushed flushed = flush();
    if (flushed == Flushed::kFailed) return {IoStatus::kFailed, socket_error_, 0};
    if (flushed == Flushed::kMustWait) return {IoStatus::kWouldBlock, 0, 0};
    if (owed_ > 0) return {IoStatus::kOk, 0, std::exchange(owed_, 0)};
  }
  Loop& loop = socket().loop();
  if (loop.now() - last_write_ > kPause) burst_ = 0;
  last_write_ = loop.now();
  Cursor cursor(parts);
  Buffer stage;
  std::size_t plain = 0;
  std::size_t sealed = 0;
  while (cursor.left() > 0) {
    const std::string_view content = cursor.next(record_limit(cursor.left()), loop.buffers(), stage);
    burst_ += content.size();
    sealed += content.size() + kRecordOverhead;
    gathers_ = cursor.left() > 0 && sealed + record_limit(cursor.left()) + kRecordOverhead <= BufferPool::kLarge;
    const int written = SSL_write(ssl_.get(), content.data(), static_cast<int>(content.size()));
    if (written != static_cast<int>(content.size())) return write_failed();
    plain += content.size();
    if (!gathers_) break;
  }
  if (!unsent_) return {IoStatus::kOk, 0, plain};
  owed_ = plain;
  return {IoStatus::kWouldBlock, 0, 0};
}

IoResult Layer::write_failed() {
  gathers_ = says_end_ = false;
  ERR_clear_error();
  return {IoStatus::kFailed, socket_error_ != 0 ? socket_error_ : EPROTO, 0};
}

bool Layer::is_silent() {
  if (last_read_.status != IoStatus::kOk) return false;
  // What has come may be no more than a ticket.
  set_maybe_readable(true);
  may_receive_ = true;
  starved_ = false;
  char byte;
  const int got = SSL_peek(ssl_.get(), &byte, 1);
  if (got > 0) return false;
  if (starved_) {
    set_maybe_readable(false);
    return true;
  }
  note_read_end(got);
  return false;
}

void Layer::end_writing() {
  if (end_sent_ || !shaken_ || failure_ != Failure::kNone) return;
  end_sent_ = true;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace headgate::net::tls
