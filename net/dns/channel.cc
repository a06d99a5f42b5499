#include "net/dns/channel.h"

#include <ares.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/time.h>

#include <coroutine>
#include <map>
#include <utility>

#include "net/timer.h"

namespace headgate::net::dns {
namespace {

constexpr int kInternet = 1;  // the class IN
/// What an answer may have by UDP without being cut into fragments on its way (DNS flag day 2020).
constexpr int kUdpBytesMax = 1232;

std::string why(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
      return "no such name";
    case ARES_ENODATA:
      return "the name has no such records";
    case ARES_ESERVFAIL:
      return "the name server failed (SERVFAIL)";
    case ARES_EREFUSED:
      return "the name server refused";
    case ARES_ETIMEOUT:
      return "no name server answered in time";
    case ARES_ECONNREFUSED:
      return "no name server can be reached, or all of them fail";  // which of it c-ares does not tell
    case ARES_EBADNAME:
    case ARES_EFORMERR:
    case ARES_EBADQUERY:
      return "not a name that can be asked for";
    default:
      return ares_strerror(status);
  }
}

Reply reply_of(int status, std::string_view message, RecordType type) {
  Reply out;
  if (status != ARES_SUCCESS) {
    out.state = status == ARES_ENOTFOUND || status == ARES_ENODATA ? Reply::State::kNone : Reply::State::kFailed;
    out.why = why(status);
    return out;
  }
  base::Result<Answer> answer = parse_answer(message, type);
  if (!answer) {
    out.why = answer.error().message;
  } else if (answer->addresses.empty() && answer->services.empty()) {
    out.state = Reply::State::kNone;
    out.why = why(ARES_ENODATA);
  } else {
    out.state = Reply::State::kFound;
    out.answer = std::move(*answer);
  }
  return out;
}

}  // namespace

/// c-ares' channel, its sockets' events and its next timeout.
class Channel::Ares {
 public:
  explicit Ares(Loop& loop) : loop_(loop), timer_(loop.timers(), &Ares::on_time, this) {
    ares_library_init(ARES_LIB_INIT_ALL);
  }
  ~Ares() {
    if (channel_ != nullptr) ares_destroy(channel_);  // ends what is under way, and closes its sockets
    ares_library_cleanup();
  }
  Ares(const Ares&) = delete;
  Ares& operator=(const Ares&) = delete;

  Loop& loop() { return loop_; }

  int open(const std::vector<base::Endpoint>& servers) {
    ares_options options{};
    options.flags = ARES_FLAG_EDNS | ARES_FLAG_NOALIASES;
    options.ednspsz = kUdpBytesMax;
    options.timeout = static_cast<int>(kTimeout / std::chrono::milliseconds(1));
    options.tries = kTries;
    options.sock_state_cb = &Ares::on_socket;
    options.sock_state_cb_data = this;
    int mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (!servers.empty()) mask |= ARES_OPT_DOMAINS;  // none: the search list belongs to the servers of resolv.conf
    const int opened = ares_init_options(&channel_, &options, mask);
    if (opened != ARES_SUCCESS || servers.empty()) return opened;
    std::string list;
    for (const base::Endpoint& server : servers) list += (list.empty() ? "" : ",") + server.text();
    return ares_set_servers_ports_csv(channel_, list.c_str());
  }

  void ask(const std::string& name, RecordType type, ares_callback callback, void* context) {
    ares_search(channel_, name.c_str(), kInternet, static_cast<int>(type), callback, context);
    set_timer();
  }

 private:
  struct Watch {
    ~Watch() { event_del(&wanted); }
    event wanted;
  };

