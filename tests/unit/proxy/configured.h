#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "config/load.h"

namespace headgate::proxy {

/// The configuration of a text without mistakes.
inline std::shared_ptr<const config::Config> configured(std::string_view yaml) {
  const config::Environment nothing = [](std::string_view) { return std::nullopt; };
  std::variant<config::Config, config::Problems> read = config::load_text(yaml, "/tmp/test.yaml", nothing);
  if (const auto* problems = std::get_if<config::Problems>(&read)) throw std::invalid_argument(problems->text());
  return std::make_shared<const config::Config>(std::move(std::get<config::Config>(read)));
}

}  // namespace headgate::proxy
