#pragma once
#include <functional>

#include "base/result.h"
#include "net/task.h"
#include "proxy/admin/view.h"
#include "proxy/explain/explanation.h"
#include "proxy/explain/question.h"

namespace headgate::proxy::admin {

/// What would happen to a request at this moment; see proxy/live_explainer.h.
using Explainer = std::function<net::Task<base::Result<explain::Explanation>>(explain::Question)>;

/// The daemon as its admin pages know it: what they show.
struct Daemon {
  ViewSource view;
  Explainer explain = {};
};

}  // namespace headgate::proxy::admin