  static void on_socket(void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<Ares*>(self)->watch(fd, readable != 0, writable != 0);
  }
  static void on_event(evutil_socket_t fd, short what, void* self) {
    auto& ares = *static_cast<Ares*>(self);
    ares_process_fd(ares.channel_, (what & EV_READ) != 0 ? fd : ARES_SOCKET_BAD,
                    (what & EV_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
    ares.set_timer();
  }
  static void on_time(void* self) {
    auto& ares = *static_cast<Ares*>(self);
    ares_process_fd(ares.channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    ares.set_timer();
  }

  void watch(int fd, bool readable, bool writable) {
    watches_.erase(fd);
    if (!readable && !writable) return;
    auto& watch = *watches_.emplace(fd, std::make_unique<Watch>()).first->second;
    const int what = (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0) | EV_PERSIST;
    event_assign(&watch.wanted, loop_.base(), fd, static_cast<short>(what), &Ares::on_event, this);
    event_add(&watch.wanted, nullptr);
  }

  void set_timer() {
    timeval left{};
    if (ares_timeout(channel_, nullptr, &left) == nullptr) return timer_.clear();
    timer_.set(loop_.now() + std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec));
  }

  Loop& loop_;
  Timer timer_;
  ares_channel channel_ = nullptr;
  std::map<int, std::unique_ptr<Watch>> watches_;
};

namespace {

/// Awaits one question. c-ares cannot take one back: where it is destroyed while it waits, the answer still comes, to
/// the Arrival alone, which outlives it for that.
template <class Ares>
class [[nodiscard]] Question {
 public:
  Question(Ares& ares, std::string name, RecordType type)
      : ares_(ares),
        name_(std::move(name)),
        type_(type),
        ready_([](void* self) { static_cast<Question*>(self)->awaiting_.resume(); }, this) {}
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  ~Question() {
    if (arrival_) arrival_->question = nullptr;
  }

  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> awaiting) {
    arrival_ = std::make_shared<Arrival>();
    arrival_->type = type_;
    auto* keeper = new std::shared_ptr<Arrival>(arrival_);  // given to the callback, which deletes it
    ares_.ask(name_, type_, &Question::on_answer, keeper);
    if (arrival_->done) return false;  // it could not even be asked
    awaiting_ = awaiting;
    arrival_->question = this;
    return true;
  }
  Reply await_resume() { return std::move(arrival_->reply); }

 private:
  struct Arrival {
    bool done = false;
    RecordType type = RecordType::kA;
    Reply reply;
    Question* question = nullptr;  // who waits
  };

  static void on_answer(void* context, int status, int, unsigned char* bytes, int size) {
    auto* keeper = static_cast<std::shared_ptr<Arrival>*>(context);
    const std::shared_ptr<Arrival> arrival = std::move(*keeper);
    delete keeper;
    arrival->done = true;
    const std::string_view message(reinterpret_cast<const char*>(bytes), bytes == nullptr ? 0 : size);
    arrival->reply = reply_of(status, message, arrival->type);
    // Not resumed from here: the coroutine may destroy the Channel, whose code is still at work with this answer.
    if (arrival->question != nullptr) arrival->question->ares_.loop().wake_soon(arrival->question->ready_);
  }

  Ares& ares_;
  std::string name_;
  RecordType type_;
  ReadyHook ready_;
  std::coroutine_handle<> awaiting_;
  std::shared_ptr<Arrival> arrival_;
};

}  // namespace

base::Result<std::unique_ptr<Channel>> Channel::open(Loop& loop, const std::vector<base::Endpoint>& servers) {
  auto ares = std::make_unique<Ares>(loop);
  const int status = ares->open(servers);
  if (status != ARES_SUCCESS) {
    return base::Error{base::ErrorKind::kSystem, base::Fault::kHeadgate,
                       std::string("the resolver cannot be made: ") + ares_strerror(status)};
  }
  return std::unique_ptr<Channel>(new Channel(std::move(ares)));
}

Channel::Channel(std::unique_ptr<Ares> ares) : ares_(std::move(ares)) {}
Channel::~Channel() = default;

Task<Reply> Channel::ask(std::string name, RecordType type) {
  Reply reply = co_await Question<Ares>(*ares_, std::move(name), type);
  co_return reply;
}

}  // namespace headgate::net::dns
