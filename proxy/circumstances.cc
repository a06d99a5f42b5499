#include "proxy/circumstances.h"

#include <utility>
#include <vector>

#include "proxy/handover/health_letter.h"
#include "proxy/systemd/status_line.h"

namespace headgate::proxy {

base::Result<void> Circumstances::take_over() {
  notifier.be_silent();  // until the predecessor says that this process is the service
  base::Result<handover::Letter> letter = successor->receive();
  if (!letter) return letter.error();
  predecessor_pid = letter->pid;
  predecessor_version = letter->version;
  base::Result<health::Heritage> known = handover::parse_health(letter->health);
  if (known) {
    heritage = std::move(*known);
  } else {
    heritage_lacks = known.error().message;
  }
  sticky_keys = std::move(letter->sticky_keys);
  base::Result<handover::TicketKeysByListener> keys = handover::parse_tickets(letter->tickets);
  if (keys) {
    ticket_keys = std::move(*keys);
  } else {
    ticket_keys_lack = keys.error().message;
  }
  std::vector<systemd::PassedSocket> passed;
  std::vector<InheritedSocket> inherited;
  for (std::size_t i = 0; i < letter->sockets.size(); ++i) {
    const handover::LetterSocket& line = letter->sockets[i];
    const bool is_passed = line.bind.empty();
    base::Result<net::ListeningSocket> socket = net::ListeningSocket::adopt(
        successor->descriptors()[i].take(), is_passed ? net::Elsewhere::kStaysOpen : net::Elsewhere::kNowhere);
    if (!socket) return socket.error();
    if (is_passed) {
      passed.push_back({line.passed, std::move(*socket)});
    } else {
      inherited.push_back({line.bind, line.worker, std::move(*socket)});
    }
  }
  sockets = GivenSockets(std::move(passed), std::move(inherited));
  return {};
}

void Circumstances::say_failed(std::string_view what, std::string_view why) {
  notifier.status(std::string(what) + systemd::one_line(why));
  if (successor) successor->say_failed(why);
}

}  // namespace headgate::proxy
