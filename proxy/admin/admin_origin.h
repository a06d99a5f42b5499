#pragma once
#include "proxy/admin/access.h"
#include "proxy/admin/daemon.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::admin {

/// Answers what comes to an admin socket: the API below /api (api/), and for GET and HEAD the pages: `/` says what
/// there is, `/metrics` and `/status` show the view of the moment, `/healthz` says 200 while requests are taken and 503
/// otherwise. Only /healthz is open to everybody.
class AdminOrigin final : public origin::Origin {
 public:
  AdminOrigin(Daemon daemon, Access access) : daemon_(std::move(daemon)), access_(std::move(access)) {}
  net::Task<base::Result<void>> respond(origin::Call& call, message::Response& response) const override;
  std::string describe() const override { return "admin"; }

 private:
  void answer_page(const message::Request& request, message::Response& response) const;
  void answer_healthz(message::Response& response) const;
  Daemon daemon_;
  Access access_;
};

}  // namespace headgate::proxy::admin
