#pragma once
#include <functional>

#include "base/result.h"
#include "net/task.h"
#include "proxy/admin/actions.h"
#include "proxy/admin/view.h"
#include "proxy/explain/explanation.h"
#include "proxy/explain/lookup/lookup.h"
#include "proxy/explain/lookup/question.h"
#include "proxy/explain/question.h"

namespace headgate::proxy::admin {

/// What would happen to a request at this moment; see proxy/live_explainer.h.
using Explainer = std::function<net::Task<base::Result<explain::Explanation>>(explain::Question)>;
/// What would be answered to a question of DNS.
using LookupExplainer = std::function<base::Result<explain::lookup::Lookup>(const explain::lookup::Question&)>;

/// The daemon as its admin pages know it: what they show, and what they may ask it to do.
struct Daemon {
  ViewSource view;
  Actions* actions = nullptr;  ///< never null where the API is served
  Explainer explain = {};
  LookupExplainer explain_lookup = {};
};

}  // namespace headgate::proxy::admin
