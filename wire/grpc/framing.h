#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Messages of gRPC in the bodies of HTTP/2 ("Length-Prefixed-Message" of gRPC's PROTOCOL-HTTP2): a byte that says
// whether it is compressed, four of its length, most significant first, and the message.
namespace headgate::wire::grpc {

inline constexpr std::size_t kPrefixBytes = 5;

/// Puts the prefix of an uncompressed message behind what is in `out`.
void append_prefix(std::string& out, std::uint32_t message_bytes);

/// Takes messages out of a body that comes in pieces. Pure.
///
///     reader.feed(bytes);
///     while (reader.next() == MessageReader::State::kMessage) use(reader.message());
class MessageReader {
 public:
  enum class State : std::uint8_t {
    kNeedsMore,
    kMessage,    ///< message() and is_compressed() are of the next one
    kMalformed,  ///< a flag other than 0 and 1; nothing more is read
    kTooLarge,   ///< over the bound; nothing more is read
  };

  explicit MessageReader(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  /// What is kept is bounded by one message over what was fed at once.
  void feed(std::string_view bytes) {
    if (failure_ == State::kNeedsMore) unread_.append(bytes);
  }
  State next();
  /// Valid until the next call of feed() or next().
  std::string_view message() const { return message_; }
  bool is_compressed() const { return is_compressed_; }
  /// Nothing is left of a message that has begun: the body may end here.
  bool is_between_messages() const { return unread_.size() == taken_; }

 private:
  const std::size_t message_bytes_max_;
  std::string unread_;
  std::size_t taken_ = 0;  // of unread_, by the last message
  std::string_view message_;
  bool is_compressed_ = false;
  State failure_ = State::kNeedsMore;
};

}  // namespace headgate::wire::grpc
