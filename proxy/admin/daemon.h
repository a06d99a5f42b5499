#pragma once
#include "proxy/admin/view.h"

namespace headgate::proxy::admin {

/// The daemon as its admin pages know it: what they show.
struct Daemon {
  ViewSource view;
};

}  // namespace headgate::proxy::admin
