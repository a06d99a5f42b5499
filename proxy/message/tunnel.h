#pragma once
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "net/task.h"

namespace headgate::proxy::message {

/// The far end of an upgraded connection: bytes both ways, without meaning.
class TunnelEnd {
 public:
  virtual ~TunnelEnd() = default;
  TunnelEnd() = default;
  TunnelEnd(const TunnelEnd&) = delete;
  TunnelEnd& operator=(const TunnelEnd&) = delete;

  /// The next bytes, valid until the next read; empty when the far side has closed its direction.
  virtual net::Task<base::Result<std::string_view>> read(base::Time deadline) = 0;
  virtual net::Task<base::Result<void>> write(std::string_view bytes, base::Duration stall) = 0;
  /// Nothing more will be written; reading goes on.
  virtual void end_writing() = 0;
  /// Nothing more goes either way: a read() that waits ends.
  virtual void cut() = 0;
};

}  // namespace headgate::proxy::message
