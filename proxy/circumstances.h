#pragma once
#include "proxy/given_sockets.h"
#include "proxy/systemd/notifier.h"

namespace headgate::proxy {

/// What a daemon finds when it is started: who is told of it, and what it was given. The default is a start by hand.
struct Circumstances {
  systemd::Notifier notifier;
  GivenSockets sockets;
};

}  // namespace headgate::proxy
