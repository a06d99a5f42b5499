#include <fmt/core.h>
#include <re2/re2.h>

#include <array>

#include "base/ascii.h"
#include "config/sections/geo/geo.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections {
namespace {

constexpr std::size_t kMatchedPathBytesMax = 4096;
constexpr std::size_t kMatchedValueBytesMax = 4096;

// RFC 9110 section 9.3 and RFC 5789: whoever writes one of these in lower case meant the method.
constexpr std::array<std::string_view, 9> kMethods = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                      "CONNECT", "OPTIONS", "TRACE", "PATCH"};

void read_host(const Reader& at, Match& out) {
  at.each_value([&](const Reader& one) {
    constexpr std::string_view kWanted = "a host such as example.com or *.example.com, without a port";
    const std::optional<std::string> written = one.scalar(kWanted);
    if (!written) return;
    std::optional<std::string> host = parse_host_pattern(*written);
    if (!host) return one.problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
    out.hosts.push_back(std::move(*host));
  });
}

void read_path(const Reader& at, Match& out) {
  std::string written;
  at.text(written, {1, kMatchedPathBytesMax});
  if (written.empty()) return;
  base::Result<std::string> path = parse_route_path(written);
  if (!path) return at.problem(path.error().message);
  out.path = std::move(*path);
}

void read_path_regex(const Reader& at, Match& out) {
  std::string written;
  at.text(written, {1, kMatchedPathBytesMax});
  if (written.empty()) return;
  re2::RE2::Options options;
  options.set_log_errors(false);
  const re2::RE2 regex(written, options);
  if (!regex.ok()) return at.problem("not a regular expression: " + regex.error());
  out.path_regex = std::move(written);
}

void read_methods(const Reader& at, Match& out) {
  at.each_value([&](const Reader& one) {
    const std::optional<std::string> written = one.scalar("a method such as GET");
    if (!written) return;
    for (std::string_view method : kMethods) {
      if (base::equals_ignoring_case(method, *written) && method != *written) {
        return one.problem(fmt::format("methods are matched as written: '{}' is not '{}'", *written, method));
      }
    }
    if (!base::is_token(*written) || written->size() > 64) {
      return one.problem("expected a method such as GET, found " + yaml::in_quotes(*written));
    }
    out.methods.push_back(*written);
  });
}

void read_value(const Reader& at, std::string_view name, std::vector<NameValueMatch>& out) {
  std::string value;
  at.text(value, {0, kMatchedValueBytesMax});
  out.push_back(NameValueMatch{std::string(name), std::move(value)});
}

/// `header` and `cookie`: names are tokens.
void read_named(const Reader& at, std::vector<NameValueMatch>& out) {
  at.each_entry([&](const Reader& value, const std::string& name) {
    if (is_field_name(value, name)) read_value(value, name, out);
  });
}

void read_query(const Reader& at, Match& out) {
  at.each_entry([&](const Reader& value, const std::string& name) {
    if (name.empty() || !yaml::is_printable(name)) return value.problem("expected the name of a query parameter");
    read_value(value, name, out.query);
  });
}

void read_client(const Reader& at, Match& out) {
  at.each_value([&](const Reader& one) {
    if (const std::optional<base::IpNetwork> network = read_network(one)) out.clients.push_back(*network);
  });
}

void read_listener(const Reader& at, Match& out) {
  at.each_value([&](const Reader& one) {
    std::string name;
    one.text(name, {1, 64});
    if (name.empty()) return;
    one.reading().listeners_used.push_back(one.mention(name));
    out.listeners.push_back(std::move(name));
  });
}

/// A SHA-256 digest as openssl, browsers and {tls_client_fingerprint} write it.
std::optional<std::string> read_fingerprint(const Reader& at) {
  std::string written;
  at.text(written, {1, kMatchedValueBytesMax});
  if (written.empty() || written == "*") return written.empty() ? std::nullopt : std::optional(written);
  std::string digits;
  for (const char c : written) {
    if (c != ':') digits += base::to_lower(c);
  }
  const bool is_digest = digits.size() == 64 && digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (is_digest) return digits;
  at.problem("expected the SHA-256 fingerprint of a certificate, 64 hexadecimal digits, or *");
  return std::nullopt;
}

constexpr Key<TlsClientMatch> kTlsClientKeys[] = {
    {"subject",
     [](const Reader& at, TlsClientMatch& out) {
       at.each_value([&](const Reader& one) {
         std::string subject;
         one.text(subject, {1, kMatchedValueBytesMax});
         if (!subject.empty()) out.subjects.push_back(std::move(subject));
       });
     }},
    {"fingerprint",
     [](const Reader& at, TlsClientMatch& out) {
       at.each_value([&](const Reader& one) {
         if (std::optional<std::string> digits = read_fingerprint(one)) out.fingerprints.push_back(std::move(*digits));
       });
     }},
};

void read_tls_client(const Reader& at, Match& out) {
  TlsClientMatch match;
  const bool is_sound = read_map(at, kTlsClientKeys, match);
  if (is_sound && match.subjects.empty() && match.fingerprints.empty()) {
    at.problem("asks for nothing; subject: \"*\" asks for any certificate");
  }
  out.tls_client = std::move(match);
}

void read_region_of_client(const Reader& at, Match& out) {
  at.each_value([&](const Reader& one) {
    std::string region;
    geo::read_region_name(one, region);
    if (region.empty()) return;
    one.reading().regions_matched.push_back(one.mention(region));
    out.regions.push_back(std::move(region));
  });
}

constexpr Key<Match> kMatchKeys[] = {
    {"host", read_host},
    {"path", read_path},
    {"path_regex", read_path_regex},
    {"methods", read_methods},
    {"header", [](const Reader& at, Match& out) { read_named(at, out.headers); }},
    {"query", read_query},
    {"cookie", [](const Reader& at, Match& out) { read_named(at, out.cookies); }},
    {"client", read_client},
    {"listener", read_listener},
    {"region", read_region_of_client},
    {"tls_client", read_tls_client, Presence::kOptional, [](KeyList& out) { out.add(kTlsClientKeys); }},
};

}  // namespace

void read_match(const Reader& at, Match& out) {
  read_map(at, kMatchKeys, out);
}
void list_match_keys(KeyList& out) {
  out.add(kMatchKeys);
}

}  // namespace headgate::config::sections
