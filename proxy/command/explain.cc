#include "proxy/explain/explain.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/ascii.h"
#include "config/load.h"
#include "proxy/command/commands.h"
#include "proxy/explain/json.h"
#include "proxy/explain/text.h"
#include "proxy/offline_pools.h"
#include "proxy/snapshot.h"

namespace headgate::proxy::command {
namespace {

/// "DNS" stands in place of the URL, or of the file.
bool is_lookup(const ExplainOptions& options) {
  return base::equals_ignoring_case(options.url, "dns") || base::equals_ignoring_case(options.file, "dns");
}

int refused_question(const std::string& why) {
  std::fprintf(stderr, "headgate explain: %s\n", why.c_str());
  return 2;
}

base::Result<explain::Question> question_of(const ExplainOptions& options) {
  explain::Question question;
  question.url = options.url;
  question.method = options.method;
  question.listener = options.listener;
  question.server_name = options.server_name;
  question.protocols = options.protocols;
  const bool has_hello = !options.server_name.empty() || !options.protocols.empty();
  if (has_hello && !question.is_connection()) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser, "--sni and --alpn are for tcp:// URLs"};
  }
  const std::optional<base::IpAddress> from = base::IpAddress::parse(options.from);
  if (!from) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                       "--from " + options.from + ": this is no IP address"};
  }
  question.from = *from;
  for (const std::string& line : options.headers) {
    auto header = explain::header_of(line);
    if (!header) return base::Error{header.error().kind, header.error().fault, "--header " + header.error().message};
    question.headers.push_back(std::move(*header));
  }
  return question;
}

/// Where no file names them, only the daemon has them.
std::shared_ptr<const sticky::Keyring> keys_of(const config::Config& config) {
  if (config.sticky_keys.empty()) return nullptr;
  return std::make_shared<const sticky::Keyring>(config.sticky_keys);
}

}  // namespace

bool wants_color() {
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

int explain(const ExplainOptions& options) {
  if (is_lookup(options)) return explain_lookup(options);
  if (!options.name.empty())
    return refused_question("'" + options.name + "' is too much: only DNS has a name behind it");
  if (!options.type.empty())
    return refused_question("--type is for DNS, as in: headgate explain FILE DNS NAME --type AAAA");
  base::Result<explain::Question> question = question_of(options);
  if (!question) return refused_question(question.error().message);
  const std::shared_ptr<const Snapshot> snapshot = compiled_file(options.file);
  if (!snapshot) return 2;
  explain::Binds binds;
  for (const config::Listener& listener : snapshot->config->listeners) binds.push_back(listener.bind);
  base::Result<explain::Explanation> explanation = explain::explain(*question, {.config = *snapshot->config,
                                                                                .site = *snapshot->site,
                                                                                .binds = binds,
                                                                                .now = base::now(),
                                                                                .at = base::wall_now(),
                                                                                .live = false,
                                                                                .keys = keys_of(*snapshot->config)});
  if (!explanation) return refused_question(explanation.error().message);
  const config::Pool* pool = explain::pool_of(*explanation, *snapshot->config);
  while (pool != nullptr &&
         explain::complete(*explanation, *pool,
                           offline_view_of(*snapshot, *pool, explain::wish_of(*explanation, *pool)))) {
    pool = explain::pool_of(*explanation, *snapshot->config);
  }
  const std::string text =
      options.json ? explain::json_of(*explanation) : explain::text_of(*explanation, {.color = wants_color()});
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace headgate::proxy::command
