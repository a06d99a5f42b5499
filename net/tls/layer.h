#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "net/buffer_pool.h"
#include "net/socket_layer.h"
#include "net/tls/facts.h"
#include "net/tls/openssl.h"

namespace headgate::net::tls {

/// TLS under one Socket. OpenSSL makes and understands the records; when they go to and come from the kernel is decided
/// here.
///
/// Reading: OpenSSL's own buffer takes the bytes from the kernel, as many as there are, and is freed when it is empty.
/// Writing: the parts are cut into records; those of one call leave in one send. What the kernel does not take of them
/// is kept, and the bytes are reported as sent when all of it has gone. An idle connection has no buffer.
class Layer final : public SocketLayer, public Facts {
 public:
  /// `ssl` has its role. `received` are bytes that were read off the socket already.
  Layer(Socket& socket, OwnedSsl ssl, std::string_view received);
  ~Layer() override;

  /// One record then fits one segment of almost every path, and can be read when that segment has come: used while the
  /// peer's window is small, that is for the first bytes and after a pause.
  static constexpr std::size_t kSmallRecord = 1300;
  /// A full one: four of them, encrypted, fit a large buffer, and one a medium one.
  static constexpr std::size_t kRecord = 16 * 1024 - 96;
  static constexpr std::size_t kSmallRecordsBytes = 32 * 1024;  ///< then records are of full size
  static constexpr base::Duration kPause = std::chrono::seconds(1);
  static constexpr std::size_t kUnsentMax = BufferPool::kLarge + 4096;
  /// Larger pieces are encrypted from where they lie; smaller ones are put together first.
  static constexpr std::size_t kStraightBytes = 4096;

  enum class Step : std::uint8_t { kDone, kWantsInput, kWantsRoom, kFailed };
  /// Goes on with the handshake as far as it goes without waiting.
  Step shake_hands();
  /// After kFailed: why, and in failure() in a word.
  base::Error handshake_error(base::Fault fault);
  base::Error handshake_timeout(base::Fault fault);
  /// Why the peer's certificate is not believed.
  void note_verification(std::string reason) { trouble_ = std::make_unique<std::string>(std::move(reason)); }
  static Layer* of(const SSL* ssl) { return static_cast<Layer*>(SSL_get_app_data(ssl)); }

  IoResult read_some(std::span<char> out) override;
  IoResult write_some(std::span<const iovec> parts) override;
  bool is_silent() override;
  void end_writing() override;
  void forgo_end() override { says_end_ = false; }
  const tls::Facts* tls() const override { return this; }

  std::string_view alpn() const override;
  std::string_view server_name() const override;
  std::string_view version() const override;
  std::string_view cipher() const override;
  bool resumed() const override;
  bool peer_verified() const override;
  const PeerCertificate* peer_certificate() const override;
  bool covers(std::string_view host) const override;
  Failure failure() const override { return failure_; }
  std::string_view trouble() const override { return trouble_ ? std::string_view(*trouble_) : std::string_view(); }

 private:
  friend struct LayerBio;
  class Cursor;
  enum class Flushed : std::uint8_t { kAll, kMustWait, kFailed };

  /// OpenSSL's reads and writes; -1 with a retry flag on the BIO, or with socket_error_.
  int give_input(BIO* bio, char* out, int bytes);
  int take_output(BIO* bio, const char* data, int bytes);
  bool keep(std::string_view bytes);
  Flushed flush();
  void drop_unsent();
  bool holds_input() const;
  std::size_t record_limit(std::size_t left);
  void note_read_end(int result);
  IoResult write_failed();

  OwnedSsl ssl_;
  Buffer received_;  // before the layer was there
  std::size_t received_begin_ = 0;
  std::size_t received_end_ = 0;
  Buffer unsent_;  // records that wait for the kernel, or for the last of their call
  std::size_t unsent_begin_ = 0;
  std::size_t unsent_end_ = 0;
  std::size_t owed_ = 0;   // plain bytes in `unsent_`, not yet reported
  std::size_t burst_ = 0;  // plain bytes since the last pause
  base::Time last_write_{};
  IoResult last_read_;  // not kOk: reading is over
  int socket_error_ = 0;
  bool gathers_ = false;      // more records of this call follow
  bool may_receive_ = false;  // the kernel may have more, as of this call
  bool starved_ = false;      // OpenSSL asked for input and there was none
  bool ended_ = false;        // the kernel has told the end
  bool says_end_ = true;
  bool end_sent_ = false;
  bool shaken_ = false;  // the handshake is done
  Failure failure_ = Failure::kNone;
  std::unique_ptr<std::string> trouble_;  // in words; few have any
  mutable std::unique_ptr<PeerCertificate> peer_certificate_;
};

/// What an alert of the peer's says, by the reason of OpenSSL's error; empty: it is none.
std::string alert_sentence(int reason);

}  // namespace headgate::net::tls
