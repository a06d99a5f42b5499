#include "proxy/live_explainer.h"

#include <algorithm>
#include <utility>

#include "proxy/explain/lookup/explain_lookup.h"

namespace headgate::proxy {

LiveExplainer::Asking::Asking(LiveExplainer& the_owner, std::size_t workers)
    : owner(the_owner),
      ticket(the_owner.next_ticket_++),
      answers(workers),
      missing(workers),
      complete(the_owner.loop_) {
  owner.asking_.emplace(ticket, this);
}

LiveExplainer::Asking::~Asking() {
  owner.asking_.erase(ticket);
}

void LiveExplainer::ask(Worker& worker, balance::Pool& pool, const balance::Wish& wish, std::uint64_t ticket) {
  // What comes back finds its asking by the ticket: who asked may be gone by then.
  worker.forecast(pool, wish, [this, ticket, index = worker.index()](const balance::Forecast& forecast) {
    loop_.post([this, ticket, index, forecast] { take_answer(ticket, index, forecast); });
  });
}

void LiveExplainer::take_answer(std::uint64_t ticket, std::size_t worker, const balance::Forecast& forecast) {
  const auto found = asking_.find(ticket);
  if (found == asking_.end()) return;
  Asking& asking = *found->second;
  asking.answers[worker] = std::make_unique<balance::Forecast>(forecast);
  if (--asking.missing == 0) asking.complete.open();
}

net::Task<base::Result<explain::Explanation>> LiveExplainer::explain(explain::Question question) {
  const Moment moment = moment_();
  if (!moment.snapshot) {
    co_return base::Error{base::ErrorKind::kUnavailable, base::Fault::kHeadgate, "nothing is served yet"};
  }
  const config::Config& config = *moment.snapshot->config;
  const explain::Surroundings surroundings{.config = config,
                                           .site = *moment.snapshot->site,
                                           .binds = moment.binds,
                                           .now = loop_.now(),
                                           .at = base::wall_now(),
                                           .live = true,
                                           .keys = moment.keys,
                                           .sessions = moment.sessions};
  base::Result<explain::Explanation> explanation = explain::explain(question, surroundings);
  if (!explanation) co_return explanation.error();
  while (const config::Pool* settings = explain::pool_of(*explanation, config)) {
    explain::PoolView view = co_await view_of(moment, *settings, explain::wish_of(*explanation, *settings));
    if (!explain::complete(*explanation, *settings, view)) break;
  }
  co_return explanation;
}

base::Result<explain::lookup::Lookup> LiveExplainer::explain_lookup(const explain::lookup::Question& question) const {
  const Moment moment = moment_();
  if (!moment.snapshot) {
    return base::Error{base::ErrorKind::kUnavailable, base::Fault::kHeadgate, "nothing is served yet"};
  }
  const Snapshot& snapshot = *moment.snapshot;
  const auto sight = [&](std::string_view pool, std::string_view region) {
    explain::lookup::Sight out;
    if (moment.why_region) out.why = moment.why_region(region);
    for (const std::shared_ptr<balance::Pool>& each : snapshot.pools) {
      const std::shared_ptr<const balance::PoolVersion> version = each->version();
      if (each->name() != pool || !version) continue;
      for (const balance::PoolVersion::Member& member : version->members) {
        if (member.region != region) continue;
        ++out.backends;
        if (member.weight > 0 && member.backend->health().state() == health::State::kUp) ++out.healthy;
      }
    }
    return out;
  };
  return explain::lookup::explain(question, {.config = *snapshot.config,
                                             .zones = moment.zones,
                                             .atlas = snapshot.site->atlas,
                                             .regions = snapshot.site->serving,
                                             .sight = sight,
                                             .at = base::wall_now(),
                                             .live = true});
}

net::Task<explain::PoolView> LiveExplainer::view_of(const Moment& moment, const config::Pool& settings,
                                                    balance::Wish wish) {
  const std::shared_ptr<balance::Pool>& pool =
      moment.snapshot->pools[static_cast<std::size_t>(&settings - moment.snapshot->config->pools.data())];
  Asking asking(*this, workers_.size());
  for (const std::unique_ptr<Worker>& worker : workers_) ask(*worker, *pool, wish, asking.ticket);
  [[maybe_unused]] const bool all = co_await asking.complete.wait(loop_.now() + kAnswerWait);
  explain::PoolView view;
  view.is_checked = true;
  view.health = moment.health;
  view.names = moment.names;
  view.waiting = pool->waiting();
  view.now = base::wall_now();
  for (std::size_t i = 0; i < asking.answers.size(); ++i) {
    if (asking.answers[i] == nullptr) {
      view.silent.push_back(static_cast<std::uint32_t>(i));
    } else {
      view.forecasts.push_back(std::move(*asking.answers[i]));
    }
  }
  explain::keep_version(view, pool->version());
  co_return view;
}

}  // namespace headgate::proxy
