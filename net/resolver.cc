#include "net/resolver.h"

#include <event2/dns.h>
#include <event2/util.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>

namespace headgate::net {
namespace {

using Addresses = std::vector<base::IpAddress>;

/// Awaits one evdns_getaddrinfo. Destroyed while waiting, it cancels the query, whose callback then comes once more
/// with EVUTIL_EAI_CANCEL: the shared Answer outlives the awaiter for that.
class [[nodiscard]] Query {
 public:
  Query(Loop& loop, evdns_base* base, std::string host)
      : loop_(loop),
        base_(base),
        host_(std::move(host)),
        ready_([](void* self) { static_cast<Query*>(self)->awaiting_.resume(); }, this) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query() {
    if (!answer_ || answer_->done) return;
    answer_->query = nullptr;
    if (request_ != nullptr) evdns_getaddrinfo_cancel(request_);
  }

  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<> awaiting) {
    answer_ = std::make_shared<Answer>();
    auto* keeper = new std::shared_ptr<Answer>(answer_);  // given to the callback, which deletes it
    evutil_addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;
    request_ = evdns_getaddrinfo(base_, host_.c_str(), nullptr, &hints, &Query::on_answer, keeper);
    if (answer_->done) return false;  // answered from /etc/hosts, at once
    awaiting_ = awaiting;
    answer_->query = this;
    return true;
  }
  base::Result<Addresses> await_resume() {
    if (answer_->error != 0) {
      return base::Error{base::ErrorKind::kUnreachable, base::Fault::kUpstream,
                         "resolve " + host_ + ": " + evutil_gai_strerror(answer_->error)};
    }
    std::sort(answer_->addresses.begin(), answer_->addresses.end());
    answer_->addresses.erase(std::unique(answer_->addresses.begin(), answer_->addresses.end()),
                             answer_->addresses.end());
    if (answer_->addresses.size() > Resolver::kAddressesMax) answer_->addresses.resize(Resolver::kAddressesMax);
    return std::move(answer_->addresses);
  }

 private:
  struct Answer {
    bool done = false;
    int error = 0;
    Addresses addresses;
    Query* query = nullptr;  // who waits
  };

  static void on_answer(int error, evutil_addrinfo* found, void* context) {
    auto* keeper = static_cast<std::shared_ptr<Answer>*>(context);
    const std::shared_ptr<Answer> answer = std::move(*keeper);
    delete keeper;
    answer->done = true;
    answer->error = error;
    for (const evutil_addrinfo* each = found; each != nullptr; each = each->ai_next) {
      answer->addresses.push_back(
          base::Endpoint::from_sockaddr(each->ai_addr, static_cast<std::uint32_t>(each->ai_addrlen)).address());
    }
    if (found != nullptr) evutil_freeaddrinfo(found);
    if (error == 0 && answer->addresses.empty()) answer->error = EVUTIL_EAI_NONAME;
    // Not resumed from here: the coroutine may destroy the Resolver, whose code is still at work with this answer.
    if (answer->query != nullptr) answer->query->loop_.wake_soon(answer->query->ready_);
  }

  Loop& loop_;
  evdns_base* base_;
  std::string host_;
  ReadyHook ready_;
  std::coroutine_handle<> awaiting_;
  std::shared_ptr<Answer> answer_;
  evdns_getaddrinfo_request* request_ = nullptr;
};

}  // namespace

void Resolver::BaseDeleter::operator()(evdns_base* base) const {
  evdns_base_free(base, 1);
}

base::Result<std::unique_ptr<Resolver>> Resolver::open(Loop& loop, const std::vector<base::Endpoint>& servers) {
  std::unique_ptr<evdns_base, BaseDeleter> base(evdns_base_new(loop.base(), EVDNS_BASE_DISABLE_WHEN_INACTIVE));
  if (!base) {
    return base::Error{base::ErrorKind::kSystem, base::Fault::kHeadgate, "the resolver cannot be made"};
  }
  if (servers.empty()) {
    // A missing resolv.conf leaves /etc/hosts and a name server on 127.0.0.1, as the C library does.
    evdns_base_resolv_conf_parse(base.get(), DNS_OPTIONS_ALL, "/etc/resolv.conf");
  } else {
    evdns_base_load_hosts(base.get(), "/etc/hosts");
  }
  for (const base::Endpoint& server : servers) {
    sockaddr_storage address;
    const socklen_t length = server.to_sockaddr(address);
    evdns_base_nameserver_sockaddr_add(base.get(), reinterpret_cast<sockaddr*>(&address), length, 0);
  }
  return std::unique_ptr<Resolver>(new Resolver(loop, std::move(base)));
}

Resolver::~Resolver() = default;

Task<base::Result<Addresses>> Resolver::resolve(std::string host) {
  base::Result<Addresses> answer = co_await Query(loop_, base_.get(), std::move(host));
  co_return answer;
}

}  // namespace headgate::net
