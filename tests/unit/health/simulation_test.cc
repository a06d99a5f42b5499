#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "base/random.h"
#include "health/checks/standing.h"

// A pool under a virtual clock and a seed: whatever happens in whatever order, the rules hold.
namespace headgate::health::checks {
namespace {

using namespace std::chrono_literals;

/// One backend and what a plain reading of the rules expects of it.
struct Simulated {
  Standing standing;
  bool draining = false;  // by the configuration
  OperatorWish wish;
  bool checked = false;
  bool failing = false;
  std::deque<bool> results;  // as many as the larger threshold
  std::uint32_t last_percent = 100;
  bool was_fit = true;
  bool nobody_wished = true;

  void note_result(bool passed, const config::Health& settings) {
    results.push_back(passed);
    if (results.size() > 8) results.pop_front();
    if (!checked) {
      checked = true;
      failing = !passed;
      return;
    }
    const std::size_t needed = failing ? settings.rise : settings.fall;
    if (results.size() < needed) return;
    for (std::size_t i = results.size() - needed; i < results.size(); ++i) {
      if (results[i] != failing) return;  // one of the last speaks for the state
    }
    failing = !failing;
  }
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed), backends_(1 + random_.below(8)) {
    settings_.check = config::TcpCheck{};
    settings_.fall = 1 + random_.below(4);
    settings_.rise = 1 + random_.below(4);
    settings_.outlier = config::Outlier{.errors = 1 + random_.below(6),
                                        .window = 1s * (1 + random_.below(20)),
                                        .eject = 1s * (1 + random_.below(60)),
                                        .max_ejected_percent = random_.below(101)};
    settings_.slow_start = 1s * random_.below(60);
  }

  void step() {
    now_ += std::chrono::milliseconds(random_.below(3000));
    Simulated& one = backends_[random_.below(static_cast<std::uint32_t>(backends_.size()))];
    switch (random_.below(10)) {
      case 0:
      case 1:
      case 2: {
        const bool passed = random_.below(3) != 0;
        one.note_result(passed, settings_);
        one.standing.on_finding({passed ? Verdict::kPassed : Verdict::kFailed, "x"}, settings_, now_);
        break;
      }
      case 3:
      case 4: {
        const std::uint32_t allowed =
            ejections_allowed(static_cast<std::uint32_t>(backends_.size()), settings_.outlier->max_ejected_percent);
        one.standing.on_errors(1 + random_.below(4), settings_, now_, ejected() < allowed);
        break;
      }
      case 5:
        one.draining = random_.below(4) == 0;
        one.standing.on_configured_drain(one.draining, "configured", settings_, now_);
        break;
      case 8:
      case 9:
        wish_something(one);
        break;
      case 6:
        one.standing.on_finding({Verdict::kUndecided, "x"}, settings_, now_);
        break;
      default:
        break;
    }
    for (Simulated& each : backends_) {  // the driver's timers
      while (each.standing.next_change() <= now_) each.standing.on_time(settings_, now_);
    }
  }

  void wish_something(Simulated& one) {
    const base::Duration over = 1s * random_.below(30);
    one.wish.advance(now_);
    switch (random_.below(6)) {
      case 0:
        one.wish.drain(now_, over);
        break;
      case 1:
        one.wish.disable();
        break;
      case 2:
        if (one.wish.mode() == Mode::kEnabled) one.wish.set_percent(random_.below(101), now_, over);
        break;
      default:
        one.wish.enable(now_, over);
        break;
    }
    one.standing.on_wish(one.wish, "wish", settings_, now_);
  }

  void check() {
    const std::uint32_t allowed =
        ejections_allowed(static_cast<std::uint32_t>(backends_.size()), settings_.outlier->max_ejected_percent);
    ASSERT_LE(ejected(), allowed);
    for (Simulated& each : backends_) {
      const Standing& standing = each.standing;
      each.wish.advance(now_);
      const bool is_disabled = each.wish.mode() == Mode::kDisabled;
      const State expected = is_disabled                               ? State::kDisabled
                             : each.draining || each.wish.is_drained() ? State::kDraining
                             : each.failing                            ? State::kDown
                             : standing.is_ejected()                   ? State::kEjected
                                                                       : State::kUp;
      ASSERT_EQ(to_string(standing.state()), to_string(expected));
      ASSERT_FALSE(standing.why().empty());
      const std::uint32_t share = standing.weight_percent();
      ASSERT_EQ(share == 0, each.wish.percent() == 0) << "only an operator leaves a backend nothing";
      ASSERT_LE(share, each.wish.percent());
      ASSERT_EQ(standing.wish().percent(), each.wish.percent());
      const bool nobody_wishes = each.wish.is_default();
      ASSERT_GT(standing.next_change(), now_);
      if (standing.is_ejected()) {
        ASSERT_LE(standing.next_change(), now_ + settings_.outlier->eject * Ejection::kLongestFactor);
      }
      const bool fit = !each.failing && !standing.is_ejected();
      if (nobody_wishes) ASSERT_GE(share, 10u);
      if (fit && each.was_fit && nobody_wishes && each.nobody_wished) {
        ASSERT_GE(share, each.last_percent) << "the weight sank while the backend was fit";
      } else if (fit && !each.was_fit && nobody_wishes) {
        ASSERT_EQ(share, settings_.slow_start > 0s ? 10u : 100u) << "came back without a slow start";
      }
      each.was_fit = fit;
      each.last_percent = share;
      each.nobody_wished = nobody_wishes;
    }
  }

 private:
  std::uint32_t ejected() const {
    std::uint32_t n = 0;
    for (const Simulated& each : backends_) n += each.standing.is_ejected() ? 1 : 0;
    return n;
  }

  base::Random random_;
  base::Time now_{1000s};
  config::Health settings_;
  std::vector<Simulated> backends_;
};

TEST(Simulation, TheRulesHoldWhateverHappens) {
  const std::uint64_t first_seed = base::entropy_seed();
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::uint64_t seed = first_seed + i;
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Simulation simulation(seed);
    for (int step = 0; step < 400; ++step) {
      simulation.step();
      simulation.check();
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace headgate::health::checks
