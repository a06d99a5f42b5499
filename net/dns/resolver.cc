#include "net/dns/resolver.h"

#include <algorithm>
#include <utility>

#include "net/dns/channel.h"
#include "net/dns/hosts.h"

namespace headgate::net::dns {
namespace {

base::Error cannot(const std::string& name, const std::string& why) {
  return {base::ErrorKind::kUnreachable, base::Fault::kUpstream, "resolve " + name + ": " + why};
}

template <class Value>
void make_a_set(std::vector<Value>& values, std::size_t size_max) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  if (values.size() > size_max) values.resize(size_max);
}

base::Result<HostAnswer> joined(const std::string& host, const Reply& v4, const Reply& v6) {
  HostAnswer out;
  for (const Reply* reply : {&v4, &v6}) {
    if (reply->state != Reply::State::kFound) continue;
    out.addresses.insert(out.addresses.end(), reply->answer.addresses.begin(), reply->answer.addresses.end());
    out.ttl = std::min(out.ttl.value_or(reply->answer.ttl), reply->answer.ttl);
  }
  if (out.addresses.empty()) return cannot(host, v4.state == Reply::State::kFailed ? v4.why : v6.why);
  make_a_set(out.addresses, Resolver::kAddressesMax);
  out.lacks_v4 = v4.state == Reply::State::kFailed;
  out.lacks_v6 = v6.state == Reply::State::kFailed;
  return out;
}

}  // namespace

base::Result<std::unique_ptr<Resolver>> Resolver::open(Loop& loop, const std::vector<base::Endpoint>& servers) {
  base::Result<std::unique_ptr<Channel>> channel = Channel::open(loop, servers);
  if (!channel) return channel.error();
  return std::unique_ptr<Resolver>(new Resolver(std::move(*channel)));
}

Resolver::Resolver(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}
Resolver::~Resolver() = default;

Task<base::Result<HostAnswer>> Resolver::resolve(std::string host) {
  HostAnswer known;
  if (const std::optional<base::IpAddress> literal = base::IpAddress::parse(host)) {
    known.addresses = {*literal};
  } else {
    known.addresses = addresses_in_hosts_file("/etc/hosts", host);
    make_a_set(known.addresses, kAddressesMax);
  }
  if (!known.addresses.empty()) co_return base::Result<HostAnswer>(std::move(known));
  Task<Reply> asking_v4 = channel_->ask(host, RecordType::kA);
  Task<Reply> asking_v6 = channel_->ask(host, RecordType::kAaaa);
  asking_v4.start();
  asking_v6.start();
  const Reply v4 = co_await asking_v4;
  const Reply v6 = co_await asking_v6;
  co_return joined(host, v4, v6);
}

Task<base::Result<ServiceAnswer>> Resolver::resolve_service(std::string service) {
  using Result = base::Result<ServiceAnswer>;
  Reply reply = co_await channel_->ask(service, RecordType::kSrv);
  if (reply.state != Reply::State::kFound) co_return Result(cannot(service, reply.why));
  ServiceAnswer out;
  out.ttl = reply.answer.ttl;
  out.services = std::move(reply.answer.services);
  std::erase_if(out.services, [](const Service& each) { return each.target.empty(); });
  make_a_set(out.services, kServicesMax);
  co_return Result(std::move(out));
}

}  // namespace headgate::net::dns
