#include "proxy/dns/zone/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "proxy/dns/keys/keys.h"
#include "proxy/dns/zone/records.h"
#include "proxy/dns/zone/serial.h"
#include "proxy/dns/zone/zone_builder.h"

namespace headgate::proxy::dns::zone {
namespace {

using wire::dns::Name;
using wire::dns::Type;

constexpr std::uint32_t kStartTtlSeconds = 3600;

std::uint32_t seconds_of(base::Duration duration) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

base::Error invalid(std::string message) {
  return {base::ErrorKind::kInvalid, base::Fault::kUser, std::move(message)};
}

std::string at_spot(const std::string& file, const master_file::Spot& spot, std::string_view what) {
  return fmt::format("{}:{}:{}: {}", file, spot.line, spot.column, what);
}

/// One zone while it is put together.
class Compiling {
 public:
  Compiling(const config::Config& config, const config::DnsZone& settings) : config_(config), settings_(settings) {}

  base::Result<std::shared_ptr<const Zone>> run(const ReadFile* file, std::shared_ptr<const keys::Keys> keys,
                                                std::shared_ptr<const Serial> serial);

 private:
  base::Error here(const config::Place& place, std::string_view name, const base::Error& error) const;
  base::Result<Start> start_of(const ReadFile* file) const;
  base::Result<void> add_name(ZoneBuilder& zone, const config::DnsName& name) const;
  base::Result<void> add_records(ZoneBuilder& zone, const Name& owner, std::uint32_t ttl,
                                 const config::DnsName& name) const;
  base::Result<void> add_file(ZoneBuilder& zone, const ReadFile& file) const;
  std::size_t pool_index(const std::string& pool) const;

