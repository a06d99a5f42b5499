#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/suggest.h"
#include "proxy/command/commands.h"
#include "proxy/ctl/ctl.h"

namespace {

constexpr const char* kDefaultFile = "/etc/headgate/headgate.yaml";
constexpr int kHelpColumn = 16;

constexpr const char* kFooter = R"(Signals: HUP reloads the configuration, USR1 reopens the logs, USR2 starts the
binary anew and hands its sockets over to it, TERM and INT drain and stop (a
second one stops at once).
Exit status: 0 well, 1 failed while running, 2 bad configuration or usage.)";

CLI::App* add_word(CLI::App& app, const std::string& name, const std::string& what) {
  CLI::App* word = app.add_subcommand(name, what);
  word->footer("");
  return word;
}

constexpr const char* kExplainFooter = R"(Shows, step by step: the listener, whether the request is accepted, who the
client is, the route and why earlier ones did not match, the rate limit, the
fields that the backend gets, the origin, each backend of a pool and which
would be taken, and the answer. Nothing is sent to anybody; that nothing
matches is an answer too. With tcp:// it is a connection of a listener with
protocol: tcp, found by its port or, as in tcp://NAME, by its name. With DNS and
a name it is a question of DNS: the zone, the region and why, the answer.

  headgate explain headgate.yaml http://www.example.com/api/ --method POST
  headgate explain headgate.yaml https://shop.example/ --from 203.0.113.9
  headgate explain headgate.yaml tcp://shop.example:443 --alpn h2
  headgate explain headgate.yaml DNS www.gslb.example.com --from 203.0.113.9
  headgate explain DNS www.gslb.example.com --type AAAA

Exit status: 0 explained, 2 bad configuration or usage.)";

CLI::App* add_explain(CLI::App& app, headgate::proxy::command::ExplainOptions& options) {
  CLI::App* word = add_word(app, "explain", "say what would happen to a request, step by\nstep, and why");
  word->add_option("FILE", options.file,
                   std::string("the configuration; where it is left out before\nDNS: ") + kDefaultFile)
      ->required()
      ->type_name("");
  word->add_option("URL", options.url,
                   "of the request: http://host/path?query; or\ntcp://host:port, tcp://LISTENER; or DNS NAME")
      ->required()
      ->type_name("");
  word->add_option("NAME", options.name, "behind DNS: the name that is asked for")->type_name("");
  options.default_file = kDefaultFile;
  word->add_option("--from", options.from, "address that the connection comes from;\ndefault 127.0.0.1")
      ->type_name("IP");
  word->add_option("--method", options.method, "default GET")->type_name("M");
  word->add_option("--header", options.headers, "a field of the request, 'Name: value'; may be\ngiven several times")
      ->type_name("H")
      ->allow_extra_args(false);
  word->add_option("--listener", options.listener, "default: by the URL's port and address")->type_name("NAME");
  word->add_option("--sni", options.server_name,
                   "of tcp://: the name that the client asks for;\ndefault: the URL's host")
      ->type_name("NAME");
  word->add_option("--alpn", options.protocols, "of tcp://: a protocol that it offers; may be\ngiven several times")
      ->type_name("P")
      ->allow_extra_args(false);
  word->add_option("--type", options.type, "of DNS: AAAA, TXT and so on; default A")->type_name("T");
  word->add_flag("--json", options.json, "as JSON");
  word->footer(kExplainFooter);
  return word;
}

constexpr const char* kReplayFooter = R"(Each line of an access log (format: json) goes through both configurations in
memory. A request counts as changed if its route, its pool, its status as far
as the configuration decides it, or its origin is another. A log holds neither
cookies nor headers but User-Agent and Referer: where a route asks for them,
and the route that the line names does not tell, a request is undecided; such
requests are reported and do not count against the limit.

  headgate replay headgate.yaml --against next.yaml --log access.log
  zcat access.log.*.gz | headgate replay a.yaml --against b.yaml --log -

Exit status: 0 within the limit, 1 more requests change, 2 bad configuration
or usage, or a log of which nothing can be compared.)";

