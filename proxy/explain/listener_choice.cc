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

std::vector<Fit> fits_of(const Target& target, const Binds& binds) {
  const std::optional<base::IpAddress> address = base::IpAddress::parse(target.host);
  std::vector<Fit> exact;
  std::vector<Fit> loose;
  for (std::uint32_t listener = 0; listener < binds.size(); ++listener) {
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

std::string https_note(const Target& target) {
  return target.is_https ? "; it does not speak TLS itself: https ends before headgate, and counts as such if a "
                           "trusted proxy says so"
                         : "";
}

std::string first_bind(const std::vector<base::Endpoint>& binds) {
  return binds.empty() ? std::string("not open") : binds.front().text();
}

base::Result<ChosenListener> named(const std::string& name, const config::Config& config, const Binds& binds,
                                   const Target& target) {
  std::vector<std::string> known;
  for (std::uint32_t i = 0; i < config.listeners.size(); ++i) {
    known.push_back(config.listeners[i].name);
    if (config.listeners[i].name != name) continue;
    ChosenListener out{i, {}};
    out.part.name = name;
    out.part.bind = first_bind(binds[i]);
    for (const Fit& fit : fits_of(target, binds)) {
      if (fit.listener == i) out.part.bind = fit.bind->text();
    }
    out.part.why = "as asked for" + https_note(target);
    return out;
  }
  return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                     fmt::format("no listener named '{}'{}", name, base::suggestion_for(name, known))};
}

}  // namespace

base::Result<ChosenListener> choose_listener(const Question& question, const Target& target,
                                             const config::Config& config, const Binds& binds) {
  if (!question.listener.empty()) return named(question.listener, config, binds, target);
  const std::vector<Fit> fits = fits_of(target, binds);
  ChosenListener out;
  if (fits.empty()) {
    const bool is_only = config.listeners.size() == 1;
    out.part.name = config.listeners.front().name;
    out.part.bind = first_bind(binds.front());
    out.part.why = fmt::format("nothing listens on port {}; {}", target.port,
                               is_only ? "this is the only listener" : "this is the first of the file");
    for (std::size_t i = 1; i < config.listeners.size(); ++i) out.part.others.push_back(config.listeners[i].name);
    out.part.why += https_note(target);
    return out;
  }
  out.index = fits.front().listener;
  out.part.name = config.listeners[out.index].name;
  out.part.bind = fits.front().bind->text();
  out.part.why = fits.front().by_address ? "by its address and port" : fmt::format("by its port {}", target.port);
  for (const Fit& fit : fits) {
    const std::string& name = config.listeners[fit.listener].name;
    const bool is_known = fit.listener == out.index || (!out.part.others.empty() && out.part.others.back() == name);
    if (!is_known) out.part.others.push_back(name);
  }
  out.part.why += https_note(target);
  return out;
}

}  // namespace headgate::proxy::explain
