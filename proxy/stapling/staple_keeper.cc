#include "proxy/stapling/staple_keeper.h"

#include <algorithm>
#include <set>

#include "config/certificates/credentials.h"
#include "net/waiting.h"
#include "proxy/stapling/ocsp_fetch.h"

namespace headgate::proxy::stapling {
namespace {

using base::x509::OcspResponse;

}  // namespace

base::WallTime next_question_at(const OcspResponse& response, base::WallTime now) {
  // Authorities make a new response well before the old one ends; half of its time leaves room for all of the retries.
  const bool has_end = response.until != base::WallTime::max();
  const base::WallTime half =
      has_end ? response.since + (response.until - response.since) / 2 : now + std::chrono::hours(1);
  const base::WallTime wanted = half > now ? half : now + (response.until - now) / 2;
  return std::clamp(wanted, now + kSoonest, now + kLatest);
}

base::Duration pause_after(std::uint32_t failures) {
  const std::uint32_t doublings = std::min<std::uint32_t>(failures > 0 ? failures - 1 : 0, 16);
  return std::min(kFirstPause * (1u << doublings), kLongestPause);
}

struct StapleKeeper::Followed {
  std::string listener;
  std::string file;  // of the certificate
  std::shared_ptr<const base::x509::Credential> credential;
  std::shared_ptr<net::tls::Staples> staples;
  std::vector<base::Endpoint> resolvers;
  std::string trouble;  // told last; empty: all is well
  net::Task<void> keeping;
};

StapleKeeper::StapleKeeper(net::Loop& loop, Happened happened) : loop_(loop), happened_(std::move(happened)) {}
StapleKeeper::~StapleKeeper() = default;

void StapleKeeper::follow(const config::Listener& listener, std::shared_ptr<net::tls::Staples> staples,
                          const std::vector<base::Endpoint>& resolvers) {
  std::set<Key> wanted;
  const std::vector<config::TlsCertificate> none;
  for (const config::TlsCertificate& each : listener.tls ? listener.tls->certificates : none) {
    if (!each.ocsp_is_fetched) continue;
    const base::Result<std::shared_ptr<const base::x509::Credential>> credential =
        config::certificates::read_credential(each);
    if (!credential) continue;  // they were read a moment ago: whoever changes them just now is followed next
    const Key key{listener.name, base::x509::fingerprint_of((*credential)->certificate())};
    wanted.insert(key);
    std::unique_ptr<Followed>& followed = followed_[key];
    if (followed) {
      followed->resolvers = resolvers;
      continue;
    }
    followed = std::make_unique<Followed>(
        Followed{listener.name, each.cert, *credential, staples, resolvers, std::string(), net::Task<void>()});
    followed->keeping = keep_up(*followed);
    followed->keeping.start();
  }
  std::erase_if(followed_,
                [&](const auto& entry) { return entry.first.first == listener.name && !wanted.contains(entry.first); });
}

void StapleKeeper::keep_only(const std::vector<std::string>& listeners) {
  std::erase_if(followed_,
                [&](const auto& entry) { return std::ranges::find(listeners, entry.first.first) == listeners.end(); });
}

net::Task<base::Result<OcspResponse>> StapleKeeper::ask(Followed& followed) {
  using Outcome = base::Result<OcspResponse>;
  const base::Result<base::x509::OcspResponder> responder = base::x509::ocsp_responder_of(*followed.credential);
  if (!responder) co_return Outcome(responder.error());
  const base::Result<std::string> question = base::x509::ocsp_question(*followed.credential);
  if (!question) co_return Outcome(question.error());
  const base::Result<std::string> der = co_await fetch_ocsp(loop_, followed.resolvers, *responder, *question);
  if (!der) {
    base::Error error = der.error();
    error.message = responder->text() + ": " + error.message;
    co_return Outcome(error);
  }
  Outcome verified = base::x509::verify_ocsp(*der, *followed.credential, base::wall_now());
  if (verified) co_return verified;
  base::Error error = verified.error();
  error.message = responder->text() + ": its answer " + error.message;
  co_return Outcome(error);
}

net::Task<void> StapleKeeper::keep_up(Followed& followed) {
  const std::string where = "listener " + followed.listener + ": " + followed.file + ": ";
  std::uint32_t failures = 0;
  while (true) {
    const base::Result<OcspResponse> response = co_await ask(followed);
    std::string trouble;
    if (!response) trouble = "OCSP: " + response.error().message;
    if (response && !response->is_good) trouble = "its authority says that the certificate is revoked";
    if (!trouble.empty() && trouble != followed.trouble) happened_(where + trouble, true);
    if (trouble.empty() && !followed.trouble.empty()) happened_(where + "OCSP responses are fetched again", false);
    followed.trouble = trouble;
    base::Duration pause = pause_after(++failures);
    if (trouble.empty()) {
      failures = 0;
      followed.staples->put(*followed.credential, *response);
      const base::WallTime now = base::wall_now();
      pause = next_question_at(*response, now) - now;
    }
    co_await net::sleep_until(loop_, loop_.now() + pause);
  }
}

}  // namespace headgate::proxy::stapling
