#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "proxy/command/commands.h"
#include "proxy/explain/lookup/explain_lookup.h"
#include "proxy/explain/lookup/lookup_text.h"
#include "proxy/snapshot.h"

namespace headgate::proxy::command {
namespace {

int refused_lookup(const std::string& why) {
  std::fprintf(stderr, "headgate explain: %s\n", why.c_str());
  return 2;
}

}  // namespace

int explain_lookup(const ExplainOptions& options) {
  const bool has_file = !base::equals_ignoring_case(options.file, "dns");
  const std::string& file = has_file ? options.file : options.default_file;
  const std::string& name = has_file ? options.name : options.url;
  if (name.empty()) return refused_lookup("a name is missing, as in: headgate explain FILE DNS www.example.com");
  if (!has_file && !options.name.empty()) return refused_lookup("'" + options.name + "' is too much: DNS has one name");
  const bool has_request = options.method != "GET" || !options.headers.empty() || !options.listener.empty() ||
                           !options.server_name.empty() || !options.protocols.empty();
  if (has_request) return refused_lookup("of a question of DNS there are --from, --type and --json");
  const std::optional<base::IpAddress> from = base::IpAddress::parse(options.from);
  if (!from) return refused_lookup("--from " + options.from + ": this is no IP address");
  const std::shared_ptr<const Snapshot> snapshot = compiled_file(file);
  if (!snapshot) return 2;
  const config::Config& config = *snapshot->config;
  std::vector<std::shared_ptr<const dns::zone::Zone>> zones;
  for (const dns::zone::LoadedZone& zone : snapshot->zones) zones.push_back(zone.zone);
  const explain::lookup::Surroundings around{
      .config = config,
      .zones = zones,
      .atlas = snapshot->site->atlas,
      .regions = snapshot->site->serving,
      .sight = [&config](std::string_view pool,
                         std::string_view region) { return explain::lookup::configured_sight(config, pool, region); },
      .at = base::wall_now(),
      .live = false};
  const explain::lookup::Question question{name, options.type.empty() ? "A" : options.type, *from};
  const base::Result<explain::lookup::Lookup> found = explain::lookup::explain(question, around);
  if (!found) return refused_lookup(found.error().message);
  const std::string text =
      options.json ? explain::lookup::json_of(*found) : explain::lookup::text_of(*found, {.color = wants_color()});
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace headgate::proxy::command
