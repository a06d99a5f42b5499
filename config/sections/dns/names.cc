#include "config/sections/dns/names.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/ascii.h"
#include "config/sections/dns/host_names.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::dns {
namespace {

/// Of one name and type. More than that would not fit into an answer over UDP by far.
constexpr std::size_t kRecordsMax = 256;
constexpr std::size_t kTextBytesMax = 4096;
constexpr std::size_t kRecordTextBytesMax = 1024;

/// Calls `read(item)` for one value or each of a list, which may be empty: a type without records.
template <class Read>
void each_record(const Reader& at, std::size_t known, Read read) {
  std::size_t count = known;
  const auto read_one = [&](const Reader& one) {
    if (++count == kRecordsMax + 1) one.problem(fmt::format("at most {} records of a name and type", kRecordsMax));
    if (count <= kRecordsMax) read(one);
  };
  if (at.is_list()) return at.each_item(read_one);
  read_one(at);
}

template <class Value>
void add_once(const Reader& at, Value value, std::vector<Value>& out) {
  if (std::ranges::find(out, value) != out.end()) return at.problem("stands here twice");
  out.push_back(std::move(value));
}

void read_addresses(const Reader& at, bool is_v4, std::vector<base::IpAddress>& out) {
  each_record(at, out.size(), [&](const Reader& one) {
    const std::string_view wanted = is_v4 ? "an IPv4 address such as 192.0.2.1" : "an IPv6 address such as 2001:db8::1";
    const std::optional<std::string> written = one.scalar(wanted);
    if (!written) return;
    const std::optional<base::IpAddress> address = base::IpAddress::parse(*written);
    if (address && address->is_v4() == is_v4) return add_once(one, *address, out);
    const std::string_view remedy = !address ? "" : is_v4 ? " (it belongs into aaaa)" : " (it belongs into a)";
    one.problem(fmt::format("expected {}, found {}{}", wanted, yaml::in_quotes(*written), remedy));
  });
}

void read_hosts(const Reader& at, std::vector<std::string>& out) {
  each_record(at, out.size(), [&](const Reader& one) {
    const std::optional<std::string> written = one.scalar("the name of a host");
    if (!written) return;
    std::optional<std::string> host = read_host(one, *written);
    if (host) add_once(one, std::move(*host), out);
  });
}

/// The words of a record as a zone file has them, or nothing after a problem: `wanted` shows one.
template <std::size_t kWords>
std::optional<std::array<std::string, kWords>> words_of_record(const Reader& at, std::string_view wanted) {
  const std::optional<std::string> written = at.scalar(wanted);
  if (!written) return std::nullopt;
  std::array<std::string, kWords> out;
  std::string_view rest = *written;
  for (std::size_t i = 0; i < kWords; ++i) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::size_t end = i + 1 == kWords ? rest.find_last_not_of(' ') + 1 : rest.find(' ');
    out[i] = rest.substr(0, end);
    rest.remove_prefix(std::min(end, rest.size()));
  }
  const bool has_all = !out.back().empty() && yaml::is_printable(*written) && written->size() <= kRecordTextBytesMax;
  if (has_all) return out;
  at.problem(fmt::format("expected {}, found {}", wanted, yaml::in_quotes(*written)));
  return std::nullopt;
}

/// Whether all are numbers of 16 bits.
template <std::size_t kWords>
bool read_numbers(const Reader& at, std::string_view wanted, const std::array<std::string, kWords>& words,
                  std::initializer_list<std::uint16_t*> out) {
  std::size_t i = 0;
  for (std::uint16_t* const number : out) {
    const std::optional<std::uint16_t> value = base::parse_decimal<std::uint16_t>(words[i]);
    if (!value) {
      at.problem(fmt::format("expected {}: {} is no number from 0 to 65535", wanted, yaml::in_quotes(words[i])));
      return false;
    }
    *number = *value;
    ++i;
  }
  return true;
}

void read_mx(const Reader& at, DnsName& out) {
  each_record(at, out.mx.size(), [&](const Reader& one) {
    constexpr std::string_view kWanted = "preference and host, as \"10 mail.example.com\"";
    const auto words = words_of_record<2>(one, kWanted);
    DnsMx mx;
    if (!words || !read_numbers(one, kWanted, *words, {&mx.preference})) return;
    std::optional<std::string> host = read_host(one, words->back(), true);
    if (!host) return;
    mx.host = std::move(*host);
    add_once(one, std::move(mx), out.mx);
  });
}

void read_srv(const Reader& at, DnsName& out) {
  each_record(at, out.srv.size(), [&](const Reader& one) {
    constexpr std::string_view kWanted = "priority, weight, port and host, as \"0 5 5060 sip.example.com\"";
    const auto words = words_of_record<4>(one, kWanted);
    DnsSrv srv;
    if (!words || !read_numbers(one, kWanted, *words, {&srv.priority, &srv.weight, &srv.port})) return;
    std::optional<std::string> target = read_host(one, words->back(), true);
    if (!target) return;
    srv.target = std::move(*target);
    add_once(one, std::move(srv), out.srv);
  });
}

