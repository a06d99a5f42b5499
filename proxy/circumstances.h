#pragma once
#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "health/heritage.h"
#include "proxy/given_sockets.h"
#include "proxy/handover/program.h"
#include "proxy/handover/successor.h"
#include "proxy/handover/ticket_letter.h"
#include "proxy/systemd/notifier.h"

namespace headgate::proxy {

/// What a daemon finds when it is started: who is told of it, what it was given, and by whom. The default is a start by
/// hand of what cannot be upgraded.
struct Circumstances {
  systemd::Notifier notifier;
  GivenSockets sockets;
  std::optional<handover::Program> program;        ///< what an upgrade starts; none: no upgrades
  std::function<void()> handed_over;               ///< called when an upgrade has succeeded; may be empty
  std::unique_ptr<handover::Successor> successor;  ///< null if this process follows upon no other
  pid_t predecessor_pid = 0;
  std::string predecessor_version;
  health::Heritage heritage;   ///< what the predecessor knew of health
  std::string heritage_lacks;  ///< why there is none, although there is a predecessor; empty if there is
  handover::TicketKeysByListener ticket_keys;  ///< with which the predecessor's listeners made session tickets
  std::string sticky_keys;                     ///< the predecessor's own, as they stand in a file; empty: none
  std::string ticket_keys_lack;                ///< as heritage_lacks

  /// Takes the letter of the predecessor and its sockets.
  base::Result<void> take_over();
  /// A start that fails says so to whoever waits for it.
  void say_failed(std::string_view what, std::string_view why);
};

}  // namespace headgate::proxy
