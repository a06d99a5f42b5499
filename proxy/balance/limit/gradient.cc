#include "proxy/balance/limit/gradient.h"

#include <algorithm>
#include <cmath>

namespace headgate::proxy::balance::limit {
namespace {

/// Of each new window in the smoothed latency. With less, what was done last is not seen before more is done.
constexpr double kSmoothing = 0.5;
/// Of the way to its target that the limit goes in a window.
constexpr double kStep = 0.3;
/// What one window may take away at most.
constexpr double kGradientMin = 0.5;
constexpr double kFirstGrowth = 1.5;
/// The answers of the first come from before the limit was lowered.
constexpr std::uint32_t kTrialWindows = 2;
constexpr double kTrialShare = 0.5;
/// A limit is in use if so much of it was: then latency says something about it, and a higher one is of use.
constexpr double kInUse = 0.5;
constexpr double kSaturated = 0.9;
/// Latency that comes of too many requests falls with them. One that is still this part of what it was, so many windows
/// after the limit was halved, has another reason: the requests, or what they ask of, have become slower.
constexpr double kNoHelp = 0.75;
constexpr std::uint32_t kWindowsUntilItHelps = 4;

double ns_of(base::Duration duration) {
  return static_cast<double>(duration.count());
}

}  // namespace

Gradient::Gradient(const config::Adaptive& settings)
    : settings_(settings), limit_(std::clamp(kFirstLimit, settings.min, settings.max)) {}

void Gradient::follow(const config::Adaptive& settings) {
  settings_ = settings;
  move_towards(limit_, 1);
}

void Gradient::observe(const Window& window, base::Time now) {
  if (is_on_trial()) return end_trial(window, now);
  const double latency_ns = ns_of(window.latency);
  latency_ns_ = latency_ns_ == 0 ? latency_ns : latency_ns_ + kSmoothing * (latency_ns - latency_ns_);
  if (lowest_ns_ == 0 || latency_ns_ <= lowest_ns_) set_lowest(latency_ns_, now);
  if (now - lowest_since_ > settings_.window) {
    if (window.most_under_way >= kSaturated * limit_ && limit_ > settings_.min) return begin_trial();
    set_lowest(latency_ns_, now);  // nothing queues: it is the latency of an idle pool
  }
  watch_pressure(now);
  const double gradient = std::clamp(kTolerance * lowest_ns_ / latency_ns_, kGradientMin, 1.0);
  const double target = is_beginning_ ? limit_ * kFirstGrowth : limit_ * gradient + std::sqrt(limit_);
  if (target > limit_ && window.most_under_way < kInUse * limit_) return;
  move_towards(target, is_beginning_ ? 1 : kStep);
}

void Gradient::begin_trial() {
  limit_before_trial_ = limit_;
  trial_windows_left_ = kTrialWindows + 1;
  move_towards(limit_ * kTrialShare, 1);
}

void Gradient::end_trial(const Window& window, base::Time now) {
  if (--trial_windows_left_ != 0) return;
  latency_ns_ = ns_of(window.latency);
  set_lowest(latency_ns_, now);
  move_towards(limit_before_trial_, 1);
}

void Gradient::watch_pressure(base::Time now) {
  if (latency_ns_ <= kTolerance * lowest_ns_) {
    is_pressed_ = false;
    windows_at_half_ = 0;
    return;
  }
  is_beginning_ = false;
  if (!is_pressed_) {
    is_pressed_ = true;
    pressed_limit_ = limit_;
    pressed_latency_ns_ = 0;
  }
  pressed_latency_ns_ = std::max(pressed_latency_ns_, latency_ns_);
  const bool is_half = limit_ <= pressed_limit_ / 2;
  if (!is_half || ++windows_at_half_ < kWindowsUntilItHelps) return;
  windows_at_half_ = 0;
  if (latency_ns_ > kNoHelp * pressed_latency_ns_) {
    set_lowest(latency_ns_, now);
    is_pressed_ = false;
    is_beginning_ = true;
  } else {
    pressed_limit_ = limit_;
    pressed_latency_ns_ = latency_ns_;
  }
}

void Gradient::set_lowest(double ns, base::Time now) {
  lowest_ns_ = std::max(ns, 1.0);
  lowest_since_ = now;
}

void Gradient::move_towards(double target, double share) {
  const double moved = limit_ + share * (target - limit_);
  limit_ = std::clamp(moved, static_cast<double>(settings_.min), static_cast<double>(settings_.max));
}

}  // namespace headgate::proxy::balance::limit