  const config::Config& config_;
  const config::DnsZone& settings_;
};

base::Error Compiling::here(const config::Place& place, std::string_view name, const base::Error& error) const {
  return invalid(fmt::format("line {}: dns.zones.{}{}{}: {}", place.line, settings_.name, name.empty() ? "" : ".names.",
                             name, error.message));
}

/// From the file, if it has an SOA record: whoever writes one means it.
base::Result<Start> Compiling::start_of(const ReadFile* file) const {
  if (file != nullptr && file->contents.start) return *file->contents.start;
  Start out;
  std::string primary = settings_.ns.empty() ? std::string() : settings_.ns.front();
  if (file != nullptr && primary.empty()) {
    const auto server = std::ranges::find_if(file->contents.records, [&](const master_file::Record& record) {
      return record.type == Type::kNs && record.owner.text() == settings_.name;
    });
    if (server != file->contents.records.end()) primary = wire::dns::name_text(server->data);
  }
  if (primary.empty()) primary = settings_.name;
  const base::Result<Name> server = Name::parse(primary);
  if (!server) return server.error();
  const base::Result<Name> admin =
      Name::parse(settings_.admin.empty() ? "hostmaster." + settings_.name : settings_.admin);
  if (!admin) return admin.error();
  out.primary = *server;
  out.admin = *admin;
  out.negative_ttl_seconds = seconds_of(settings_.negative_ttl);
  // The lesser of both counts (RFC 2308 section 5).
  out.ttl_seconds = std::max(kStartTtlSeconds, out.negative_ttl_seconds);
  return out;
}

/// 0 where there is none, which the configuration has refused.
std::size_t Compiling::pool_index(const std::string& pool) const {
  const auto found = std::ranges::find(config_.pools, pool, &config::Pool::name);
  if (found == config_.pools.end()) base::invariant_broken("a name's pool that the configuration did not check");
  return static_cast<std::size_t>(found - config_.pools.begin());
}

base::Result<void> Compiling::add_records(ZoneBuilder& zone, const Name& owner, std::uint32_t ttl,
                                          const config::DnsName& name) const {
  base::Result<void> added;
  const auto add = [&](Type type, base::Result<std::string> data) {
    if (!added) return;
    if (!data) {
      added = data.error();
    } else {
      added = zone.add(owner, type, ttl, std::move(*data));
    }
  };
  const auto named = [&](const std::string& host, auto data_of) {
    const base::Result<Name> parsed = Name::parse(host);
    return parsed ? base::Result<std::string>(data_of(*parsed)) : base::Result<std::string>(parsed.error());
  };
  const auto as_name = [](const Name& host) { return std::string(host.wire()); };
  for (const base::IpAddress& address : name.a) add(Type::kA, address_data(address));
  for (const base::IpAddress& address : name.aaaa) add(Type::kAaaa, address_data(address));
  for (const std::string& text : name.txt) add(Type::kTxt, text_data(text));
  if (!name.cname.empty()) add(Type::kCname, named(name.cname, as_name));
  for (const std::string& host : name.ns) add(Type::kNs, named(host, as_name));
  for (const config::DnsMx& mx : name.mx) {
    add(Type::kMx, named(mx.host, [&](const Name& host) { return mx_data(mx.preference, host); }));
  }
  for (const config::DnsSrv& srv : name.srv) {
    add(Type::kSrv,
        named(srv.target, [&](const Name& host) { return srv_data(srv.priority, srv.weight, srv.port, host); }));
  }
  for (const config::DnsCaa& caa : name.caa) add(Type::kCaa, caa_data(caa.is_critical, caa.tag, caa.value));
  return added;
}

base::Result<void> Compiling::add_name(ZoneBuilder& zone, const config::DnsName& name) const {
  const std::uint32_t ttl = seconds_of(name.ttl.value_or(settings_.ttl));
  const base::Result<Name> owner = Name::parse(name.name);
  if (!owner) return owner.error();
  if (!name.pool.empty()) {
    GeoName geo;
    geo.pool = name.pool;
    geo.ttl_seconds = ttl;
    geo.failing_ttl_seconds = std::min(ttl, seconds_of(settings_.failing_ttl));
    geo.pool_index = pool_index(name.pool);
    const base::Result<void> added = zone.add_geo(*owner, std::move(geo));
    if (!added) return added;
  }
  return add_records(zone, *owner, ttl, name);
}

base::Result<void> Compiling::add_file(ZoneBuilder& zone, const ReadFile& file) const {
  for (const master_file::Record& record : file.contents.records) {
    const base::Result<void> added = zone.add(record.owner, record.type, record.ttl_seconds, record.data);
    if (!added) return invalid(at_spot(settings_.file, record.spot, added.error().message));
  }
  return {};
}

base::Result<std::shared_ptr<const Zone>> Compiling::run(const ReadFile* file, std::shared_ptr<const keys::Keys> keys,
                                                         std::shared_ptr<const Serial> serial) {
  const base::Result<Name> apex = Name::parse(settings_.name);
  if (!apex) return here(settings_.place, {}, apex.error());
  const base::Result<Start> start = start_of(file);
  if (!start) return here(settings_.place, {}, start.error());
  ZoneBuilder zone(*apex, *start, std::move(serial));
  config::DnsName servers;
  servers.ns = settings_.ns;
  base::Result<void> added = add_records(zone, *apex, seconds_of(settings_.ttl), servers);
  if (!added) return here(settings_.place, {}, added.error());
  for (const config::DnsName& name : settings_.names) {
    added = add_name(zone, name);
    if (!added) return here(name.place, name.name, added.error());
  }
  if (file != nullptr) added = add_file(zone, *file);
  if (!added) return added.error();
  if (keys) added = zone.publish(std::move(keys));
  if (!added) return here(settings_.place, {}, added.error());
  auto made = std::make_shared<const Zone>(zone.build());
  if (!made->at(apex->wire())->has(Type::kNs)) {
    return invalid(
        fmt::format("{}: no NS records for the zone {}: add them, as `@ NS ns1.{}.`, or the zone's `ns` to the "
                    "configuration",
                    settings_.file, settings_.name, settings_.name));
  }
  return made;
}

}  // namespace

base::Result<ReadFile> read_file_of(const config::DnsZone& zone) {
  ReadFile out;
  out.mark = config::mark_of(zone.file);
  const base::Result<std::string> text = config::read_text(zone.file, master_file::kFileBytesMax);
  if (!text) return text.error();
  const base::Result<Name> apex = Name::parse(zone.name);
  if (!apex) return apex.error();
  out.contents = master_file::read(*text, *apex, seconds_of(zone.ttl));
  if (out.contents.problems.empty()) return out;
  std::string all;
  for (const master_file::Problem& problem : out.contents.problems) {
    all += (all.empty() ? "" : "\n") + at_spot(zone.file, problem.spot, problem.what);
  }
  return invalid(std::move(all));
}

base::Result<std::shared_ptr<const keys::Keys>> read_keys_of(const config::DnsZone& zone) {
  if (zone.dnssec_key.empty()) return std::shared_ptr<const keys::Keys>();
  base::Result<std::shared_ptr<const keys::Keys>> read = keys::Keys::read(zone.dnssec_key);
  if (read) return read;
  return invalid(fmt::format("line {}: dns.zones.{}.dnssec.key: {}", zone.place.line, zone.name, read.error().message));
}

base::Result<std::shared_ptr<const Zone>> compile_zone(const config::Config& config, const config::DnsZone& settings,
                                                       const ReadFile* file, std::shared_ptr<const keys::Keys> keys,
                                                       std::shared_ptr<const Serial> serial) {
  return Compiling(config, settings).run(file, std::move(keys), std::move(serial));
}

base::Result<std::vector<std::shared_ptr<const Zone>>> compile(const config::Config& config) {
  std::vector<std::shared_ptr<const Zone>> out;
  for (const config::DnsZone& settings : config.dns.zones) {
    std::optional<ReadFile> file;
    if (!settings.file.empty()) {
      base::Result<ReadFile> read = read_file_of(settings);
      if (!read) return read.error();
      file = std::move(*read);
    }
    base::Result<std::shared_ptr<const keys::Keys>> keys = read_keys_of(settings);
    if (!keys) return keys.error();
    base::Result<std::shared_ptr<const Zone>> zone = compile_zone(
        config, settings, file ? &*file : nullptr, std::move(*keys), std::make_shared<Serial>(base::wall_now()));
    if (!zone) return zone.error();
    out.push_back(std::move(*zone));
  }
  return out;
}

}  // namespace headgate::proxy::dns::zone
