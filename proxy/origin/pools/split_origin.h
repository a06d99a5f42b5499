#pragma once
#include <memory>
#include <string>

#include "proxy/origin/pool_origin.h"
#include "proxy/origin/pools/write_pins.h"

namespace headgate::proxy::origin::pools {

/// Answers safe methods (RFC 9110 section 9.2.1) from one pool and all others from another. A client (by its address)
/// that wrote reads from the writer for a while, from the moment its request went out until `pin` after the answer's
/// head came; and so does everybody while no reader may be chosen.
class SplitOrigin final : public Origin {
 public:
  struct End {
    std::string name;
    std::size_t slot;  ///< in the PoolDirectory
  };
  /// `pins` outlives reloads; null: nobody is pinned.
  SplitOrigin(End read, End write, base::Duration pin, std::shared_ptr<WritePins> pins);

  net::Task<base::Result<void>> respond(Call& call, message::Response& response) const override;
  Outlook outlook(const message::Request& request, base::Arena& arena) const override;
  std::string describe() const override { return "split read " + read_.name + " write " + write_.name; }

 private:
  net::Task<base::Result<void>> write(Call& call, message::Response& response) const;
  End read_;
  End write_;
  PoolOrigin reader_;
  PoolOrigin writer_;
  base::Duration pin_;
  std::shared_ptr<WritePins> pins_;
};

}  // namespace headgate::proxy::origin::pools
