#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include <vector>
#include "proxy/handover/program.h"

// What the words of the command line do. Each returns the exit status: 0 well, 1 failed while running, 2 bad
// configuration or usage.
namespace headgate::proxy {
struct Snapshot;
}

namespace headgate::proxy::command {

/// `headgate replay FILE --against NEW --log LOG`
struct ReplayOptions {
  std::string file;
  std::string against;
  std::string log;           ///< "-": standard input
  std::string limit = "0";   ///< changed requests, or a share of those compared
  std::size_t examples = 3;  ///< of each kind of change
  bool json = false;
};

/// `headgate explain FILE URL`, `headgate explain [FILE] DNS NAME`
struct ExplainOptions {
  std::string file;
  std::string url;
  std::string name;          ///< of DNS
  std::string type;          ///< of DNS; empty: A
  std::string default_file;  ///< where DNS is the first word
  std::string method = "GET";
  std::string from = "127.0.0.1";
  std::vector<std::string> headers;  ///< "Name: value"
  std::string listener;
  std::string server_name;  ///< of a tcp:// question
  std::vector<std::string> protocols;
  bool json = false;
};

/// `headgate geoip build NETWORKS OUT`
struct GeoipBuildOptions {
  std::string networks;  ///< comma-separated values
  std::string out;
  std::string type = "headgate-City";
  std::string description = "made by headgate geoip build";
};
/// `headgate geoip lookup IP...`
struct GeoipLookupOptions {
  std::vector<std::string> addresses;
  std::vector<std::string> databases;  ///< empty: those of `config`
  std::string config;
  bool json = false;
};

/// `headgate dns key ZONE FILE`, `headgate dns ds ZONE FILE`
struct DnsKeyOptions {
  std::string zone;
  std::string file;
  bool shows_dnskey = false;  ///< of ds: DNSKEY records in place of DS
};

/// `pid_file` may be empty; `program` is what an upgrade starts.
int run(const std::string& file, const std::string& pid_file, handover::Program program);
int check(const std::string& file);
/// `program` is how it was called, for the lines to try.
int demo(const std::string& program);
int version();
int explain(const ExplainOptions& options);
/// The same of a question of DNS.
int explain_lookup(const ExplainOptions& options);
int replay(const ReplayOptions& options);
int build_geoip(const GeoipBuildOptions& options);
int look_up_geoip(const GeoipLookupOptions& options);
int make_dns_key(const DnsKeyOptions& options);
int show_dns_ds(const DnsKeyOptions& options);

/// A file, compiled as a start or a reload does it; null after having said on stderr what is wrong with it.
std::shared_ptr<const Snapshot> compiled_file(const std::string& file);
/// Whether standard output is a terminal of somebody who does not mind colors (NO_COLOR).
bool wants_color();

}  // namespace headgate::proxy::command
