#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/tls/sessions.h"

namespace headgate::proxy::handover {

/// The keys of each listener's session tickets, by the listener's name.
using TicketKeysByListener = std::map<std::string, net::tls::TicketKeys::Set>;

/// What the letter carries of them, so that sessions go on over an upgrade: JSON with a format number of its own.
/// Whoever has it can read what was resumed over TLS 1.2, so it goes from memory to memory alone.
std::string tickets_text(const TicketKeysByListener& keys);

/// Any text is keys or an error; nothing is taken half. No error quotes the text. An empty text is no keys.
base::Result<TicketKeysByListener> parse_tickets(std::string_view text);

inline constexpr int kTicketsFormat = 1;
inline constexpr std::size_t kTicketListenersMax = 16 * 1024;

}  // namespace headgate::proxy::handover
