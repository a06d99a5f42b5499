#include <fmt/core.h>
#include <sched.h>

#include <algorithm>

#include "base/ascii.h"
#include "config/files.h"
#include "config/placeholders.h"
#include "config/sections/dns/dns.h"
#include "config/sections/geo/geo.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections {
namespace {

constexpr std::uint32_t kWorkersMax = 1024;

/// The CPUs that this process may run on.
std::uint32_t usable_cpus() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::clamp<std::uint32_t>(static_cast<std::uint32_t>(CPU_COUNT(&set)), 1, kWorkersMax);
}

void read_workers(const Reader& at, Config& out) {
  const std::string wanted = fmt::format("auto or a whole number from 1 to {}", kWorkersMax);
  const std::optional<std::string> written = at.scalar(wanted);
  if (!written || *written == "auto") return;
  const std::optional<std::uint32_t> workers = base::parse_decimal<std::uint32_t>(*written);
  if (!workers || *workers < 1 || *workers > kWorkersMax) {
    return at.problem(fmt::format("expected {}, found {}", wanted, yaml::in_quotes(*written)));
  }
  out.workers = *workers;
}

void read_access_log_file(const Reader& at, AccessLog& out) {
  std::string written;
  at.text(written, {1, 4096});
  if (written == "stdout" || written == "syslog") out.file = written;
  if (written.empty() || written == "stdout" || written == "syslog") return;
  if (const std::optional<std::string> path = read_file_path(at, written)) out.file = *path;
}

bool is_one_line_of_fields(const Reader& at, const std::string& format) {
  std::optional<std::string_view> unknown;
  const std::vector<TemplatePart> parts = split_template(format, access_log_placeholders(), unknown);
  const auto fields = std::count_if(parts.begin(), parts.end(), [](const auto& part) { return part.placeholder >= 0; });
  const bool is_one_line = format.find_first_of("\r\n") == std::string::npos;
  if (!is_one_line) at.problem("expected one line, found a line break");
  const bool has_fields = fields >= 1 && static_cast<std::size_t>(fields) <= kAccessLogFieldsMax;
  if (!has_fields) at.problem(fmt::format("expected 1 to {} {{fields}}, found {}", kAccessLogFieldsMax, fields));
  return is_one_line && has_fields;
}

void read_format(const Reader& at, AccessLog& out) {
  std::string format;
  at.text(format, {1, 4096});
  if (format.empty()) return;
  if (format != "json" && format != "combined") {
    if (format.find('{') == std::string::npos) {
      constexpr std::string_view kFormats[] = {"json", "combined"};
      return at.problem(fmt::format("expected json, combined or a text with {{fields}}, found {}{}",
                                    yaml::in_quotes(format), at.reading().problems.suggestion_for(format, kFormats)));
    }
    if (!has_known_placeholders(at, format, access_log_placeholders())) return;
    if (!is_one_line_of_fields(at, format)) return;
  }
  out.format = std::move(format);
}

void read_sample(const Reader& at, AccessLog& out) {
  double percent = out.sample * 100;
  at.percent(percent);
  out.sample = percent / 100;
}

constexpr Key<AccessLog> kAccessLogKeys[] = {
    {"file", read_access_log_file},
    {"format", read_format},
    {"sample", read_sample},
};

void read_level(const Reader& at, LogSettings& out) {
  at.word(out.level, {{"debug", base::LogLevel::kDebug},
                      {"info", base::LogLevel::kInfo},
                      {"warn", base::LogLevel::kWarn},
                      {"error", base::LogLevel::kError}});
}

void read_log_file(const Reader& at, LogSettings& out) {
  std::string written;
  at.text(written, {1, 4096});
  if (written == "stderr" || written == "stdout") out.file = written;
  if (written.empty() || written == "stderr" || written == "stdout") return;
  if (const std::optional<std::string> path = read_file_path(at, written)) out.file = *path;
}

constexpr Key<LogSettings> kLogKeys[] = {
    {"level", read_level},
    {"file", read_log_file},
};

/// Admin while its map is read; whether `bind` needs a token shows at the end.
struct AdminDraft {
  Admin admin;
  std::optional<Mention> bind;
  bool has_place = false;  ///< bind or socket is given, be it wrong
  bool has_token_file = false;
  std::optional<Mention> never_without_token;
};

void read_admin_bind(const Reader& at, AdminDraft& out) {
  out.has_place = true;
  const std::optional<base::Endpoint> endpoint = read_endpoint(at);
  if (!endpoint) return;
  if (endpoint->is_unix()) return at.problem("a unix path belongs into admin.socket");
  out.admin.bind = endpoint;
  out.bind = at.mention(endpoint->text());
  at.reading().binds.push_back(*out.bind);
}

void read_token_file(const Reader& at, AdminDraft& out) {
  out.has_token_file = true;
  std::string written;
  at.text(written, {1, 4096});
  if (written.empty()) return;
  base::Result<std::string> token = read_secret(absolute_path(at.reading().folder, written));
  if (!token) return at.problem(token.error().message);
  out.admin.token = std::move(*token);
}

