#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

struct evp_cipher_ctx_st;

namespace headgate::proxy::sticky {

/// What a cookie says, to whoever has the key.
struct Session {
  std::uint64_t client = 0;   ///< a number of chance, the client's own as long as it keeps its cookie
  std::uint64_t backend = 0;  ///< the backend's identity
  std::uint32_t issued = 0;   ///< seconds since 1970
  friend bool operator==(const Session&, const Session&) = default;
};

/// Seals sessions of one pool into text and opens them again: AES-256-GCM with a nonce of chance, the pool's name being
/// what is authenticated beside, so that a cookie is of no use in another pool. Texts of one session have nothing in
/// common. For one thread, since it keeps the keys' schedules. docs/decisions/0027.
class Sealer {
 public:
  static constexpr std::size_t kTextBytes = 64;
  using Text = std::array<char, kTextBytes>;

  /// There must be a key; the first seals.
  Sealer(const config::StickyKeys& keys, std::string_view pool);
  ~Sealer();
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;

  Text seal(const Session& session);
  /// Nothing for a text that was not sealed by one of the keys for this pool: forged, cut, foreign, of a key that is
  /// gone. It does not say which.
  std::optional<Session> open(std::string_view text);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_cipher_ctx_st, Free>;
  static Context context_of(const config::StickyKey& key, bool seals);
  bool open_with(evp_cipher_ctx_st& context, std::uint8_t* sealed, std::uint8_t* plain) const;

  std::string pool_;
  Context sealing_;
  std::vector<Context> opening_;
};

}  // namespace headgate::proxy::sticky
