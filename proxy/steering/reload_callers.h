#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "net/loop.h"
#include "net/waiting.h"
#include "proxy/admin/actions.h"

namespace headgate::proxy::steering {

/// Who waits for the outcome of a reload. A caller is told of one that began after it called, since only that has read
/// the file as the caller left it. Belongs to the control thread.
///
///     std::shared_ptr<ReloadCallers::Caller> caller = callers.add(loop);   // then a reload is begun, or asked for
///     const bool told = co_await caller->told.wait(deadline);
class ReloadCallers {
 public:
  struct Caller {
    explicit Caller(net::Loop& loop) : told(loop) {}
    net::Gate told;
    admin::ReloadOutcome outcome;
  };
  using List = std::vector<std::shared_ptr<Caller>>;

  std::shared_ptr<Caller> add(net::Loop& loop) { return next_.emplace_back(std::make_shared<Caller>(loop)); }
  /// A reload begins: those who called until now.
  List take() { return std::exchange(next_, {}); }
  static void tell(const List& callers, const admin::ReloadOutcome& outcome) {
    for (const std::shared_ptr<Caller>& caller : callers) {
      caller->outcome = outcome;
      caller->told.open();
    }
  }

 private:
  List next_;
};

}  // namespace headgate::proxy::steering