void read_without_token(const Reader& at, AdminDraft& out) {
  at.word(out.admin.reads_without_token, {{"loopback", true}, {"never", false}});
  if (!out.admin.reads_without_token) out.never_without_token = at.mention("never");
}

void read_socket(const Reader& at, AdminDraft& out) {
  out.has_place = true;
  std::string written;
  at.text(written, {1, 4096});
  if (written.empty()) return;
  const std::optional<std::string> path = read_file_path(at, written);
  if (!path) return;
  const std::optional<base::Endpoint> endpoint = base::Endpoint::unix_path(*path);
  if (!endpoint) return at.problem("the path of a unix socket is at most 107 bytes long");
  out.admin.socket = *path;
  at.reading().binds.push_back(at.mention(endpoint->text()));
}

constexpr Key<AdminDraft> kAdminKeys[] = {
    {"bind", read_admin_bind},
    {"token_file", read_token_file},
    {"read_without_token", read_without_token},
    {"socket", read_socket},
};

void read_resolvers(const Reader& at, Config& out) {
  at.each_item([&](const Reader& one) {
    const std::optional<base::Endpoint> server = read_endpoint(one);
    if (!server) return;
    if (server->is_unix() || server->port() == 0)
      return one.problem("a name server has an address and a port, as 10.0.0.53:53");
    out.resolvers.push_back(*server);
  });
}

void read_state_directory(const Reader& at, Config& out) {
  std::string written;
  at.text(written, {1, 4096});
  if (written.empty()) return;
  out.state_directory = absolute_path(at.reading().folder, written);
}

constexpr Key<Config> kFileKeys[] = {
    {"workers", read_workers},
    {"drain_timeout", [](const Reader& at, Config& out) { at.duration(out.drain_timeout, kWaitOrOffRange); }},
    {"listeners", read_listeners, Presence::kRequired, list_listener_keys},
    {"pools", read_pools, Presence::kOptional, list_pool_keys},
    {"caches", cache::read_caches, Presence::kOptional, cache::list_cache_keys},
    {"routes", read_routes, Presence::kOptional, list_route_keys},
    {"access_log", [](const Reader& at, Config& out) { read_access_log(at, out.access_log); }, Presence::kOptional,
     list_access_log_keys},
    {"log", [](const Reader& at, Config& out) { read_log(at, out.log); }, Presence::kOptional, list_log_keys},
    {"admin", [](const Reader& at, Config& out) { read_admin(at, out.admin); }, Presence::kOptional, list_admin_keys},
    {"resolvers", read_resolvers},
    {"geoip", geo::read_geoip, Presence::kOptional, geo::list_geoip_keys},
    {"regions", geo::read_regions, Presence::kOptional, geo::list_region_keys},
    {"dns", dns::read_dns, Presence::kOptional, dns::list_dns_keys},
    {"default_region", [](const Reader& at, Config& out) { geo::read_region_name(at, out.geo.default_region); }},
    {"region", [](const Reader& at, Config& out) { geo::read_region_name(at, out.region); }},
    {"state_directory", read_state_directory},
    {"sticky", sticky::read_sticky_keys_of, Presence::kOptional, sticky::list_sticky_keys},
};

}  // namespace

void read_access_log(const Reader& at, std::optional<AccessLog>& out) {
  AccessLog log;
  read_map(at, kAccessLogKeys, log);
  out = std::move(log);
}
void list_access_log_keys(KeyList& out) {
  out.add(kAccessLogKeys);
}

void read_log(const Reader& at, LogSettings& out) {
  read_map(at, kLogKeys, out);
}
void list_log_keys(KeyList& out) {
  out.add(kLogKeys);
}

void read_admin(const Reader& at, Admin& out) {
  AdminDraft draft;
  const bool is_sound = read_map(at, kAdminKeys, draft);
  if (is_sound && !draft.has_place) at.problem("needs bind, socket or both");
  if (draft.bind && !draft.admin.bind->address().is_loopback() && !draft.has_token_file) {
    at.reading().problems.add(draft.bind->place, draft.bind->path,
                              draft.bind->text + " is open to other machines, so admin.token_file is required");
  }
  if (draft.bind && draft.never_without_token && !draft.has_token_file) {
    at.reading().problems.add(draft.never_without_token->place, draft.never_without_token->path,
                              "nobody could read over admin.bind, so admin.token_file is required");
  }
  out = std::move(draft.admin);
}
void list_admin_keys(KeyList& out) {
  out.add(kAdminKeys);
}

void read_file(const Reader& at, Config& out) {
  out.workers = usable_cpus();
  read_map(at, kFileKeys, out);
}
void list_file_keys(KeyList& out) {
  out.add(kFileKeys);
}

}  // namespace headgate::config::sections
