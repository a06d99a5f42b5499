#include "health/entry.h"

#include <fmt/format.h>

#include <algorithm>

#include "health/jitter.h"

// What a backend says of its load, by its answers or through its agent.
namespace headgate::health {
namespace {

using By = config::LoadFeedback::By;

base::Endpoint agent_of(const base::Endpoint& backend, std::uint16_t port) {
  return base::Endpoint(backend.address(), port);
}

}  // namespace

net::Task<void> Entry::keep_asking_its_agent() {
  while (true) {
    if (pool_.settings.load_feedback.by != By::kAgent) {
      [[maybe_unused]] const bool told = co_await ask_now_.wait(base::kNever);
      continue;
    }
    const base::Time next = around_.loop.now() + jittered(pool_.settings.interval, around_.random);
    const config::LoadFeedback asked = pool_.settings.load_feedback;
    checks::AgentAnswer answer;
    {
      const Turnstile::Pass pass = co_await around_.turnstile.enter();
      answer = co_await checks::ask_agent(around_.loop, agent_of(member_.address, asked.port), pool_.settings.timeout);
    }
    if (asked == pool_.settings.load_feedback) hear(answer);
    [[maybe_unused]] const bool told = co_await ask_now_.wait(next);
  }
}

void Entry::hear(const checks::AgentAnswer& answer) {
  if (!answer.reply) {
    if (!agent_fails_) {
      around_.log.warn("pool {}: the agent of backend {} ({}) says nothing that counts: {}", pool_.name, member_.id,
                       agent_of(member_.address, pool_.settings.load_feedback.port).text(), answer.why);
    }
    agent_fails_ = true;
    return;
  }
  agent_fails_ = false;
  const base::Time now = around_.loop.now();
  if (answer.reply->percent) {
    word_->load().report(1 - *answer.reply->percent / 100.0, now, stale_after(pool_.settings));
  }
  publish(standing_.on_agent(*answer.reply, answer.why, pool_.settings, now));
  look_at_load();
}

void Entry::look_at_load() {
  const base::Time now = around_.loop.now();
  const bool is_on = pool_.settings.load_feedback.by != By::kOff;
  next_look_ = is_on ? now + checks::LoadShare::kInterval : base::kNever;
  const std::optional<double> load = is_on ? word_->load().load(now, stale_after(pool_.settings)) : std::nullopt;
  publish(standing_.on_load(load, pool_.settings, now));
}

std::string Entry::load_says() const {
  const checks::LoadShare& share = standing_.load_share();
  if (!share.load()) return {};
  return fmt::format("; it reports a load of {:.0f}%, which leaves it {}% of its weight", *share.load() * 100,
                     share.percent());
}

base::Duration stale_after(const config::Health& settings) {
  // Three times without a word from an agent that is asked less often than that.
  if (settings.load_feedback.by == By::kAgent) return std::max(LoadMeter::kStale, 3 * settings.interval);
  return LoadMeter::kStale;
}

}  // namespace headgate::health
