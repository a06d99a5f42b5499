#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "config/sections/sections.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections {
namespace {

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const Named& one : all) names.push_back(one.name);
  return names;
}

/// The first that is not just any; 0: there is none.
std::uint16_t first_port_of(const Listener& listener) {
  for (const base::Endpoint& endpoint : listener.bind) {
    if (!endpoint.is_unix() && endpoint.port() != 0) return endpoint.port();
  }
  return 0;
}

/// Every mention must be the name of something.
void check_names(const std::vector<Mention>& mentions, const std::vector<std::string>& names, std::string_view what,
                 ProblemList& problems) {
  const std::unordered_set<std::string_view> known(names.begin(), names.end());
  for (const Mention& mention : mentions) {
    if (known.contains(mention.text)) continue;
    problems.add(mention.place, mention.path,
                 fmt::format("no {} named {}{}", what, yaml::in_quotes(mention.text),
                             problems.suggestion_for(mention.text, names)));
  }
}

/// No two mentions may be the same.
void check_unique(const std::vector<Mention>& mentions, std::string_view what, ProblemList& problems) {
  std::unordered_map<std::string_view, const Mention*> seen;
  for (const Mention& mention : mentions) {
    const auto [first, is_new] = seen.try_emplace(mention.text, &mention);
    if (is_new) continue;
    problems.add(mention.place, mention.path,
                 fmt::format("{} {} is already that of {}, in line {}", what, yaml::in_quotes(mention.text),
                             first->second->path, first->second->place.line));
  }
}

/// A route is for requests, and so are the listeners that it names.
void check_have_requests(const Config& config, Reading& reading) {
  for (const Mention& mention : reading.listeners_used) {
    const auto named = std::ranges::find(config.listeners, mention.text, &Listener::name);
    if (named == config.listeners.end() || named->protocol == Protocol::kHttp) continue;
    reading.problems.add(mention.place, mention.path,
                         fmt::format("listener {} is of protocol: {} and has no requests to match",
                                     yaml::in_quotes(mention.text), named->protocol == Protocol::kTcp ? "tcp" : "dns"));
  }
}

}  // namespace

void check_references(const Config& config, Reading& reading) {
  check_names(reading.pools_used, names_of(config.pools), "pool", reading.problems);
  check_names(reading.listeners_used, names_of(config.listeners), "listener", reading.problems);
  check_names(reading.caches_used, names_of(config.caches), "cache", reading.problems);
  check_have_requests(config, reading);
  check_unique(reading.route_names, "the name", reading.problems);
  check_unique(reading.cache_folders, "the folder", reading.problems);
  // Port 0 is a new port each time.
  std::erase_if(reading.binds,
                [](const Mention& bind) { return !bind.text.starts_with("unix:") && bind.text.ends_with(":0"); });
  check_unique(reading.binds, "the address", reading.problems);
}

void settle_redirects(Config& config, Reading& reading) {
  check_names(reading.redirects, names_of(config.listeners), "listener", reading.problems);
  for (const Mention& mention : reading.redirects) {
    const auto target = std::find_if(config.listeners.begin(), config.listeners.end(),
                                     [&](const Listener& listener) { return listener.name == mention.text; });
    if (target == config.listeners.end()) continue;
    const std::uint16_t port = first_port_of(*target);
    if (!target->tls) {
      reading.problems.add(mention.place, mention.path,
                           fmt::format("listener {} has no tls; a redirect leads to one that has", target->name));
    } else if (port == 0) {
      reading.problems.add(mention.place, mention.path,
                           fmt::format("listener {} binds no port that a client could be told", target->name));
    }
    for (Listener& listener : config.listeners) {
      if (listener.redirect == target->name) listener.redirect_port = port;
    }
  }
}

}  // namespace headgate::config::sections
