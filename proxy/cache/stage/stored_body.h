#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "proxy/cache/flight/flight.h"
#include "proxy/cache/memory/reader.h"
#include "proxy/cache/stage/store.h"
#include "proxy/message/body.h"

namespace headgate::proxy::cache::stage {

/// A stored body, or a piece of it, as it is sent: from where it lies, and while it still grows.
class StoredBody final : public message::BodySource {
 public:
  struct Piece {
    std::uint64_t from = 0;
    std::uint64_t to = memory::Body::kUnknown;  ///< not inclusive; kUnknown: to the end, wherever that is
  };
  /// A fetch may be held back by its slowest reader for so many times as long as its origin may be silent, and the
  /// other readers wait a little longer than that: a client that takes nothing is given up by its connection well
  /// before.
  static constexpr int kPatience = 4;

  /// `stall`: how long the origin may be silent.
  StoredBody(memory::Reference entry, Piece piece, Store& store, std::size_t worker, net::Loop& loop,
             base::Duration stall);

  ~StoredBody() override;

  std::string_view take_ready() override;
  bool at_end() const override;
  net::Task<base::Result<void>> wait() override;

 private:
  static constexpr std::size_t kPieces = 8;

  bool has_news() const;
  /// What was taken before is sent: its place may be written to again.
  void settle();

  std::optional<memory::Reader> reader_;  // none: it is about to be destroyed
  Piece piece_;
  std::uint64_t taken_;  // up to here, of the body
  std::array<iovec, kPieces> ready_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::shared_ptr<flight::Flight> flight_;  // null: it is complete
  std::size_t worker_;
  net::Loop& loop_;
  base::Duration stall_;
};

}  // namespace headgate::proxy::cache::stage
