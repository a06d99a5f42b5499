#pragma once
#include <memory>

#include "proxy/cache/stage/stored_body.h"
#include "proxy/cache/stage/tier/look.h"

namespace headgate::proxy::cache::stage::tier {

/// A body, or a piece of it, that lies on the disk alone, as it is sent: read a piece at a time, each verified before a
/// byte of it is given, with the next one on its way meanwhile. Holds two pieces of disk::kPieceBytes.
class LargeBody final : public message::BodySource {
 public:
  LargeBody(const Large& large, StoredBody::Piece piece, Store& store, std::size_t worker, net::Loop& loop,
            base::Duration stall);

  std::string_view take_ready() override;
  bool at_end() const override { return taken_ == to_; }
  net::Task<base::Result<void>> wait() override;

 private:
  /// One piece on its way from the disk.
  struct Read {
    std::uint64_t number = 0;
    std::unique_ptr<char[]> bytes;
    std::shared_ptr<flight::Flight> flight;
  };
  std::shared_ptr<Read> begin_read(std::uint64_t number);

  std::shared_ptr<const disk::Object> object_;
  key::Hash hash_;
  std::uint64_t taken_;  // up to here, of the body
  std::uint64_t to_;
  Store& store_;
  std::size_t worker_;
  net::Loop& loop_;
  base::Duration stall_;
  std::shared_ptr<Read> current_;  // whole, and verified
  std::shared_ptr<Read> next_;
};

}  // namespace headgate::proxy::cache::stage::tier
