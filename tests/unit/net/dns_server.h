#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/ascii.h"
#include "base/ip_address.h"

namespace headgate::net::testing {

/// A name server on a UDP port of 127.0.0.1, in a thread of its own, that answers by its table. Names that it does not
/// know do not exist; names that begin with "silent." get no answer.
class DnsServer {
 public:
  using Table = std::map<std::string, std::vector<base::IpAddress>>;

  explicit DnsServer(Table table) : table_(std::move(table)), fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), length);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    endpoint_ = base::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&address), length);
    thread_ = std::thread([this] { serve(); });
  }
  ~DnsServer() {
    stopping_ = true;
    thread_.join();
    ::close(fd_);
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  const base::Endpoint& endpoint() const { return endpoint_; }
  int queries() const { return queries_; }

 private:
  static constexpr std::size_t kHeaderBytes = 12;
  static constexpr int kTypeA = 1;
  static constexpr int kTypeAaaa = 28;

  void serve() {
    while (!stopping_) {
      pollfd waiting{fd_, POLLIN, 0};
      if (::poll(&waiting, 1, 5) <= 0) continue;
      char query[512];
      sockaddr_storage from;
      socklen_t length = sizeof from;
      const ssize_t got = ::recvfrom(fd_, query, sizeof query, 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (got <= static_cast<ssize_t>(kHeaderBytes)) continue;
      ++queries_;
      const std::string answer = answer_to({query, static_cast<std::size_t>(got)});
      if (!answer.empty()) {
        ::sendto(fd_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
      }
    }
  }

  std::string answer_to(std::string_view query) const {
    std::string name;
    std::size_t at = kHeaderBytes;
    while (at < query.size() && query[at] != 0) {
      const auto label = static_cast<std::size_t>(query[at]);
      if (!name.empty()) name += '.';
      name += query.substr(at + 1, label);
      at += label + 1;
    }
    name = base::lowered(name);  // the resolver mixes the case, against spoofing
    const int type = query[at + 2];
    const std::string_view question = query.substr(kHeaderBytes, at + 5 - kHeaderBytes);
    if (name.starts_with("silent.")) return {};
    const auto known = table_.find(name);

    std::string records;
    int count = 0;
    if (known != table_.end()) {
      for (const base::IpAddress& address : known->second) {
        if (address.is_v4() != (type == kTypeA)) continue;
        const std::size_t bytes = address.is_v4() ? 4 : 16;
        records += std::string("\xc0\x0c\0", 3) + static_cast<char>(type) + std::string("\0\x01\0\0\0\x3c\0", 7) +
                   static_cast<char>(bytes);
        records.append(reinterpret_cast<const char*>(address.bytes().data()) + 16 - bytes, bytes);
        ++count;
      }
    }
    std::string answer(query.substr(0, 2));
    answer += '\x81';                                   // a response, recursion desired
    answer += known == table_.end() ? '\x83' : '\x80';  // recursion available; no such name
    answer += std::string("\0\x01\0", 3) + static_cast<char>(count) + std::string(4, '\0');
    return answer.append(question) + records;
  }

  Table table_;
  int fd_;
  base::Endpoint endpoint_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> queries_{0};
  std::thread thread_;
};

}  // namespace headgate::net::testing
