// A request to the admin API, "METHOD PATH?QUERY\nBODY", as far as it is taken apart before anything is done.
#include "proxy/admin/api/members.h"
#include "proxy/admin/api/parameters.h"
#include "proxy/admin/api/request.h"
#include "proxy/admin/api/router.h"
#include "tests/fuzz/wire_fuzz.h"

using namespace headgate;
namespace api = proxy::admin::api;
using proxy::admin::Json;

namespace {

/// What comes before `end`, which is taken off with it; all of it without one.
std::string_view take_until(std::string_view& text, char end) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), taken.size() + 1));
  return taken;
}

void read_members(const Json& body) {
  api::Members members(body);
  const std::optional<std::uint32_t> percent = members.number("percent", 0, 100);
  fuzz::require(!percent || *percent <= 100, "within its range");
  [[maybe_unused]] const auto over = members.duration("over", base::Duration(0), std::chrono::hours(24));
  const std::optional<std::string> why = members.text("why", 200);
  fuzz::require(!why || (why->size() <= 200 && why->find('\n') == std::string::npos), "one line within its bound");
  const std::optional<api::Answer> refused = members.refusal();
  fuzz::require(!refused || refused->status == 400, "a refusal is a 400");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view body(reinterpret_cast<const char*>(bytes), size);
  std::string_view line = take_until(body, '\n');
  const std::string_view method = take_until(line, ' ');
  const std::string_view path = take_until(line, '?');

  const api::Found found = api::find_route(api::routes(), wire::http::method_from(method), path);
  fuzz::require(found.route == nullptr || found.allow.empty(), "a route, or what else the path is for");
  for (const std::string& name : found.names) fuzz::require(!name.empty(), "no empty names");

  api::Parameters parameters(line);
  const std::optional<std::uint64_t> limit = parameters.number("limit", 1, 10);
  fuzz::require(!limit || (*limit >= 1 && *limit <= 10), "within its range");
  [[maybe_unused]] const std::vector<std::string> pools = parameters.texts("pool", 8);
  const std::optional<api::Answer> refused = parameters.refusal();
  fuzz::require(!refused || refused->status == 400, "a refusal is a 400");

  const std::variant<Json, api::Answer> parsed = api::parse_body(body);
  if (const auto* answer = std::get_if<api::Answer>(&parsed)) {
    fuzz::require(answer->status == 400 && !answer->body["detail"].empty(), "a refusal is a 400 that says why");
    return 0;
  }
  fuzz::require(std::get<Json>(parsed).is_object(), "a body is an object");
  read_members(std::get<Json>(parsed));
  return 0;
}
