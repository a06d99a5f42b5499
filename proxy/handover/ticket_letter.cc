#include "proxy/handover/ticket_letter.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

namespace headgate::proxy::handover {
namespace {

using Json = nlohmann::json;
using net::tls::TicketKey;
using net::tls::TicketKeys;

base::Error malformed_tickets(std::string_view what) {
  return {base::ErrorKind::kMalformed, base::Fault::kHeadgate, fmt::format("no ticket keys: {}", what)};
}

std::string hex_of(std::span<const unsigned char> bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

int nibble_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool read_hex(const Json& object, const char* name, std::span<unsigned char> out) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return false;
  const auto& text = found->get_ref<const std::string&>();
  if (text.size() != 2 * out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = nibble_of(text[2 * i]);
    const int low = nibble_of(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return true;
}

bool read_key(const Json& object, TicketKey& out) {
  if (!object.is_object()) return false;
  const auto since = object.find("since_ns");
  if (since == object.end() || !since->is_number_integer() || since->get<std::int64_t>() < 0) return false;
  out.since = base::WallTime(base::WallTime::duration(since->get<std::int64_t>()));
  return read_hex(object, "name", out.name) && read_hex(object, "cipher", out.cipher) &&
         read_hex(object, "mac", out.mac);
}

}  // namespace

std::string tickets_text(const TicketKeysByListener& keys) {
  Json listeners = Json::object();
  for (const auto& [listener, set] : keys) {
    Json list = Json::array();
    for (const TicketKey& key : set) {
      list.push_back({{"since_ns", key.since.time_since_epoch().count()},
                      {"name", hex_of(key.name)},
                      {"cipher", hex_of(key.cipher)},
                      {"mac", hex_of(key.mac)}});
    }
    listeners[listener] = std::move(list);
  }
  return Json{{"tickets", kTicketsFormat}, {"listeners", std::move(listeners)}}.dump();
}

base::Result<TicketKeysByListener> parse_tickets(std::string_view text) {
  TicketKeysByListener out;
  if (text.empty()) return out;
  const Json whole = Json::parse(text, nullptr, false);
  if (!whole.is_object()) return malformed_tickets("no JSON object");
  const auto format = whole.find("tickets");
  if (format == whole.end() || *format != kTicketsFormat) return malformed_tickets("a format that is not known here");
  const auto listeners = whole.find("listeners");
  if (listeners == whole.end() || !listeners->is_object()) return malformed_tickets("no listeners");
  if (listeners->size() > kTicketListenersMax) return malformed_tickets("too many listeners");
  for (const auto& [listener, list] : listeners->items()) {
    if (!list.is_array() || list.size() > TicketKeys::kKeysMax)
      return malformed_tickets("a listener without a list of keys");
    TicketKeys::Set& set = out[listener];
    for (const Json& each : list) {
      if (!read_key(each, set.emplace_back())) return malformed_tickets("a key that is none");
    }
  }
  return out;
}

}  // namespace headgate::proxy::handover
