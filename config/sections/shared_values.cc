#include "config/sections/shared_values.h"

#include <fmt/core.h>

#include <filesystem>

#include "base/ascii.h"
#include "config/files.h"
#include "config/placeholders.h"
#include "config/values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections {

std::optional<base::Endpoint> read_endpoint(const Reader& at) {
  constexpr std::string_view kWanted = "an address such as 0.0.0.0:80, [::]:80 or unix:/path";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written) return std::nullopt;
  std::string text = *written;
  if (text.starts_with("unix:") && text.size() > 5 && text[5] != '@') {
    text = "unix:" + absolute_path(at.reading().folder, text.substr(5));
  }
  std::optional<base::Endpoint> endpoint = base::Endpoint::parse(text);
  if (!endpoint || !yaml::is_printable(text)) {
    at.problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
    return std::nullopt;
  }
  return endpoint;
}

std::optional<base::IpNetwork> read_network(const Reader& at) {
  constexpr std::string_view kWanted = "a network such as 10.0.0.0/8 or an address";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written) return std::nullopt;
  const std::optional<base::IpNetwork> network = base::IpNetwork::parse(*written);
  if (network) return network;
  const std::size_t slash = written->find('/');
  const std::optional<base::IpAddress> address = base::IpAddress::parse(written->substr(0, slash));
  const std::optional<int> bits =
      slash == std::string::npos ? std::nullopt : base::parse_decimal<int>(written->substr(slash + 1));
  if (address && bits && *bits <= address->bits()) {
    const base::IpNetwork masked{address->masked(*bits), *bits};
    at.problem(fmt::format("{} has bits set beyond its prefix; the network is {}", *written, masked.text()));
  } else {
    at.problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
  }
  return std::nullopt;
}

bool is_good_name(const Reader& at, std::string_view name) {
  constexpr std::size_t kNameBytesMax = 64;
  bool is_good = !name.empty() && name.size() <= kNameBytesMax;
  for (char c : name) is_good = is_good && (base::is_alpha(c) || base::is_digit(c) || c == '_' || c == '-' || c == '.');
  if (!is_good) at.problem(fmt::format("a name is 1 to {} letters, digits, '_', '-' and '.'", kNameBytesMax));
  return is_good;
}

void read_rate(const Reader& at, double& per_second) {
  constexpr std::string_view kWanted = "a rate such as 100/s or 600/m";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written) return;
  const std::optional<double> rate = parse_rate(*written);
  if (!rate) return at.problem(fmt::format("expected {}, found {}", kWanted, yaml::in_quotes(*written)));
  if (*rate > kRateMax) return at.problem(fmt::format("must be from 1/m to {}/s, is {}", kRateMax, *written));
  per_second = *rate;
}

void read_region(const Reader& at, std::string& out) {
  std::optional<std::string> written = at.scalar("the name of a region, such as eu");
  if (written && is_good_name(at, *written)) out = std::move(*written);
}

bool is_field_name(const Reader& at, std::string_view name) {
  constexpr std::size_t kNameBytesMax = 256;
  if (base::is_token(name) && name.size() <= kNameBytesMax) return true;
  at.problem(fmt::format("{} is not a field name", yaml::in_quotes(name)));
  return false;
}

void read_request_key(const Reader& at, request::Use use, request::Key& out) {
  const std::optional<std::string> written = at.scalar("a text such as client or header:X-User-Id");
  if (!written) return;
  base::Result<request::Key> key = request::parse_key(*written, use);
  if (!key) return at.problem(key.error().message);
  out = std::move(*key);
}

std::optional<std::string> read_file_path(const Reader& at, std::string_view written) {
  if (written.empty() || written.ends_with('/') || !yaml::is_printable(written)) {
    at.problem("expected the path of a file, found " + yaml::in_quotes(written));
    return std::nullopt;
  }
  std::string path = absolute_path(at.reading().folder, written);
  const base::Result<void> folder = require_directory(std::filesystem::path(path).parent_path().string());
  if (!folder) {
    at.problem(folder.error().message);
    return std::nullopt;
  }
  return path;
}

bool has_known_placeholders(const Reader& at, std::string_view text, std::span<const std::string_view> names) {
  std::optional<std::string_view> unknown;
  split_template(text, names, unknown);
  if (!unknown) return true;
  std::string known;
  for (std::string_view name : names) known += fmt::format("{}{{{}}}", known.empty() ? "" : ", ", name);
  const std::string suggestion = at.reading().problems.suggestion_for(*unknown, names);
  at.problem(
      fmt::format("{{{}}} is not known here{}", *unknown, suggestion.empty() ? ": there is " + known : suggestion));
  return false;
}

}  // namespace headgate::config::sections
