#include <fmt/core.h>

#include <unordered_map>

#include "config/sections/geo/geo.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections {
namespace {

/// A backend while its map is read: `address` and `resolve` exclude each other.
struct BackendDraft {
  Backend backend;
  std::optional<base::Endpoint> address;
  std::optional<BackendName> name;
  std::optional<Duration> every;
  std::string written;  ///< the address or name, the default of `id`
  bool has_weight = false;
  bool has_address = false;
  bool has_name = false;
};

void read_address(const Reader& at, BackendDraft& out) {
  out.has_address = true;
  const std::optional<std::string> written = at.scalar("an address such as 10.0.1.11:8080");
  if (!written) return;
  if (parse_host_and_port(*written) || parse_backend_name(*written)) {
    return at.problem(
        fmt::format("{} is a name; to follow DNS write {{ resolve: \"{}\" }}", yaml::in_quotes(*written), *written));
  }
  const std::optional<base::Endpoint> endpoint = read_endpoint(at);
  if (!endpoint) return;
  if (!endpoint->is_unix() && endpoint->port() == 0) return at.problem("a backend has a port from 1 to 65535");
  out.address = endpoint;
  out.written = *written;
}

void read_resolve(const Reader& at, BackendDraft& out) {
  out.has_name = true;
  const std::optional<std::string> written = at.scalar("a name and port such as app.internal:8080");
  if (!written) return;
  base::Result<BackendName> name = parse_backend_name(*written);
  if (!name) return at.problem(name.error().message);
  out.name = std::move(*name);
  out.written = *written;
}

void read_every(const Reader& at, BackendDraft& out) {
  Duration every = 10s;
  at.duration(every, {100ms, 24h});
  out.every = every;
}

constexpr Key<BackendDraft> kBackendKeys[] = {
    {"address", read_address},
    {"resolve", read_resolve},
    {"every", read_every},
    {"weight",
     [](const Reader& at, BackendDraft& out) {
       out.has_weight = true;
       at.number(out.backend.weight, {0, 256});
     }},
    {"id", [](const Reader& at, BackendDraft& out) { at.text(out.backend.id, {1, 128}); }},
    {"max_requests", [](const Reader& at, BackendDraft& out) { at.number(out.backend.max_requests, {0, 1'000'000}); }},
    {"priority", [](const Reader& at, BackendDraft& out) { at.number(out.backend.priority, {0, kPriorityMax}); }},
    {"region", [](const Reader& at, BackendDraft& out) { geo::read_region_name(at, out.backend.region); }},
    {"backup", [](const Reader& at, BackendDraft& out) { at.boolean(out.backend.backup); }},
    {"drain", [](const Reader& at, BackendDraft& out) { at.boolean(out.backend.drain); }},
};

void read_long_form(const Reader& at, BackendDraft& draft) {
  if (!read_map(at, kBackendKeys, draft)) return;
  if (draft.has_address == draft.has_name) {
    at.problem(draft.has_address ? "has both address and resolve; a backend has one of them"
                                 : "a backend has an address or a name to resolve");
  } else if (draft.every && draft.has_address) {
    at.problem("every is for resolve; an address never changes");
  } else if (draft.has_weight && draft.name && draft.name->is_service) {
    at.problem("has a weight, and its SRV records say weights; remove it");
  }
}

std::string identity_of(const Backend& backend) {
  if (const BackendAddress* fixed = std::get_if<BackendAddress>(&backend.where)) return fixed->address.text();
  return text_of(std::get<BackendName>(backend.where));
}

/// What a pool holds already: identity or id -> line.
using Lines = std::unordered_map<std::string, int>;

bool is_new(const Reader& at, const std::string& text, Lines& lines, std::string_view what) {
  const auto [first, inserted] = lines.try_emplace(text, at.place().line);
  if (!inserted) at.problem(fmt::format("{} {} is in this pool already, in line {}", what, text, first->second));
  return inserted;
}

}  // namespace

void read_backends(const Reader& at, Pool& out) {
  Lines identities;
  Lines ids;
  at.each_value([&](const Reader& one) {
    BackendDraft draft;
    draft.backend.place = one.place();
    if (one.is_map()) {
      read_long_form(one, draft);
    } else {
      read_address(one, draft);
    }
    if (draft.has_address == draft.has_name || (!draft.address && !draft.name)) return;
    if (draft.name) {
      if (draft.every) draft.name->every = *draft.every;
      draft.backend.where = *draft.name;
    } else {
      draft.backend.where = BackendAddress{*draft.address};
    }
    if (draft.backend.id.empty()) draft.backend.id = draft.written;
    if (!is_new(one, identity_of(draft.backend), identities, "backend")) return;
    if (!is_new(one, draft.backend.id, ids, "id")) return;
    out.backends.push_back(std::move(draft.backend));
  });
}

void settle_regions(Config& config) {
  for (Pool& pool : config.pools) {
    for (Backend& backend : pool.backends) {
      backend.elsewhere = !config.region.empty() && backend.region != config.region;
    }
  }
}

void list_backend_keys(KeyList& out) {
  out.add_under("[]", kBackendKeys);
}

}  // namespace headgate::config::sections
