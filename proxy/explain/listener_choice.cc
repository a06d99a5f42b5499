#include "proxy/explain/listener_choice.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "base/suggest.h"

namespace headgate::proxy::explain {
namespace {

/// Which bind of which listener; a URL's address that is bound itself goes before a wildcard, as it does in the kernel.
struct Fit {
  std::uint32_t listener = 0;
  const base::Endpoint* bind = nullptr;
  bool by_address = false;
};

bool is_wildcard(const base::IpAddress& address) {
  return address.masked(0) == address;
}

std::vector<Fit> fits_of(const Target& target, const config::Config& config, const Binds& binds) {
  const std::optional<base::IpAddress> address = base::IpAddress::parse(target.host);
  std::vector<Fit> exact;
  std::vector<Fit> loose;
  for (std::uint32_t listener = 0; listener < binds.size(); ++listener) {
    if (config.listeners[listener].protocol != target.protocol) continue;
    for (const base::Endpoint& bind : binds[listener]) {
      if (bind.is_unix() || bind.port() != target.port) continue;
      if (!address) {
        loose.push_back({listener, &bind, false});
      } else if (bind.address() == *address) {
        exact.push_back({listener, &bind, true});
      } else if (is_wildcard(bind.address()) && bind.address().is_v4() == address->is_v4()) {
        loose.push_back({listener, &bind, false});
      }
    }
  }
  return exact.empty() ? loose : exact;
}

std::string https_note(const Target& target, const config::Listener& listener) {
  return target.is_https && !listener.tls
             ? "; it does not speak TLS itself: https ends before headgate, and counts as such if a "
               "trusted proxy says so"
             : "";
}

std::string first_bind(const std::vector<base::Endpoint>& binds) {
  return binds.empty() ? std::string("not open") : binds.front().text();
}

base::Error of_another_protocol(const config::Listener& listener) {
  const bool is_tcp = listener.protocol == config::Protocol::kTcp;
  return base::Error{
      base::ErrorKind::kInvalid, base::Fault::kUser,
      is_tcp ? fmt::format("listener {0} is of protocol tcp and has no requests: ask for tcp://{0}", listener.name)
             : fmt::format("listener {} is of protocol http: ask with an http:// URL", listener.name)};
}

/// The first listener of the target's protocol, for want of one that fits; an error if one of another protocol does.
base::Result<ChosenListener> first_of_protocol(const Target& target, const config::Config& config, const Binds& binds) {
  const config::Listener* first = nullptr;
  std::vector<std::string> others;
  for (std::uint32_t i = 0; i < config.listeners.size(); ++i) {
    const config::Listener& listener = config.listeners[i];
    if (listener.protocol == target.protocol) {
      if (first == nullptr) {
        first = &listener;
      } else {
        others.push_back(listener.name);
      }
      continue;
    }
    for (const base::Endpoint& bind : binds[i]) {
      if (!bind.is_unix() && bind.port() == target.port) return of_another_protocol(listener);
    }
  }
  if (first == nullptr) return of_another_protocol(config.listeners.front());
  ChosenListener out;
  out.index = static_cast<std::uint32_t>(first - config.listeners.data());
  out.part.name = first->name;
  out.part.bind = first_bind(binds[out.index]);
  out.part.why = fmt::format("nothing listens on port {}; {}", target.port,
                             others.empty() && config.listeners.size() == 1 ? "this is the only listener"
                             : others.empty()                               ? "this is the only one of its protocol"
                                                                            : "this is the first of the file");
  out.part.why += https_note(target, *first);
  out.part.others = std::move(others);
  return out;
}

base::Result<ChosenListener> named(const std::string& name, const config::Config& config, const Binds& binds,
                                   const Target& target) {
  std::vector<std::string> known;
  for (std::uint32_t i = 0; i < config.listeners.size(); ++i) {
    known.push_back(config.listeners[i].name);
    if (config.listeners[i].name != name) continue;
    if (config.listeners[i].protocol != target.protocol) return of_another_protocol(config.listeners[i]);
    ChosenListener out{i, {}};
    out.part.name = name;
    out.part.bind = first_bind(binds[i]);
    for (const Fit& fit : fits_of(target, config, binds)) {
      if (fit.listener == i) out.part.bind = fit.bind->text();
    }
    out.part.why = "as asked for" + https_note(target, config.listeners[i]);
    return out;
  }
  return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                     fmt::format("no listener named '{}'{}", name, base::suggestion_for(name, known))};
}

}  // namespace

base::Result<ChosenListener> choose_listener(const Question& question, const Target& target,
                                             const config::Config& config, const Binds& binds) {
  if (!question.listener.empty()) return named(question.listener, config, binds, target);
  const std::vector<Fit> fits = fits_of(target, config, binds);
  if (fits.empty()) return first_of_protocol(target, config, binds);
  ChosenListener out;
  out.index = fits.front().listener;
  out.part.name = config.listeners[out.index].name;
  out.part.bind = fits.front().bind->text();
  out.part.why = fits.front().by_address ? "by its address and port" : fmt::format("by its port {}", target.port);
  for (const Fit& fit : fits) {
    const std::string& name = config.listeners[fit.listener].name;
    const bool is_known = fit.listener == out.index || (!out.part.others.empty() && out.part.others.back() == name);
    if (!is_known) out.part.others.push_back(name);
  }
  out.part.why += https_note(target, config.listeners[out.index]);
  return out;
}

}  // namespace headgate::proxy::explain
