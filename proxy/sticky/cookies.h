#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/clock.h"
#include "config/config.h"
#include "proxy/sticky/keyring.h"
#include "proxy/sticky/memo.h"
#include "proxy/sticky/sealer.h"
#include "wire/http/field.h"

namespace headgate::proxy::sticky {

/// What a request's Cookie fields came to.
struct Shown {
  enum class Kind : std::uint8_t {
    kNone,     ///< no cookie of that name
    kGood,     ///< `session` holds
    kOld,      ///< it holds, and more than half of its time is over: a new one is due
    kRefused,  ///< forged, foreign, of another pool or of a key that is gone
    kExpired,  ///< older than max_age
  };
  Kind kind = Kind::kNone;
  Session session;  ///< of kGood, kOld and kExpired
};

/// The cookies of one pool as one thread reads and makes them. Follows the keyring.
class Cookies {
 public:
  /// A cookie of an instance whose clock is ahead is taken all the same, up to this.
  static constexpr std::uint32_t kAheadMax = 300;
  /// Cookies of the name that are tried in one request: a browser has one for each Path and Domain.
  static constexpr int kTriesMax = 4;
  /// Cookies that were read of late, whose seal is not opened again: 720 KiB.
  static constexpr std::size_t kRemembered = 8192;

  Cookies(config::StickyCookie settings, std::string_view pool, std::shared_ptr<const Keyring> keys);

  const config::StickyCookie& settings() const { return settings_; }
  /// Takes the cookies of that name out of the fields, which then refer to `arena` where others were in the same field,
  /// and says what the first that holds says. `now` is looked at where there is one, in seconds since 1970.
  Shown take(wire::http::Fields& fields, base::Arena& arena, std::uint32_t now);
  /// The same, and the fields stay as they are.
  Shown look(const wire::http::Fields& fields, std::uint32_t now);
  /// A Set-Cookie value that says `session`.
  std::string_view write(const Session& session, bool secure, base::Arena& arena);

 private:
  void follow_keys();
  Shown take_from_all(wire::http::Fields& fields, base::Arena& arena, std::uint32_t now);
  Shown judge(std::string_view text, std::uint32_t now);
  Shown judge_session(const Session& session, std::uint32_t now) const;
  void consider(std::string_view value, std::uint32_t now, int& tries, Shown& out);

  config::StickyCookie settings_;
  std::string needle_;  // "name="
  std::string pool_;
  std::uint32_t max_age_;  // seconds; 0: none
  std::string plain_attributes_;
  std::string secure_attributes_;
  std::shared_ptr<const Keyring> keys_;
  std::uint64_t generation_;
  Sealer sealer_;
  Memo<Session, Sealer::kTextBytes, kRemembered> memo_;
};

/// A client's number, by chance; never 0.
std::uint64_t make_client();

}  // namespace headgate::proxy::sticky
