#pragma once
#include <cstdint>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "config/config.h"
#include "proxy/explain/explanation.h"
#include "proxy/explain/question.h"

namespace headgate::proxy::explain {

/// Where each listener listens, as Config::listeners: the binds of the file, or those that the kernel gave.
using Binds = std::vector<std::vector<base::Endpoint>>;

struct ChosenListener {
  std::uint32_t index = 0;  ///< in Config::listeners
  ListenerPart part;
};

/// The listener that the question names, or that a connection for its URL would meet: by port, and by address where the
/// URL has one. Where none listens there, the first of the file, which `why` then says. Fails on an unknown name, which
/// the error corrects.
base::Result<ChosenListener> choose_listener(const Question& question, const Target& target,
                                             const config::Config& config, const Binds& binds);

}  // namespace headgate::proxy::explain
