#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "proxy/cache/rules/storing.h"
#include "wire/http/date.h"
#include "wire/http/messages.h"

// What the tests of proxy/cache/rules share: heads from short texts, and one moment at which everything begins.
namespace headgate::proxy::cache::rules::testing {

using std::chrono::seconds;

/// Fri, 01 Jan 2027 00:00:00 GMT.
inline constexpr std::int64_t kThenSeconds = 1798761600;
inline constexpr base::WallTime kThen{std::chrono::seconds(kThenSeconds)};

/// The date that many seconds after kThen, as in a field.
inline std::string date_after(std::int64_t delta) {
  std::string out(wire::http::kDateBytes, ' ');
  wire::http::write_date(kThenSeconds + delta, out.data());
  return out;
}

/// Fields from "Name: value\nName: value"; "@+60" and "@-60" as a value are dates relative to kThen.
class Written {
 public:
  explicit Written(std::string_view lines) {
    while (!lines.empty()) {
      const std::size_t end = std::min(lines.find('\n'), lines.size());
      const std::string_view line = lines.substr(0, end);
      lines.remove_prefix(std::min(end + 1, lines.size()));
      const std::size_t colon = line.find(':');
      std::string_view value = line.substr(colon + 1);
      if (value.starts_with(' ')) value.remove_prefix(1);
      texts_.push_back({std::string(line.substr(0, colon)), value.starts_with('@')
                                                                ? date_after(std::stoll(std::string(value.substr(1))))
                                                                : std::string(value)});
    }
  }
  wire::http::Fields fields() const {
    wire::http::Fields out;
    for (const auto& [name, value] : texts_) out.add(name, value);
    return out;
  }

 private:
  std::vector<std::pair<std::string, std::string>> texts_;
};

/// A request and its answer; what it gives is valid while it lives.
struct Pair {
  wire::http::RequestHead request;
  wire::http::ResponseHead response;

  Pair(std::string_view request_fields, std::uint16_t status, std::string_view response_fields)
      : asked_(request_fields), answered_(response_fields) {
    request.method_text = "GET";
    request.host = request.authority = "example.com";
    request.path = "/a";
    request.fields = asked_.fields();
    response.status = status;
    response.fields = answered_.fields();
  }
  Fetched fetched(base::Duration delay = {}) const { return {request, response, kThen - delay, kThen, false, false}; }

 private:
  Written asked_;
  Written answered_;
};

}  // namespace headgate::proxy::cache::rules::testing