void read_caa(const Reader& at, DnsName& out) {
  constexpr std::size_t kTagBytesMax = 15;
  each_record(at, out.caa.size(), [&](const Reader& one) {
    constexpr std::string_view kWanted = "flags, tag and value, as \"0 issue letsencrypt.org\"";
    const auto words = words_of_record<3>(one, kWanted);
    if (!words) return;
    const auto& [flags, tag, value] = *words;
    if (flags != "0" && flags != "128") {
      return one.problem("the flags of a CAA record are 0, or 128: who does not know the tag may not sign");
    }
    const auto is_tag_char = [](char c) { return base::is_alpha(c) || base::is_digit(c); };
    if (tag.size() > kTagBytesMax || !std::ranges::all_of(tag, is_tag_char)) {
      return one.problem(fmt::format("{} is no tag: 1 to {} letters and digits, such as issue, issuewild, iodef",
                                     yaml::in_quotes(tag), kTagBytesMax));
    }
    const bool is_quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
    add_once(one, DnsCaa{flags == "128", base::lowered(tag), is_quoted ? value.substr(1, value.size() - 2) : value},
             out.caa);
  });
}

void read_txt(const Reader& at, DnsName& out) {
  each_record(at, out.txt.size(), [&](const Reader& one) {
    std::string text;
    one.text(text, {1, kTextBytesMax});
    if (!text.empty()) add_once(one, std::move(text), out.txt);
  });
}

void read_cname(const Reader& at, DnsName& out) {
  const std::optional<std::string> written = at.scalar("the name that it stands for");
  if (!written) return;
  if (std::optional<std::string> host = read_host(at, *written)) out.cname = std::move(*host);
}

void read_geo_pool(const Reader& at, DnsName& out) {
  at.text(out.pool, {1, 64});
  if (out.pool.empty()) return;
  at.reading().pools_used.push_back(at.mention(out.pool));
  at.reading().geo_names.push_back(at.mention(out.pool));
}

void read_name_ttl(const Reader& at, DnsName& out) {
  Duration ttl{};
  read_ttl(at, ttl);
  out.ttl = ttl;
}

constexpr Key<DnsName> kNameKeys[] = {
    {"pool", read_geo_pool},
    {"ttl", read_name_ttl},
    {"a", [](const Reader& at, DnsName& out) { read_addresses(at, true, out.a); }},
    {"aaaa", [](const Reader& at, DnsName& out) { read_addresses(at, false, out.aaaa); }},
    {"txt", read_txt},
    {"cname", read_cname},
    {"ns", [](const Reader& at, DnsName& out) { read_hosts(at, out.ns); }},
    {"mx", read_mx},
    {"srv", read_srv},
    {"caa", read_caa},
};

bool has_records_but_alias(const DnsName& name) {
  return !name.a.empty() || !name.aaaa.empty() || !name.txt.empty() || !name.ns.empty() || !name.mx.empty() ||
         !name.srv.empty() || !name.caa.empty();
}

void check_name(const Reader& at, const DnsName& name, const std::string& zone) {
  const bool is_apex = name.name == zone;
  if (name.pool.empty() && name.cname.empty() && !has_records_but_alias(name)) {
    at.problem("has no record: a name has a pool, or one at least of a, aaaa, txt, cname, ns, mx, srv and caa");
  }
  if (!name.pool.empty() && (!name.a.empty() || !name.aaaa.empty())) {
    at.problem("has a pool, whose regions' addresses are its a and aaaa; it cannot have both");
  }
  if (!name.cname.empty() && is_apex) {
    at.problem("there can be no cname at a zone's own name (RFC 1034 section 3.6.2); a pool can be");
  } else if (!name.cname.empty() && (!name.pool.empty() || has_records_but_alias(name))) {
    at.problem("a cname stands alone at its name (RFC 1034 section 3.6.2)");
  } else if (name.cname == name.name) {
    at.problem("its cname is itself");
  }
  if (!name.ns.empty() && is_apex) at.problem(fmt::format("the servers of {} itself are the `ns` of the zone", zone));
  if (!name.ns.empty() && !is_apex && !name.pool.empty()) {
    at.problem("its ns hand it to other servers, and with it its pool; it cannot have both");
  }
}

}  // namespace

void read_names(const Reader& at, DnsZone& out) {
  std::unordered_map<std::string, int> lines;
  at.each_entry([&](const Reader& one, const std::string& written) {
    std::optional<std::string> whole = read_owner(one, written, out.name);
    if (!whole) return;
    // "www" and "www.example.com." are two keys and one name.
    const auto [first, is_new] = lines.try_emplace(*whole, one.place().line);
    if (!is_new) return one.problem(fmt::format("{} stands in line {} already", *whole, first->second));
    DnsName name;
    name.place = one.place();
    name.name = std::move(*whole);
    // What is wrong with its records says enough.
    const std::size_t problems = one.reading().problems.count();
    read_map(one, kNameKeys, name);
    if (one.reading().problems.count() == problems) check_name(one, name, out.name);
    out.names.push_back(std::move(name));
  });
}

void list_name_keys(KeyList& out) {
  out.add_under(".NAME", kNameKeys);
}

}  // namespace headgate::config::sections::dns
