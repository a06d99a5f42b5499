#include <algorithm>
#include <set>
#include <sstream>

#include "config/yaml/document.h"
#include "tests/unit/base/x509/test_certificates.h"
#include "tests/unit/config/loading.h"

// The defaults that the tables of docs/configuration.md state are those of the code: in the page's example that has a
// key, setting it to its stated default gives the same Config as leaving it out.
namespace headgate::config {
namespace {

/// What stands in the column "default" where there is no value to write; what it means is tested where the key is read.
const std::set<std::string, std::less<>> kSentences = {
    "",
    "required",
    "none",
    "any",
    "anything",
    "the server as a whole",
    "off",
    "empty",
    "nobody",
    "consistent, or ranges where there are bounds",
    "every request",
    "no access log",
    "no admin listener",
    "no cache",
    "no checks",
    "no compression",
    "no copies",
    "requests are served",
    "plain",
    "Mozilla's intermediate list",
    "nobody is asked",
    "no limit",
    "no token",
    "not bound",
    "see below",
    "routes[N]",
    "one second's worth",
    "the address or name as written",
    "the backend's address; over TLS the name that is verified",
    "the name in resolve, of a service its domain; an address is verified as such and not sent",
    "whom the system believes",
    "the backend's address",
    "the pool's connect_timeout",
    "the whole query",
    "those of `/etc/resolv.conf`",
    "every request is balanced",
    "the host that was asked alone",
    "the keys of sticky cookies",
    "the browser's session",
    "headgate makes a key",
    "what the origin says",
    "as timeout",
    "the zone's",
    "hostmaster of the zone",
    "REFUSED",
    "not signed",
};

std::string page() {
  std::ifstream file(HEADGATE_SOURCE_FOLDER "/docs/configuration.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

struct Row {
  std::string key;
  std::string type;
  std::string standard;  ///< the default
};

std::vector<Row> rows_of(const std::string& text) {
  std::vector<Row> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    std::istringstream cells(line.substr(1));
    std::string key;
    Row row;
    std::getline(cells, key, '|');
    std::getline(cells, row.type, '|');
    std::getline(cells, row.standard, '|');
    key = trimmed(key);
    row.key = key.substr(1, key.size() - 2);
    row.type = trimmed(row.type);
    row.standard = trimmed(row.standard);
    out.push_back(row);
  }
  return out;
}

std::vector<std::string> examples_of(const std::string& text) {
  std::vector<std::string> out;
  const std::string fence = "```yaml\n";
  for (std::size_t start = text.find(fence); start != std::string::npos; start = text.find(fence, start + 1)) {
    const std::size_t begin = start + fence.size();
    out.push_back(text.substr(begin, text.find("```", begin) - begin));
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// A default of several values is written "a, b".
std::string value_text(const Row& row) {
  if (row.type.find("list") == std::string::npos) return in_quotes(row.standard);
  std::string out;
  std::istringstream values(row.standard);
  for (std::string value; std::getline(values, value, ',');) {
    out += (out.empty() ? "[" : ", ") + in_quotes(trimmed(value));
  }
  return out + "]";
}

/// Writes a tree again, in one line, with the values of one key changed or left out.
class Rewriting {
 public:
  /// `value` empty: left out.
  Rewriting(std::string key, std::string value) : key_(std::move(key)), value_(std::move(value)) {}

  std::string text_of(const yaml::Node& node, const std::string& path) {
    std::string out;
    switch (node.kind) {
      case yaml::NodeKind::kNothing:
        return "";
      case yaml::NodeKind::kScalar:
        return in_quotes(node.text);
      case yaml::NodeKind::kList:
        for (const yaml::Child& item : node.children) {
          out += (out.empty() ? "" : ", ") + text_of(*item.node, path + "[]");
        }
        return "[" + out + "]";
      case yaml::NodeKind::kMap:
        for (const yaml::Child& entry : node.children) append_entry(out, entry, path);
        return "{" + out + "}";
    }
    return out;
  }

  /// How often the key was met.
  int met() const { return met_; }

 private:
  void append_entry(std::string& out, const yaml::Child& entry, const std::string& path) {
    const bool is_users_name = path == "listeners" || path == "pools" || path == "caches" || path == "regions" ||
                               path == "dns.zones" || path == "dns.zones.NAME.names";
    const std::string inner = (path.empty() ? "" : path + ".") + (is_users_name ? "NAME" : entry.key);
    std::string value;
    if (inner == key_) {
      ++met_;
      value = value_;
      if (value.empty()) return;
    } else {
      value = text_of(*entry.node, inner);
    }
    out += (out.empty() ? "" : ", ") + in_quotes(entry.key) + ": " + value;
  }

  std::string key_;
  std::string value_;
  int met_ = 0;
};

/// Where things stand in the file, and how they are written, is no part of what they mean.
Config without_places(Config config) {
  config.text.clear();
  for (Listener& listener : config.listeners) {
    listener.place = {};
    if (!listener.tls) continue;
    for (TlsCertificate& certificate : listener.tls->certificates) certificate.place = {};
  }
  for (CacheStore& store : config.caches) store.place = {};
  for (Region& region : config.geo.regions) {
    region.place = {};
    for (RegionRequirement& wanted : region.requirements) wanted.place = {};
  }
  for (DnsZone& zone : config.dns.zones) {
    zone.place = {};
    for (DnsName& name : zone.names) name.place = {};
  }
  for (Route& route : config.routes) {
    route.place = {};
    if (route.cache) route.cache->place = {};
  }
  for (Pool& pool : config.pools) {
    pool.place = {};
    for (Backend& backend : pool.backends) backend.place = {};
    if (pool.tls) pool.tls->place = {};
    if (pool.tls && pool.tls->certificate) pool.tls->certificate->place = {};
  }
  return config;
}

class StatedDefaults : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("secrets/admin", "letmein\n");
    for (const char* name : {"geo/GeoLite2-City.mmdb", "geo/GeoLite2-ASN.mmdb"}) folder_.write(name, "");
    for (const char* name : {"secrets/sticky", "secrets/pins"}) folder_.write(name, std::string(64, '1') + "\n");
    const testing::Issued root = testing::issue({.common_name = "root", .is_ca = true});
    const testing::Issued shop = testing::issue({.dns = {"shop"}, .ocsp_url = "http://ocsp.example/", .by = &root});
    for (const char* name : {"tls/shop", "tls/gate"}) {
      folder_.write(std::string(name) + ".pem", shop.cert_pem + root.cert_pem);
      folder_.write(std::string(name) + ".key", shop.key_pem);
    }
    for (const char* name : {"tls/clients.pem", "tls/internal-ca.pem"}) folder_.write(name, root.cert_pem);
    folder_.write("zones/example.org.zone", "");
    folder_.write("secrets/example.org.key", "", 0600);
    for (const char* name : {"www", "log", "run"}) std::filesystem::create_directory(folder_.path(name));
  }

  /// The first example with the key, rewritten; nothing if none has it.
  std::optional<Config> rewritten(const std::string& key, const std::string& value) {
    for (const std::string& example : examples_) {
      const yaml::Document document = yaml::parse_document(example);
      Rewriting rewriting(key, value);
      const std::string text = rewriting.text_of(*document.root.node, "");
      if (rewriting.met() == 0) continue;
      SCOPED_TRACE(key + ": " + value);
      return without_places(config_of(text, folder_.path("headgate.yaml")));
    }
    return std::nullopt;
  }

  TempFolder folder_;
  std::string page_ = page();
  std::vector<std::string> examples_ = examples_of(page_);
};

TEST_F(StatedDefaults, AreThoseOfTheCode) {
  int compared = 0;
  for (const Row& row : rows_of(page_)) {
    if (kSentences.contains(row.standard)) continue;
    const std::optional<Config> left_out = rewritten(row.key, "");
    const std::optional<Config> written = rewritten(row.key, value_text(row));
    ASSERT_TRUE(left_out && written) << row.key << " has no example";
    EXPECT_TRUE(*left_out == *written) << row.key << ": the page says " << row.standard
                                       << ", the code has another default";
    ++compared;
  }
  EXPECT_GT(compared, 45);
}

TEST_F(StatedDefaults, AnotherOneWouldBeNoticed) {
  const std::pair<const char*, const char*> others[] = {{"drain_timeout", "31s"},
                                                        {"listeners.NAME.limits.body", "2GiB"},
                                                        {"pools.NAME.backends[].weight", "3"},
                                                        {"pools.NAME.health.outlier.window", "11s"},
                                                        {"pools.NAME.retry.on", "[connect]"},
                                                        {"routes[].respond.type", "text/html"},
                                                        {"log.level", "debug"}};
  for (const auto& [key, value] : others) {
    const std::optional<Config> left_out = rewritten(key, "");
    const std::optional<Config> written = rewritten(key, value);
    ASSERT_TRUE(left_out && written) << key;
    EXPECT_FALSE(*left_out == *written) << key;
  }
}

}  // namespace
}  // namespace headgate::config
