#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "proxy/cache/memory/reference.h"
#include "proxy/cache/rules/partial.h"
#include "proxy/cache/rules/storing.h"
#include "proxy/cache/stage/stored_body.h"

// Parts of one representation, put together (RFC 9111 section 3.4, RFC 9110 section 15.3.7.3).
namespace headgate::proxy::cache::stage {

/// What of a stored part and of the request that wants more of it is to be asked for.
struct Rest {
  enum class Kind : std::uint8_t {
    kNothing,  ///< all that the request wants is stored
    kPiece,    ///< `piece` and nothing else, if the representation still is the one with this `etag`
    kAsAsked,  ///< they have too little in common: the request as it came
  };
  Kind kind = Kind::kAsAsked;
  rules::ByteRange piece{};
  std::string_view etag;  ///< the entry's
};
Rest rest_of(const memory::Reference& part, const wire::http::RequestHead& asked, base::WallTime now);

/// A stored part and a new one as one entry.
struct Combination {
  wire::http::ResponseHead head;  ///< 206; 200 where nothing is missing any more. Views into both and the arena
  rules::Storing storing;
  std::uint64_t bytes = 0;         ///< of its body: `before`, the new part, `after`
  rules::ByteRange came{};         ///< the new part
  StoredBody::Piece before{0, 0};  ///< of the stored part's body
  StoredBody::Piece after{0, 0};
};

/// None where they are not known to be of the same representation, leave a hole between them, or may not be stored as
/// one. `fetched` is the new part, with what was judged of it; the combination's bytes are at most `bytes_max`.
std::optional<Combination> combine(const memory::Reference& part, const rules::Fetched& fetched,
                                   const rules::Storing& storing, const rules::Policy& policy, std::uint64_t bytes_max,
                                   base::Arena& arena);

}  // namespace headgate::proxy::cache::stage
