#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "proxy/ctl/client/client.h"
#include "proxy/ctl/words/console.h"

// An operator's wishes about backends: drain, enable, disable, weight.
namespace headgate::proxy::ctl::words {

enum class Operation : std::uint8_t { kDrain, kEnable, kDisable, kWeight };

struct Wish {
  Operation operation = Operation::kDrain;
  std::string backend = {};              ///< "app/app-2", or "app-2" where no other pool has one
  std::optional<std::string> over = {};  ///< a duration of the configuration: "60s"
  std::string why = {};
  std::optional<int> percent = {};  ///< for kWeight
  bool wait = false;                ///< until nothing runs on it any more
  std::optional<base::Duration> wait_at_most = {};
};

/// A backend by its names.
struct Place {
  std::string pool;
  std::string id;
};

/// Which backend of /backends is meant by "POOL/ID" or "ID". What is not among them is split at its first '/', so that
/// the daemon can say what it knows; the Error is for an id that several pools have, or that none has and that is near
/// to none.
base::Result<Place> find_backend(const client::Json& backends, const std::string& written);

/// The question that carries a wish to the daemon.
client::Question question_of(const Wish& wish, const Place& place);

/// What happens now, one line for each address: "app/app-2: weight goes from 100 to 0 % within 60 s, then draining; 12
/// requests run on it". `before` is /backends from before the wish, `answer` the daemon's.
std::string operation_text(const Wish& wish, const client::Json& before, const client::Json& answer,
                           const text::Page& page);

/// What is left on a backend, of /pools/{pool}.
struct Remainder {
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;
  double weight_percent = 0;
  bool is_leaving = false;  ///< the operator's wish is still that it goes
  bool is_known = false;    ///< false: the configuration has it no more
};
Remainder remainder_of(const client::Json& pool, std::string_view id);

int operate(const client::Client& client, const Console& console, const Wish& wish);

}  // namespace headgate::proxy::ctl::words
