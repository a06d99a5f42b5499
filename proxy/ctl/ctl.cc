#include "proxy/ctl/ctl.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/suggest.h"
#include "config/values.h"
#include "proxy/ctl/command_line.h"
#include "proxy/ctl/top/top.h"
#include "proxy/ctl/words/operate.h"
#include "proxy/ctl/words/words.h"

namespace headgate::proxy::ctl {
namespace {

using client::Client;
using words::Console;
using words::Operation;
using words::Wish;

void add_overviews(CommandLine& line) {
  line.runs(line.add("status", "what runs: version, configuration, traffic,\nlisteners, and what needs a look"),
            [](const Client& client, const Console& console) { return words::status(client, console); });
  line.runs(line.add("pools", "the pools, and which backends are not up"),
            [](const Client& client, const Console& console) { return words::pools(client, console); });
  CLI::App* word = line.add("backends", "the backends with state, share and load");
  auto& pool = line.keep<std::optional<std::string>>();
  word->add_option("POOL", pool, "only those of this pool")->type_name("");
  word->footer(
      "SHARE is what it gets of its weight: slow start times the operator's.\n"
      "P50 and P95 are milliseconds to the head of the response.");
  line.runs(word,
            [&pool](const Client& client, const Console& console) { return words::backends(client, console, pool); });
}

void add_backend(CLI::App* word, Wish& wish) {
  word->add_option("BACKEND", wish.backend, "POOL/ID, or ID where only one pool has it")->required()->type_name("");
}

void add_over(CLI::App* word, Wish& wish, const std::string& what) {
  word->add_option("--over", wish.over, what)->type_name("TIME")->check(duration_check());
}

void add_why(CLI::App* word, Wish& wish) {
  word->add_option("--why", wish.why, "a reason, for status, events and log")->type_name("TEXT");
}

void runs_operation(CommandLine& line, CLI::App* word, const Wish& wish) {
  line.runs(word,
            [&wish](const Client& client, const Console& console) { return words::operate(client, console, wish); });
}

void add_drain(CommandLine& line) {
  CLI::App* word = line.add("drain", "give a backend no new requests");
  auto& wish = line.keep<Wish>({.operation = Operation::kDrain});
  add_backend(word, wish);
  add_over(word, wish, "let its weight go to 0 over this time first");
  add_why(word, wish);
  auto& at_most = line.keep<std::string>();
  CLI::Option* wait = word->add_option("--wait", at_most, "until nothing runs on it any more, at\nmost for this time")
                          ->type_name("[TIME]")
                          ->expected(0, 1)
                          ->check(duration_check());
  word->footer(
      "Requests that run on it, and upgraded connections, end by themselves. It\n"
      "stays draining until `headgate ctl enable`, over reloads and upgrades.\n"
      "With --wait the exit status is 1 if something still runs at the end.");
  line.runs(word, [&wish, &at_most, wait](const Client& client, const Console& console) {
    wish.wait = wait->count() > 0;
    if (!at_most.empty()) wish.wait_at_most = config::parse_duration(at_most);
    return words::operate(client, console, wish);
  });
}

CLI::Validator percent_check() {
  return CLI::Validator(
      [](std::string& written) {
        if (written.ends_with('%')) written.pop_back();
        constexpr int kAll = 100;
        const std::optional<int> percent = base::parse_decimal<int>(written);
        if (percent && *percent <= kAll) return std::string();
        return fmt::format("'{}' is no whole number from 0 to 100", written);
      },
      "", "percent");
}

void add_other_operations(CommandLine& line) {
  CLI::App* enable = line.add("enable", "take a backend back");
  auto& enabled = line.keep<Wish>({.operation = Operation::kEnable});
  add_backend(enable, enabled);
  add_over(enable, enabled, "let its weight grow to the whole over this time");
  add_why(enable, enabled);
  runs_operation(line, enable, enabled);

  CLI::App* disable = line.add("disable", "take a backend out at once, even in a panic");
  auto& disabled = line.keep<Wish>({.operation = Operation::kDisable});
  add_backend(disable, disabled);
  add_why(disable, disabled);
  runs_operation(line, disable, disabled);

  CLI::App* weight = line.add("weight", "give a backend a part of its weight");
  auto& weighed = line.keep<Wish>({.operation = Operation::kWeight});
  add_backend(weight, weighed);
  weight->add_option("PERCENT", weighed.percent, "0 to 100, of the weight in the configuration")
      ->required()
      ->type_name("")
      ->transform(percent_check());
  add_over(weight, weighed, "go there linearly over this time");
  add_why(weight, weighed);
  runs_operation(line, weight, weighed);
}

void add_regions(CommandLine& line) {
  CLI::App* regions = line.add("regions", "the regions: state, backends, share of clients");
  regions->footer("CLIENTS is the share of requests and DNS questions whose client is its, since\nthe start.");
  line.runs(regions, [](const Client& client, const Console& console) { return words::regions(client, console); });
  for (const bool drain : {true, false}) {
    CLI::App* word = line.add(drain ? "drain-region" : "enable-region",
                              drain ? "send a region's clients to the next one" : "let a region take clients again");
    auto& wish = line.keep<words::RegionWish>({.region = {}, .drain = drain, .why = {}});
    word->add_option("REGION", wish.region, "its name in the configuration")->required()->type_name("");
    word->add_option("--why", wish.why, "a reason, for status, events and log")->type_name("TEXT");
    word->footer(drain ? "DNS and new requests go elsewhere from now on, while another region can serve.\n"
                         "It stays so until `headgate ctl enable-region`, over reloads and upgrades."
                       : "What the configuration drains (regions.NAME.drain) is enabled there.");
    line.runs(word, [&wish](const Client& client, const Console& console) {
      return words::wish_region(client, console, wish);
    });
  }
}

void add_configuration(CommandLine& line) {
  CLI::App* reload = line.add("reload", "read the configuration file anew");
  reload->footer("Exit status 2 if the file is refused: then it says why, and nothing changes.");
  line.runs(reload, [](const Client& client, const Console& console) { return words::reload(client, console); });

  CLI::App* config = line.add("config", "the text of the configuration that runs");
  auto& diff = line.keep<bool>(false);
  config->add_flag("--diff", diff, "how the file differs from it");
  config->footer("With --diff the exit status is that of diff: 0 same, 1 different, 2 trouble.");
  line.runs(config, [&diff](const Client& client, const Console& console) {
    return words::configuration(client, console, diff);
  });
}

CLI::Validator limit_check() {
  return CLI::Validator(
      [](std::string& written) {
        constexpr int kLimitMax = 10000;
        const std::optional<int> limit = base::parse_decimal<int>(written);
        if (limit && *limit >= 1 && *limit <= kLimitMax) return std::string();
        return fmt::format("'{}' is no number from 1 to {}", written, kLimitMax);
      },
      "", "limit");
}

void add_seeing(CommandLine& line) {
  CLI::App* connections = line.add("connections", "the connections of clients, the oldest first");
  auto& wish = line.keep<words::ConnectionsWish>();
  connections->add_option("--limit", wish.limit, "at most so many, 1 to 10000; default 100")
      ->type_name("N")
      ->check(limit_check());
  connections->add_option("--client", wish.client, "only of this address")->type_name("IP");
  connections->add_option("--listener", wish.listener, "only of this listener")->type_name("NAME");
  line.runs(connections, [&wish](const Client& client, const Console& console) {
    return words::connections(client, console, wish);
  });

  CLI::App* events = line.add("events", "what has happened: health, reloads, wishes");
  auto& follow = line.keep<bool>(false);
  events->add_flag("-f,--follow", follow, "and what happens, until it is interrupted");
  line.runs(events,
            [&follow](const Client& client, const Console& console) { return words::events(client, console, follow); });
}

void add_caches(CommandLine& line) {
  CLI::App* caches = line.add("caches", "the stores of answers: how full, how well they hit");
  auto& cache = line.keep<std::optional<std::string>>();
  caches->add_option("CACHE", cache, "this one, with its routes and its hottest keys")->type_name("");
  caches->footer(
      "HITS and BYTES are what went out without a request of its own to a backend.\n"
      "The rates of keys are of the last minute or two, by a sample.");
  line.runs(caches,
            [&cache](const Client& client, const Console& console) { return words::caches(client, console, cache); });

  CLI::App* word = line.add("purge", "make what a cache has stored gone, or stale");
  auto& wish = line.keep<words::PurgeWish>();
  word->add_option("CACHE", wish.cache, "its name in the configuration")->required()->type_name("");
  word->add_option("--of-url", wish.url, "one URL, in all variants")->type_name("URL");
  word->add_option("--tag", wish.tag, "what its origin tagged so")->type_name("WORD");
  word->add_option("--host", wish.host, "all of a host, or with --prefix a part of it")->type_name("HOST");
  word->add_option("--prefix", wish.prefix, "paths that begin so")->type_name("PATH");
  word->add_flag("--everything", wish.everything, "all that is stored");
  word->add_flag("--soft", wish.soft, "stale, not gone: given while it is revalidated");
  word->footer("It holds for all workers when this ends, and for what is just being fetched.");
  line.runs(word,
            [&wish](const Client& client, const Console& console) { return words::purge(client, console, wish); });
}

CLI::Validator level_check() {
  return CLI::Validator(
      [](std::string& written) {
        const std::vector<std::string> levels = {"debug", "info", "warn", "error"};
        for (const std::string& level : levels) {
          if (written == level) return std::string();
        }
        return fmt::format("no level '{}'{}; there are debug, info, warn, error", written,
                           base::suggestion_for(written, levels));
      },
      "", "level");
}

void add_process(CommandLine& line) {
  CLI::App* log_level = line.add("log-level", "show or set how much the log says");
  auto& level = line.keep<std::optional<std::string>>();
  auto& for_time = line.keep<std::optional<std::string>>();
  CLI::Option* named = log_level->add_option("LEVEL", level, "debug, info, warn or error")->type_name("");
  named->check(level_check());
  log_level->add_option("--for", for_time, "then back to that of the configuration")
      ->type_name("TIME")
      ->check(duration_check())
      ->needs(named);
  line.runs(log_level, [&level, &for_time](const Client& client, const Console& console) {
    return words::log_level(client, console, level, for_time);
  });
  CLI::App* upgrade = line.add("upgrade", "start the installed binary in place of what runs");
  upgrade->footer("If the new process does not become ready, the old one goes on; then the exit\nstatus is 1.");
  line.runs(upgrade, [](const Client& client, const Console& console) { return words::upgrade(client, console); });
  line.runs(line.add("stop", "let open connections end, and stop"),
            [](const Client& client, const Console& console) { return words::stop(client, console); });
}

void add_zones(CommandLine& line) {
  CLI::App* word = line.add("zones", "the zones of DNS: names, serials, files");
  word->footer(
      "AGE is how long ago a zone was read. A file that cannot be used leaves the zone as\nit was, and what is wrong "
      "with it stands below.");
  line.runs(word, [](const Client& client, const Console& console) { return words::zones(client, console); });
}

void add_explain(CommandLine& line) {
  CLI::App* word = line.add("explain", "what the daemon would do with a request now,\nand why");
  auto& wish = line.keep<words::ExplainWish>();
  word->add_option("URL", wish.url, "of the request: http://host/path?query; or DNS NAME")->required()->type_name("");
  word->add_option("NAME", wish.name, "behind DNS: the name that is asked for")->type_name("");
  word->add_option("--from", wish.from, "address that the connection comes from;\ndefault 127.0.0.1")->type_name("IP");
  word->add_option("--method", wish.method, "default GET")->type_name("M");
  word->add_option("--header", wish.headers, "a field, 'Name: value'; may be given several\ntimes")
      ->type_name("H")
      ->allow_extra_args(false);
  word->add_option("--listener", wish.listener, "default: by the URL's port and address")->type_name("NAME");
  word->add_option("--sni", wish.server_name, "of tcp://: the name that the client asks for;\ndefault: the URL's host")
      ->type_name("NAME");
  word->add_option("--alpn", wish.protocols, "of tcp://: a protocol that it offers; may be\ngiven several times")
      ->type_name("P")
      ->allow_extra_args(false);
  word->add_option("--type", wish.type, "of DNS: AAAA, TXT and so on; default A")->type_name("T");
  word->footer("Nothing is sent on, charged or taken. `headgate explain FILE URL` says the same\nof a file.");
  line.runs(word,
            [&wish](const Client& client, const Console& console) { return words::explain(client, console, wish); });
}

void add_top(CommandLine& line) {
  CLI::App* word = line.add("top", "a live screen of rates, latencies and health");
  auto& once = line.keep<bool>(false);
  word->add_flag("--once", once, "print one picture, or with --json what it is\nmade of, and end");
  word->footer("h in it says what the keys do. It draws anew each second, and goes on over a\nrestart of the daemon.");
  line.runs(word, [&once](const Client& client, const Console& console) {
    if (!once && console.wants_json()) {
      console.complain("the live screen has no JSON; top --once --json prints what it is made of");
      return words::kUsage;
    }
    return once ? top::run_once(client, console) : top::run(client, console);
  });
}

}  // namespace

int run(int count, const char* const* arguments) {
  CommandLine line;
  add_overviews(line);
  add_drain(line);
  add_other_operations(line);
  add_regions(line);
  add_configuration(line);
  add_seeing(line);
  add_caches(line);
  add_process(line);
  add_zones(line);
  add_explain(line);
  add_top(line);
  return line.run(count, arguments);
}

}  // namespace headgate::proxy::ctl
