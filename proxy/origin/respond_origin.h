#pragma once
#include <string>

#include "proxy/origin/origin.h"

namespace headgate::proxy::origin {

/// Answers with a fixed text.
class RespondOrigin final : public Origin {
 public:
  explicit RespondOrigin(config::RespondOrigin settings) : settings_(std::move(settings)) {}
  net::Task<base::Result<void>> respond(Call& call, message::Response& response) const override;
  Outlook outlook(const message::Request& request, base::Arena& arena) const override;
  std::string describe() const override { return "respond " + std::to_string(settings_.status); }

 private:
  bool has_body() const { return !wire::http::is_bodiless(settings_.status); }
  config::RespondOrigin settings_;
};

}  // namespace headgate::proxy::origin
