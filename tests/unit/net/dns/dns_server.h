#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/ascii.h"
#include "base/ip_address.h"
#include "net/dns/answer.h"

namespace headgate::net::dns::testing {

/// A name server on a UDP port of 127.0.0.1, in a thread of its own, that answers by its table. Names that it does not
/// know do not exist; names that begin with "silent." get no answer, those with "broken." SERVFAIL; those with "half."
/// get it to their AAAA alone.
class DnsServer {
 public:
  struct Entry {
    std::vector<base::IpAddress> addresses = {};
    std::vector<Service> services = {};
    std::string alias = {};
    std::uint32_t ttl = 60;
  };
  using Table = std::map<std::string, Entry>;

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
  void set(const std::string& name, Entry entry) {
    const std::scoped_lock lock(mutex_);
    table_[name] = std::move(entry);
  }

 private:
  static constexpr std::size_t kHeaderBytes = 12;

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

  static std::string u16(std::size_t value) {
    return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
  }
  static std::string encoded(std::string_view name) {
    std::string out;
    while (!name.empty()) {
      const std::string_view label = name.substr(0, name.find('.'));
      out += static_cast<char>(label.size());
      out += label;
      name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    return out + '\0';
  }
  static std::string record(const std::string& owner, RecordType type, std::uint32_t ttl, const std::string& data) {
    return owner + u16(static_cast<std::size_t>(type)) + u16(1) + u16(ttl >> 16) + u16(ttl & 0xffff) +
           u16(data.size()) + data;
  }
  /// Counts them too.
  static std::string records_of(const Entry& entry, const std::string& owner, RecordType type, int& count) {
    std::string out;
    for (const base::IpAddress& address : entry.addresses) {
      if (type != (address.is_v4() ? RecordType::kA : RecordType::kAaaa)) continue;
      const std::size_t bytes = address.is_v4() ? 4 : 16;
      const auto* first = reinterpret_cast<const char*>(address.bytes().data()) + 16 - bytes;
      out += record(owner, type, entry.ttl, std::string(first, bytes));
      ++count;
    }
    for (const Service& each : entry.services) {
      if (type != RecordType::kSrv) continue;
      out +=
          record(owner, type, entry.ttl, u16(each.priority) + u16(each.weight) + u16(each.port) + encoded(each.target));
      ++count;
    }
    return out;
  }

  std::string answer_to(std::string_view query) {
    const std::scoped_lock lock(mutex_);
    std::string name;
    std::size_t at = kHeaderBytes;
    while (at < query.size() && query[at] != 0) {
      const auto label = static_cast<std::size_t>(query[at]);
      if (!name.empty()) name += '.';
      name += query.substr(at + 1, label);
      at += label + 1;
    }
    name = base::lowered(name);
    const auto type = static_cast<RecordType>(query[at + 2]);
    const std::string_view question = query.substr(kHeaderBytes, at + 5 - kHeaderBytes);
    if (name.starts_with("silent.")) return {};
    const bool is_broken = name.starts_with("broken.") || (name.starts_with("half.") && type == RecordType::kAaaa);
    auto known = table_.find(name);

    std::string records;
    int count = 0;
    if (known != table_.end() && !known->second.alias.empty()) {
      const std::string to = encoded(known->second.alias);
      records += record("\xc0\x0c", RecordType::kCname, known->second.ttl, to);
      ++count;
      known = table_.find(known->second.alias);
      if (known != table_.end()) records += records_of(known->second, to, type, count);
    } else if (known != table_.end()) {
      records = records_of(known->second, "\xc0\x0c", type, count);
    }
    std::string answer(query.substr(0, 2));
    answer += '\x81';  // a response, recursion desired
    // Recursion available; what is wrong.
    answer += is_broken ? '\x82' : known == table_.end() ? '\x83' : '\x80';
    answer += u16(1) + u16(is_broken ? 0 : static_cast<std::size_t>(count)) + std::string(4, '\0');
    return answer.append(question) + (is_broken ? "" : records);
  }

  std::mutex mutex_;
  Table table_;
  int fd_;
  base::Endpoint endpoint_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> queries_{0};
  std::thread thread_;
};

}  // namespace headgate::net::dns::testing
