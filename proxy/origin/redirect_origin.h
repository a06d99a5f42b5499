#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "proxy/origin/origin.h"
#include "proxy/route/field_template.h"

namespace headgate::proxy::origin {

/// Sends the client to another URI.
class RedirectOrigin final : public Origin {
 public:
  /// An unknown {name} in `to` is an error that lists those that exist.
  static base::Result<std::shared_ptr<const RedirectOrigin>> compile(const config::RedirectOrigin& settings);

  net::Task<base::Result<void>> respond(Call& call, message::Response& response) const override;
  Outlook outlook(const message::Request& request, base::Arena& arena) const override;
  std::string describe() const override { return "redirect " + settings_.to; }

 private:
  std::string_view location_of(const message::Request& request, base::Arena& arena) const;
  void fill_head(std::string_view location, wire::http::Fields& fields) const;
  RedirectOrigin(config::RedirectOrigin settings, route::FieldTemplate to)
      : settings_(std::move(settings)), to_(std::move(to)) {}
  config::RedirectOrigin settings_;
  route::FieldTemplate to_;
};

}  // namespace headgate::proxy::origin
