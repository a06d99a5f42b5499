#include "proxy/admin/api/request.h"

#include <fmt/format.h>

#include <set>

namespace headgate::proxy::admin::api {
namespace {

Answer too_long() {
  return problem(413, fmt::format("A body has at most {} bytes.", kBodyBytesMax));
}

/// Looks at a document while it is parsed, for what JSON allows and this API does not.
class Strictness {
 public:
  /// nlohmann's parser asks this; false leaves the value out, which then no longer matters.
  bool look(int depth, Json::parse_event_t event, const Json& parsed) {
    if (!trouble_.empty()) return false;
    switch (event) {
      case Json::parse_event_t::object_start:
        names_.emplace_back();
        return is_within_depth(depth);
      case Json::parse_event_t::array_start:
        return is_within_depth(depth);
      case Json::parse_event_t::object_end:
        names_.pop_back();
        return true;
      case Json::parse_event_t::key:
        if (names_.back().insert(parsed.get<std::string>()).second) return true;
        trouble_ =
            fmt::format("The member {} comes twice.", parsed.dump(-1, ' ', true, Json::error_handler_t::replace));
        return false;
      case Json::parse_event_t::array_end:
      case Json::parse_event_t::value:
        return true;
    }
    return true;
  }
  const std::string& trouble() const { return trouble_; }

 private:
  bool is_within_depth(int depth) {
    if (depth < kBodyDepthMax) return true;
    trouble_ = fmt::format("The body is nested deeper than {} levels.", kBodyDepthMax);
    return false;
  }
  std::vector<std::set<std::string>> names_;
  std::string trouble_;
};

/// "line 2, column 7" of the byte that was read last, counted from 1.
std::string place_of(std::string_view text, std::size_t bytes_read) {
  const std::string_view before = text.substr(0, bytes_read == 0 ? 0 : bytes_read - 1);
  std::size_t line = 1;
  std::size_t line_begin = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] != '\n') continue;
    ++line;
    line_begin = i + 1;
  }
  return fmt::format("line {}, column {}", line, before.size() - line_begin + 1);
}

}  // namespace

net::Task<std::variant<std::string, Answer>> read_body(origin::Call& call) {
  using Read = std::variant<std::string, Answer>;
  message::BodySource* body = call.request.body;
  std::string text;
  if (body == nullptr) co_return Read(std::move(text));
  if (call.request.body_length && *call.request.body_length > kBodyBytesMax) co_return Read(too_long());
  if (call.request.expects_continue) {
    wire::http::ResponseHead go_on;
    go_on.status = 100;
    const base::Result<void> sent = co_await call.client.send_interim(go_on);
    if (!sent) co_return Read(problem(400, sent.error().message));
  }
  while (true) {
    const std::string_view bytes = body->take_ready();
    if (text.size() + bytes.size() > kBodyBytesMax) co_return Read(too_long());
    text += bytes;
    if (!bytes.empty()) continue;
    if (body->at_end()) co_return Read(std::move(text));
    const base::Result<void> waited = co_await body->wait();
    if (!waited) co_return Read(problem(400, "The body did not arrive whole: " + waited.error().message));
  }
}

std::variant<Json, Answer> parse_body(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Json::object();
  Strictness strictness;
  try {
    Json body = Json::parse(text, [&](int depth, Json::parse_event_t event, Json& parsed) {
      return strictness.look(depth, event, parsed);
    });
    if (!strictness.trouble().empty()) return problem(400, strictness.trouble());
    if (!body.is_object()) return problem(400, fmt::format("The body is a JSON object, not {}.", body.type_name()));
    return body;
  } catch (const Json::parse_error& malformed) {
    return problem(400, fmt::format("The body is not JSON at {}.", place_of(text, malformed.byte)));
  } catch (const Json::exception&) {  // a number that no double holds
    return problem(400, "The body has a number out of range.");
  }
}

}  // namespace headgate::proxy::admin::api
