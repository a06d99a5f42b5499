#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "net/dns/answer.h"
#include "net/loop.h"
#include "net/task.h"

namespace headgate::net::dns {

/// What came of a question.
struct Reply {
  enum class State : std::uint8_t {
    kFound,
    kNone,    ///< there is no such name, or it has no such records
    kFailed,  ///< nobody answered, or with an error
  };
  State state = State::kFailed;
  Answer answer;    ///< with kFound: has a record at least
  std::string why;  ///< otherwise: "no such name"
};

/// Puts questions to name servers and waits for them with a loop's events: c-ares', which sends them by UDP, by TCP
/// where an answer is cut short, to each server in turn, and again where nothing came.
class Channel {
 public:
  /// `servers` empty: those of /etc/resolv.conf, with its search list and options.
  static base::Result<std::unique_ptr<Channel>> open(Loop& loop, const std::vector<base::Endpoint>& servers);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Ends within kTimeout and its doubles, kTries in all for each server. A question that nobody waits for any more
  /// runs on, and its answer is dropped.
  Task<Reply> ask(std::string name, RecordType type);

  static constexpr base::Duration kTimeout = std::chrono::seconds(2);
  static constexpr int kTries = 3;

 private:
  class Ares;
  explicit Channel(std::unique_ptr<Ares> ares);
  std::unique_ptr<Ares> ares_;
};

}  // namespace headgate::net::dns
