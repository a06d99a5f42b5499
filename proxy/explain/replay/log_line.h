#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip_address.h"

namespace headgate::proxy::explain::replay {

/// What a line of the access log says of a request. An empty text: the line has no such member.
struct LogLine {
  std::string listener;
  std::string method;
  std::string scheme;
  std::string host;
  std::string path;
  std::string query;
  std::string protocol;
  std::string route;
  std::string user_agent;
  std::string referer;
  std::string ending;
  std::string tls_client_subject;
  std::string tls_client_fingerprint;
  base::IpAddress client;
  std::uint64_t request_bytes = 0;
  std::uint16_t status = 0;
  // Longer than what the log keeps of it.
  bool query_is_cut = false;
  bool user_agent_is_cut = false;
  bool referer_is_cut = false;
};

/// Why a line cannot be replayed.
enum class Unusable : std::uint8_t {
  kNotJson,     ///< among them lines that were cut off by a crash or a full disk
  kTooLong,     ///< beyond kLineBytesMax
  kNoMember,    ///< JSON, but without client and listener: another program's log
  kConnection,  ///< of a tcp connection, which has no requests
  kQuery,       ///< of a query of DNS
  kNoRequest,   ///< refused before there was a method and a path
  kCut,         ///< method, host or path are longer than what the log keeps of them
  kCount,
};
/// For a person: "no JSON (cut off, or not of format: json)".
std::string_view to_string(Unusable why);

/// Far more than the longest line that headgate writes.
inline constexpr std::size_t kLineBytesMax = 256 * 1024;

/// Reads a line of `access_log: { format: json }`, without its line end; members that it does not know are passed over.
/// Nothing if it is usable.
std::optional<Unusable> read_log_line(std::string_view line, LogLine& out);

/// Whether a line looks like the combined format of other servers.
bool looks_combined(std::string_view line);

}  // namespace headgate::proxy::explain::replay
