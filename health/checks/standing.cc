#include "health/checks/standing.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/result.h"
#include "config/values.h"

namespace headgate::health::checks {
namespace {

bool has_checks(const config::Health& settings) {
  return !std::holds_alternative<std::monostate>(settings.check);
}

}  // namespace

State Standing::deserved() const {
  if (wish_.mode() == Mode::kDisabled || agent_.is_disabled()) return State::kDisabled;
  if (wish_.is_drained() || drained_by_configuration_ || agent_.is_drained()) return State::kDraining;
  if (is_down()) return State::kDown;
  return is_ejected() ? State::kEjected : State::kUp;
}

void Standing::change_to(State next, std::string_view because) {
  if (next == state_) base::invariant_broken("a backend moved to the state it was in");
  state_ = next;
  switch (next) {
    case State::kUp:
      why_ = because;
      break;
    case State::kDown:
      why_ = active_.state() == ActiveState::kFailing ? checks_say_ : agent_.says();
      break;
    case State::kEjected:
      why_ = ejection_says_;
      break;
    case State::kDraining:
    case State::kDisabled:
      why_ = wish_says();
      break;
  }
}

bool Standing::settle(const config::Health& settings, base::Time now, std::string_view because) {
  const bool fit = is_fit();
  if (fit && !was_fit_) slow_start_.begin(now, settings.slow_start);
  if (!fit) slow_start_.abandon();
  was_fit_ = fit;

  const State next = deserved();
  const bool changed = next != state_ || weight_percent() != shown_percent_;
  shown_percent_ = weight_percent();
  if (next != state_) change_to(next, because);
  return changed;
}

void Standing::inherit(const Inherited& inherited, base::Time now) {
  if (inherited.passes_checks) {
    active_.inherit(*inherited.passes_checks);
    checks_say_ = why_ = inherited.checks_say;
  }
  ejection_.inherit(now, inherited.ejected_for.value_or(base::Duration(0)), inherited.ejections);
  ejection_says_ = inherited.ejection_says;
  was_fit_ = is_fit();
  const State begins_as = deserved();
  if (begins_as != state_) change_to(begins_as, {});
}

Standing::Inherited Standing::to_be_inherited(base::Time now) const {
  Inherited out;
  if (active_.state() != ActiveState::kUnchecked) {
    out.passes_checks = active_.state() == ActiveState::kPassing;
    out.checks_say = checks_say_;
  }
  if (is_ejected()) {
    out.ejected_for = ejection_.back_at() - now;
    out.ejection_says = ejection_says_;
  }
  out.ejections = ejection_.count();
  return out;
}

bool Standing::on_finding(const Finding& finding, const config::Health& settings, base::Time now) {
  if (!active_.record(finding.verdict, {std::max(settings.fall, 1u), std::max(settings.rise, 1u)})) return false;
  const std::uint32_t run = active_.deciding_run();
  const bool passing = active_.state() == ActiveState::kPassing;
  checks_say_ = fmt::format("{}, {} of {} {}", finding.text, run, run, passing ? "passed" : "failed");
  const bool changed = settle(settings, now, checks_say_);
  if (state_ == State::kUp) why_ = checks_say_;  // the first check of a backend that is up answers "not checked yet"
  return changed;
}

bool Standing::on_errors(std::uint32_t errors, const config::Health& settings, base::Time now, bool room) {
  if (!settings.outlier || !ejection_.record(errors, *settings.outlier, now, room)) return false;
  ejection_says_ =
      fmt::format("{} errors within {}, ejected for {}", settings.outlier->errors,
                  config::duration_text(settings.outlier->window), config::duration_text(ejection_.length()));
  return settle(settings, now, {});
}

bool Standing::on_time(const config::Health& settings, base::Time now) {
  slow_start_.advance(now);
  wish_.advance(now);
  std::string because;
  if (ejection_.advance(now)) {
    because = fmt::format("its ejection for {} is over", config::duration_text(ejection_.length()));
  }
  return settle(settings, now, because);
}

bool Standing::on_settings(const config::Health& settings, base::Time now) {
  const bool repeats_the_checks = why_ == checks_say_ && state_ == State::kUp;
  std::string because = "ejection is switched off";
  if (!settings.outlier) ejection_.end_early(now);
  if (!has_checks(settings) && active_.forget()) because = "its checks are switched off";
  if (active_.state() == ActiveState::kUnchecked)
    checks_say_ = has_checks(settings) ? "not checked yet" : "not checked";
  if (repeats_the_checks) why_ = checks_say_;
  if (settings.slow_start <= base::Duration(0)) slow_start_.abandon();
  if (settings.load_feedback.by != config::LoadFeedback::By::kAgent) agent_ = AgentWord();
  if (settings.load_feedback.by == config::LoadFeedback::By::kOff) load_share_.settle(std::nullopt);
  return settle(settings, now, because);
}

bool Standing::on_agent(const wire::load_report::AgentReply& reply, std::string_view why,
                        const config::Health& settings, base::Time now) {
  agent_.take(reply, why);
  return settle_wishes(settings, now, agent_.says());
}

bool Standing::on_load(std::optional<double> load, const config::Health& settings, base::Time now) {
  return load_share_.settle(load) && settle(settings, now, {});
}

bool Standing::on_smaller_cap(const config::Health& settings, base::Time now) {
  ejection_.end_early(now);
  return settle(settings, now, "fewer backends may be ejected now");
}

bool Standing::on_configured_drain(bool draining, std::string_view why, const config::Health& settings,
                                   base::Time now) {
  drained_by_configuration_ = draining;
  configuration_says_ = why;
  return settle_wishes(settings, now, why);
}

bool Standing::on_wish(const OperatorWish& wish, std::string_view why, const config::Health& settings, base::Time now) {
  wish_ = wish;
  wish_.advance(now);
  operator_says_ = why;
  return settle_wishes(settings, now, why);
}

bool Standing::settle_wishes(const config::Health& settings, base::Time now, std::string_view why) {
  const bool changed = settle(settings, now, why.empty() ? "enabled" : why);
  if (state_ == State::kDraining || state_ == State::kDisabled) why_ = wish_says();  // anew, for another reason
  return changed;
}

const std::string& Standing::wish_says() const {
  if (wish_.mode() == Mode::kDisabled) return operator_says_;
  if (agent_.is_disabled()) return agent_.says();
  if (wish_.is_drained()) return operator_says_;
  return drained_by_configuration_ ? configuration_says_ : agent_.says();
}

std::uint32_t Standing::weight_percent() const {
  if (wish_.percent() == 0) return 0;
  return std::max(slow_start_.percent() * wish_.percent() * load_share_.percent() / 10'000, 1u);
}

base::Time Standing::next_change() const {
  return std::min({ejection_.back_at(), slow_start_.next_step(), wish_.next_step()});
}

}  // namespace headgate::health::checks
