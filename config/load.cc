#include "config/load.h"

#include <fmt/core.h>

#include <cstdlib>

#include "config/files.h"
#include "config/reader.h"
#include "config/sections/balance/hash.h"
#include "config/sections/dns/dns.h"
#include "config/sections/geo/geo.h"
#include "config/sections/protection/protection.h"
#include "config/sections/sections.h"
#include "config/yaml/document.h"

namespace headgate::config {
namespace {

Problems one_problem(const std::string& file, std::string what) {
  return Problems{file, {Problem{{}, {}, std::move(what)}}};
}

}  // namespace

std::string to_text(std::string_view file, const Problem& problem) {
  std::string out(file);
  if (problem.place.line > 0) out += fmt::format(":{}:{}", problem.place.line, problem.place.column);
  if (!problem.path.empty()) out += ": " + problem.path;
  return out + ": " + problem.what;
}

std::string Problems::text() const {
  std::string out;
  for (const Problem& problem : list) out += to_text(file, problem) + "\n";
  return out;
}

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

std::variant<Config, Problems> load_file(const std::string& file, const Environment& environment) {
  const base::Result<std::string> text = read_text(file, yaml::kTextBytesMax);
  if (!text) return one_problem(file, text.error().message);
  std::variant<Config, Problems> loaded = load_text(*text, file, environment);
  if (Config* config = std::get_if<Config>(&loaded)) config->is_from_file = true;
  return loaded;
}

std::variant<Config, Problems> load_text(std::string_view text, const std::string& file,
                                         const Environment& environment) {
  yaml::Document document = yaml::parse_document(text);
  Reading reading{environment, folder_of(file), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, 0};
  for (Problem& problem : document.problems) {
    reading.problems.add(problem.place, std::move(problem.path), std::move(problem.what));
  }
  Config config;
  config.file = file;
  config.text = text;
  if (document.is_complete) {
    const yaml::Node* root = document.root.node;
    if (root == nullptr || root->kind == yaml::NodeKind::kNothing) {
      return one_problem(file, "is empty; at least listeners is required");
    }
    sections::read_file(Reader(reading, document.root), config);
    sections::check_references(config, reading);
    sections::geo::check_regions(config, reading);
    sections::dns::check_zones(config, reading);
    sections::settle_regions(config);
    sections::balance::check_hashes(config, reading);
    sections::sticky::check_connections(config, reading);
    sections::protection::check_connections(config, reading);
    sections::settle_redirects(config, reading);
  }
  if (reading.problems.empty()) return config;
  return Problems{file, reading.problems.take()};
}

std::vector<std::string> known_keys() {
  KeyList keys;
  sections::list_file_keys(keys);
  return keys.take();
}

}  // namespace headgate::config
