#include "proxy/systemd/assignment.h"

namespace headgate::proxy::systemd {
namespace {

std::optional<base::Endpoint> endpoint_of_admin_socket(const config::Admin& admin) {
  return admin.socket ? base::Endpoint::unix_path(*admin.socket) : std::nullopt;
}

bool take_by_address(const config::Config& config, const base::Endpoint& endpoint, std::size_t socket,
                     Assignment& out) {
  for (std::size_t listener = 0; listener < config.listeners.size(); ++listener) {
    const std::vector<base::Endpoint>& binds = config.listeners[listener].bind;
    for (std::size_t bind = 0; bind < binds.size(); ++bind) {
      if (binds[bind] == endpoint && out.binds.emplace(std::pair(listener, bind), socket).second) return true;
    }
  }
  if (!out.admin_bind && config.admin.bind == endpoint) {
    out.admin_bind = socket;
    return true;
  }
  if (!out.admin_socket && endpoint_of_admin_socket(config.admin) == endpoint) {
    out.admin_socket = socket;
    return true;
  }
  return false;
}

bool take_by_name(const config::Config& config, const PassedAddress& passed, std::size_t socket, Assignment& out) {
  for (std::size_t listener = 0; listener < config.listeners.size(); ++listener) {
    if (config.listeners[listener].name != passed.name) continue;
    for (std::size_t bind = 0; bind < config.listeners[listener].bind.size(); ++bind) {
      if (out.binds.emplace(std::pair(listener, bind), socket).second) return true;
    }
    return false;
  }
  if (passed.name != "admin") return false;
  const bool is_wanted = passed.endpoint.is_unix() ? config.admin.socket.has_value() : config.admin.bind.has_value();
  std::optional<std::size_t>& place = passed.endpoint.is_unix() ? out.admin_socket : out.admin_bind;
  if (!is_wanted || place) return false;
  place = socket;
  return true;
}

}  // namespace

Assignment assign(const config::Config& config, const std::vector<PassedAddress>& passed) {
  Assignment out;
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < passed.size(); ++i) {
    if (!take_by_address(config, passed[i].endpoint, i, out)) unknown.push_back(i);
  }
  for (const std::size_t i : unknown) {
    if (!take_by_name(config, passed[i], i, out)) out.unmatched.push_back(i);
  }
  return out;
}

}  // namespace headgate::proxy::systemd
