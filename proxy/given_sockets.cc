#include "proxy/given_sockets.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "proxy/binds.h"
#include "proxy/systemd/assignment.h"

namespace headgate::proxy {

void GivenSockets::assign(const config::Config& config) {
  std::vector<systemd::PassedAddress> addresses;
  for (const systemd::PassedSocket& each : passed_) addresses.push_back({each.name, each.socket.endpoint()});
  systemd::Assignment assignment = systemd::assign(config, addresses);
  assigned_.clear();
  for (const auto& [place, socket] : assignment.binds) {
    assigned_.emplace(Binds::key_of(config.listeners[place.first], place.second), socket);
  }
  if (assignment.admin_bind) assigned_.emplace(kAdminBind, *assignment.admin_bind);
  if (assignment.admin_socket) assigned_.emplace(kAdminSocket, *assignment.admin_socket);
  unmatched_ = std::move(assignment.unmatched);
}

std::vector<std::string> GivenSockets::close_unmatched() {
  std::vector<std::string> said;
  for (auto each = unmatched_.rbegin(); each != unmatched_.rend(); ++each) {
    const systemd::PassedSocket& socket = passed_[*each];
    said.push_back(
        fmt::format("the socket {} ({}) that the service manager passed is closed: no listener has its address as a "
                    "bind, and none that lacks a socket has its name (FileDescriptorName=)",
                    socket.name, socket.socket.endpoint().text()));
    passed_.erase(passed_.begin() + static_cast<std::ptrdiff_t>(*each));
    for (auto& [bind, index] : assigned_) index -= index > *each ? 1 : 0;
  }
  unmatched_.clear();
  return said;
}

const systemd::PassedSocket* GivenSockets::passed_for(const std::string& bind) const {
  const auto found = assigned_.find(bind);
  return found == assigned_.end() ? nullptr : &passed_[found->second];
}

std::vector<net::ListeningSocket> GivenSockets::take_inherited(const std::string& bind) {
  std::vector<net::ListeningSocket> taken;
  std::vector<InheritedSocket> rest;
  for (InheritedSocket& each : inherited_) {
    if (each.bind == bind) {
      taken.push_back(std::move(each.socket));
    } else {
      rest.push_back(std::move(each));
    }
  }
  inherited_ = std::move(rest);
  return taken;
}

std::vector<std::string> GivenSockets::not_taken() const {
  std::set<std::string> binds;
  for (const InheritedSocket& each : inherited_) binds.insert(each.bind);
  return {binds.begin(), binds.end()};
}

bool GivenSockets::has_port(const base::Endpoint& wanted) const {
  const auto has = [&](const auto& each) {
    return !each.socket.endpoint().is_unix() && each.socket.endpoint().port() == wanted.port();
  };
  return std::any_of(passed_.begin(), passed_.end(), has) || std::any_of(inherited_.begin(), inherited_.end(), has);
}

}  // namespace headgate::proxy
