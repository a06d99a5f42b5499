#pragma once
#include "proxy/admin/access.h"
#include "proxy/admin/view.h"
#include "proxy/origin/origin.h"

namespace headgate::proxy::admin {

/// Answers GET and HEAD for the admin pages: `/` says what there is, `/metrics` and `/status` show the view of the
/// moment,
/// `/healthz` says 200 while requests are taken and 503 otherwise. Only /healthz is open to everybody.
class AdminOrigin final : public origin::Origin {
 public:
  AdminOrigin(ViewSource view, Access access) : view_(std::move(view)), access_(std::move(access)) {}
  net::Task<base::Result<void>> respond(origin::Call& call, message::Response& response) const override;
  std::string describe() const override { return "admin"; }

 private:
  void answer(const wire::http::RequestHead& request, message::Response& response) const;
  void answer_healthz(message::Response& response) const;
  ViewSource view_;
  Access access_;
};

}  // namespace headgate::proxy::admin
