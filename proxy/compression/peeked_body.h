#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "proxy/message/body.h"

namespace headgate::proxy::compression {

/// A body whose beginning was looked at before it is sent: it gives what was looked at first, and then the rest of its
/// source. Or a text that is at hand, with nothing behind it.
class PeekedBody final : public message::BodySource {
 public:
  static constexpr std::size_t kPieces = 8;

  explicit PeekedBody(std::unique_ptr<message::BodySource> source) : source_(std::move(source)) {}
  explicit PeekedBody(std::string_view text) { add(text); }

  /// Takes what there is without waiting, until that is more than `bytes`. Where nothing is at hand the source is asked
  /// once: it may have something in the kernel, or in a file. Before the first take_ready().
  void look(std::size_t bytes);
  /// Of what was looked at.
  std::span<const std::string_view> seen() const { return std::span(pieces_).first(count_); }
  std::size_t seen_bytes() const { return bytes_; }
  /// It was looked at from end to end.
  bool is_seen_whole() const { return (!source_ || source_->at_end()) && !waiting_.valid() && !failure_; }

  std::string_view take_ready() override;
  bool at_end() const override { return next_ == count_ && is_seen_whole(); }
  net::Task<base::Result<void>> wait() override;
  const wire::http::Fields* trailers() const override { return source_ ? source_->trailers() : nullptr; }

  /// Waits as far as that goes at once. True: as after wait(). False: the source has paused, and wait() goes on.
  bool try_wait();
  /// The body ended before its time; wait() says why.
  bool has_failed() const { return failure_.has_value(); }

 private:
  void add(std::string_view piece) {
    if (piece.empty()) return;
    pieces_[count_++] = piece;
    bytes_ += piece.size();
  }

  std::unique_ptr<message::BodySource> source_;  // null: a text
  std::array<std::string_view, kPieces> pieces_;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  std::optional<base::Error> failure_;  // of a wait that was over at once
  net::Task<base::Result<void>> waiting_;
};

}  // namespace headgate::proxy::compression
