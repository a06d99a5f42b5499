#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "proxy/route/flat_table.h"

namespace headgate::proxy::tcp {

/// Which pool a connection goes to, by what its ClientHello asks for. Compiled once, then only read; a look-up costs
/// the same for 10 names as for 10,000: one hash for the name, and one for each dot in it.
class Routing {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  explicit Routing(const config::TcpTargets& targets);

  bool needs_hello() const { return needs_hello_; }
  /// The names of all pools that a connection may go to, each once. Choices count in them.
  const std::vector<std::string>& pools() const { return pools_; }

  /// What decided.
  enum class By : std::uint8_t { kProtocol, kName, kWildcard, kDefault, kNothing };
  struct Choice {
    std::uint32_t pool = kNone;  ///< in pools()
    By by = By::kNothing;
    std::string_view key;  ///< what stands in the file: "acme-tls/1", "*.example.com"
  };
  /// A protocol that the client offers, in the file's order; then its name, exactly; then the longest wildcard that
  /// covers it; then the default. `server_name` is as the client sent it, or empty; `protocols` as in ClientHello.
  Choice choose(std::string_view server_name, std::string_view protocols) const;

 private:
  struct Entry {
    std::string key;
    std::uint32_t pool;
  };
  std::uint32_t pool_index(const std::string& name);
  std::uint32_t find(std::string_view name) const;

  bool needs_hello_;
  std::uint32_t default_ = kNone;
  std::vector<std::string> pools_;
  std::vector<Entry> protocols_;
  std::vector<Entry> names_;  // "*.example.com" among them
  route::FlatTable table_;    // hash of what follows the '*', or of the name -> in names_
};

}  // namespace headgate::proxy::tcp
