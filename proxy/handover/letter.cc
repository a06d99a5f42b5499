#include "proxy/handover/letter.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace headgate::proxy::handover {
namespace {

using Json = nlohmann::json;

base::Error malformed_letter(std::string_view what) {
  return {base::ErrorKind::kMalformed, base::Fault::kHeadgate,
          fmt::format("what the running headgate hands over cannot be read: {}", what)};
}

bool read_text(const Json& object, const char* name, std::string& out) {
  const auto found = object.find(name);
  if (found == object.end()) return true;
  if (!found->is_string()) return false;
  out = found->get<std::string>();
  return true;
}

/// A member that is a whole number from 0 to `max`.
bool read_number(const Json& object, const char* name, std::uint64_t max, std::uint64_t& out) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return false;
  out = found->get<std::uint64_t>();
  return out <= max;
}

bool read_socket(const Json& object, LetterSocket& out) {
  std::uint64_t worker = 0;
  if (!object.is_object() || !read_text(object, "bind", out.bind) || !read_text(object, "passed", out.passed)) {
    return false;
  }
  if (object.contains("worker") && !read_number(object, "worker", Letter::kSocketsMax, worker)) return false;
  out.worker = out.bind.empty() ? 0 : worker;
  return out.bind.empty() != out.passed.empty();
}

}  // namespace

std::string letter_text(const Letter& letter) {
  Json sockets = Json::array();
  for (const LetterSocket& each : letter.sockets) {
    if (each.bind.empty()) {
      sockets.push_back({{"passed", each.passed}});
    } else {
      sockets.push_back({{"bind", each.bind}, {"worker", each.worker}});
    }
  }
  const Json whole = {{"handover", Letter::kFormat},      {"pid", letter.pid},
                      {"version", letter.version},        {"sockets", sockets},
                      {"health", letter.health},          {"tickets", letter.tickets},
                      {"sticky_keys", letter.sticky_keys}};
  return whole.dump(-1, ' ', false, Json::error_handler_t::replace);
}

base::Result<Letter> parse_letter(std::string_view text) {
  if (text.size() > Letter::kBytesMax) return malformed_letter("it is too long");
  const Json whole = Json::parse(text, nullptr, false);
  std::uint64_t format = 0;
  if (!whole.is_object() || !read_number(whole, "handover", 1'000'000, format))
    return malformed_letter("it is no letter");
  if (format != Letter::kFormat) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                       fmt::format("the running headgate hands over in format {}, and this one knows only {}: restart "
                                   "instead of upgrading",
                                   format, Letter::kFormat)};
  }
  Letter letter;
  std::uint64_t pid = 0;
  if (!read_number(whole, "pid", 0x7fffffff, pid) || pid == 0) return malformed_letter("no pid");
  letter.pid = static_cast<pid_t>(pid);
  if (!read_text(whole, "version", letter.version) || !read_text(whole, "health", letter.health) ||
      !read_text(whole, "tickets", letter.tickets) || !read_text(whole, "sticky_keys", letter.sticky_keys)) {
    return malformed_letter("a text is not one");
  }
  const auto sockets = whole.find("sockets");
  if (sockets == whole.end() || !sockets->is_array()) return malformed_letter("no sockets");
  if (sockets->size() > Letter::kSocketsMax) return malformed_letter("too many sockets");
  for (const Json& each : *sockets) {
    if (!read_socket(each, letter.sockets.emplace_back())) return malformed_letter("a socket without a bind");
  }
  return letter;
}

}  // namespace headgate::proxy::handover