CLI::App* add_replay(CLI::App& app, headgate::proxy::command::ReplayOptions& options) {
  CLI::App* word = add_word(app, "replay", "say which requests of a log another configuration\nwould decide otherwise");
  word->add_option("FILE", options.file, "the configuration that wrote the log")->required()->type_name("");
  word->add_option("--against", options.against, "the one to compare it with")->required()->type_name("NEW");
  word->add_option("--log", options.log, "the access log; '-' is standard input")->required()->type_name("LOG");
  word->add_option("--limit", options.limit,
                   "changed requests that are not too many, or a\nshare of them: 25, 0.5%; default 0")
      ->type_name("N");
  word->add_option("--examples", options.examples, "of each kind of change, 0 to 1000; default 3")
      ->type_name("N")
      ->check(CLI::Range(0, 1000).description(""));
  word->add_flag("--json", options.json, "as JSON");
  word->footer(kReplayFooter);
  return word;
}

constexpr const char* kGeoipFooter = R"(A database of addresses is a MaxMind DB file. What the daemon does with it:
geoip and regions of the configuration.)";

constexpr const char* kGeoipBuildFooter =
    R"(NETWORKS is a file of comma-separated values whose first line names the columns,
in any order: network (required; IPv4 or IPv6), country (ISO 3166-1, DE),
continent (EU; if absent the country's), latitude and longitude (degrees), asn,
organization, city, region (a name of the configuration's regions). An empty
field says nothing. Networks may lie in each other: the longest prefix counts.

  network,country,region
  203.0.113.0/24,DE,eu
  2001:db8::/32,US,

OUT is replaced at once, when all of it is written. All problems of NETWORKS
are told with line and column, and then OUT is left as it was.

Exit status: 0 written, 1 OUT cannot be written, 2 bad NETWORKS or usage.)";

constexpr const char* kGeoipLookupFooter =
    R"(Shows for each address: the network that the answer holds for, the place, the
autonomous system, the region and why, and the other regions, the next nearest
first.

  headgate geoip lookup 203.0.113.9 2001:db8::9
  headgate geoip lookup --database GeoLite2-City.mmdb --json 203.0.113.9

Exit status: 0 shown, 2 bad address, database, configuration or usage.)";

struct GeoipWords {
  CLI::App* geoip = nullptr;
  CLI::App* build = nullptr;
  CLI::App* lookup = nullptr;
};

GeoipWords add_geoip(CLI::App& app, headgate::proxy::command::GeoipBuildOptions& build,
                     headgate::proxy::command::GeoipLookupOptions& lookup) {
  GeoipWords words;
  words.geoip = add_word(app, "geoip", "make and ask databases of where addresses are");
  words.geoip->footer(kGeoipFooter);
  words.geoip->require_subcommand(1);
  words.build = words.geoip->add_subcommand("build", "make a database of one's own networks");
  words.build->add_option("NETWORKS", build.networks, "comma-separated values, see below")->required()->type_name("");
  words.build->add_option("OUT", build.out, "the database, such as networks.mmdb")->required()->type_name("");
  words.build->add_option("--type", build.type, "what the database says it is; default\nheadgate-City")
      ->type_name("TEXT");
  words.build->add_option("--description", build.description, "of the database, in English")->type_name("TEXT");
  words.build->footer(kGeoipBuildFooter);
  words.lookup = words.geoip->add_subcommand("lookup", "say where addresses are, and which region's");
  words.lookup->add_option("IP", lookup.addresses, "addresses")->required()->type_name("");
  words.lookup
      ->add_option("--database", lookup.databases, "a database; may be given several times; then\nthere are no regions")
      ->type_name("FILE")
      ->allow_extra_args(false);
  lookup.config = kDefaultFile;
  words.lookup
      ->add_option("--config", lookup.config,
                   std::string("the configuration whose databases and regions\nare asked; default ") + kDefaultFile)
      ->type_name("FILE")
      ->excludes("--database");
  words.lookup->add_flag("--json", lookup.json, "as JSON");
  words.lookup->footer(kGeoipLookupFooter);
  return words;
}

constexpr const char* kDnsFooter = R"(A zone whose dnssec.key names such a key is signed as it is answered.)";

constexpr const char* kDnsKeyFooter =
    R"(FILE is a private key for ECDSA over P-256 (algorithm 13) in PEM, which its
owner alone may read; a file that is there is not touched. What the daemon and
the parent zone need of it is printed.

  headgate dns key gslb.example.com /etc/headgate/gslb.example.com.key

Exit status: 0 made, 1 FILE cannot be written, 2 bad usage, or FILE is there.)";

constexpr const char* kDnsDsFooter =
    R"(A line for each key of FILE, in its order: the first is the one that signs.

  headgate dns ds gslb.example.com /etc/headgate/gslb.example.com.key

Exit status: 0 shown, 2 bad usage, or a FILE without keys.)";

struct DnsWords {
  CLI::App* key = nullptr;
  CLI::App* ds = nullptr;
};

DnsWords add_dns(CLI::App& app, headgate::proxy::command::DnsKeyOptions& key) {
  DnsWords words;
  CLI::App* const dns = add_word(app, "dns", "make and show keys of zones (DNSSEC)");
  dns->footer(kDnsFooter);
  dns->require_subcommand(1);
  words.key = dns->add_subcommand("key", "make a key for a zone, and say what to do with it");
  words.ds = dns->add_subcommand("ds", "show what a zone's parent is to publish");
  for (CLI::App* const word : {words.key, words.ds}) {
    word->add_option("ZONE", key.zone, "its name, such as gslb.example.com")->required()->type_name("");
    word->add_option("FILE", key.file, "its private keys (dnssec.key of the zone)")->required()->type_name("");
  }
  words.ds->add_flag("--dnskey", key.shows_dnskey, "the DNSKEY records in place of DS");
  words.key->footer(kDnsKeyFooter);
  words.ds->footer(kDnsDsFooter);
  return words;
}

/// What is wrong with a command line without a known word; its exit status.
int say_what_words_there_are(const CLI::App& app, const std::vector<std::string>& rest) {
  std::vector<std::string> names;
  std::string list;
  for (const CLI::App* word : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(word->get_name());
    list += (list.empty() ? "" : ", ") + word->get_name();
  }
  const std::string found =
      rest.empty() ? "a word is missing"
                   : "no word '" + rest.front() + "'" + headgate::base::suggestion_for(rest.front(), names);
  std::fprintf(stderr, "headgate: %s; there are %s\nRun with --help for more information.\n", found.c_str(),
               list.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  namespace command = headgate::proxy::command;
  // A command line of its own: its words may have the names of words here.
  if (argc > 1 && std::string_view(argv[1]) == "ctl") return headgate::proxy::ctl::run(argc - 1, argv + 1);
  CLI::App app{"headgate: reverse proxy and load balancer; one daemon, one YAML file", "headgate"};
  app.set_help_flag("-h,--help", "print this help");
  app.get_formatter()->column_width(kHelpColumn);
  app.footer(kFooter);

  std::string file = kDefaultFile;
  CLI::App* run = add_word(app, "run", "run the daemon in the foreground");
  run->add_option("FILE", file, std::string("the configuration; default ") + kDefaultFile)->type_name("");
  std::string pid_file;
  run->add_option("--pid-file", pid_file, "write the pid to this file once requests are taken")->type_name("PATH");
  CLI::App* demo = add_word(app, "demo",
                            "try headgate with nothing else installed:\n"
                            "traffic on 127.0.0.1:8080, dashboard on :9900");
  CLI::App* check = add_word(app, "check", "say all that is wrong with a configuration,\nor what it would run");
  check->add_option("FILE", file, "the configuration")->required()->type_name("");
  command::ExplainOptions question;
  CLI::App* explain = add_explain(app, question);
  command::ReplayOptions comparison;
  CLI::App* replay = add_replay(app, comparison);
  command::GeoipBuildOptions database;
  command::GeoipLookupOptions where;
  const GeoipWords geoip = add_geoip(app, database, where);
  command::DnsKeyOptions dns_key;
  const DnsWords dns = add_dns(app, dns_key);
  add_word(app, "ctl", "ask the running daemon, and tell it what to do:\nstatus, drain, reload, top and more");
  CLI::App* version = add_word(app, "version", "print the version");
  bool wants_version = false;
  app.add_flag("--version", wants_version, "print the version");
  app.allow_extras();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& refused) {
    const int status = app.exit(refused);
    return status == 0 ? 0 : 2;
  }
  if (wants_version) return command::version();
  if (app.get_subcommands().empty() || app.remaining_size() > 0) return say_what_words_there_are(app, app.remaining());
  if (run->parsed()) return command::run(file, pid_file, headgate::proxy::handover::Program::of(argc, argv));
  if (demo->parsed()) return command::demo(argv[0]);
  if (check->parsed()) return command::check(file);
  if (explain->parsed()) return command::explain(question);
  if (replay->parsed()) return command::replay(comparison);
  if (geoip.build->parsed()) return command::build_geoip(database);
  if (geoip.lookup->parsed()) return command::look_up_geoip(where);
  if (dns.key->parsed()) return command::make_dns_key(dns_key);
  if (dns.ds->parsed()) return command::show_dns_ds(dns_key);
  if (version->parsed()) return command::version();
  return 2;
}
