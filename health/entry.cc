#include "health/entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "health/jitter.h"
#include "wire/proxy_protocol/proxy_writer.h"

namespace headgate::health {
namespace {

/// That of a connection which is for nobody but headgate.
std::string own_header(config::ProxyHeader version) {
  const wire::proxy_protocol::Announcement nobody{.source = {}, .destination = {}, .authority = {}, .local = true};
  return version == config::ProxyHeader::kV1 ? wire::proxy_protocol::write_v1(nobody)
                                             : wire::proxy_protocol::write_v2(nobody);
}

}  // namespace

WishRow KeptWish::row(base::Time now) const {
  return {.mode = wish.mode(),
          .percent = wish.percent(),
          .target_percent = wish.target_percent(),
          .left = wish.until() == base::kNever ? base::Duration(0) : wish.until() - now,
          .why = why,
          .since = since};
}

Entry::Entry(Surroundings& surroundings, PoolRules& pool, Table::Member member)
    : around_(surroundings),
      pool_(pool),
      member_(std::move(member)),
      since_(base::wall_now()),
      timer_(
          surroundings.loop.timers(), [](void* self) { static_cast<Entry*>(self)->on_time(); }, this),
      check_now_(surroundings.loop),
      answered_(surroundings.loop),
      ask_now_(surroundings.loop) {}

Entry::~Entry() {
  if (counted_as_ejected_) --pool_.ejected;
}

void Entry::start(base::Duration first_check_after) {
  // Workers may report long after this entry is gone: they hold the word, and the word holds the entry but weakly.
  word_ = std::make_shared<BackendHealth>([&loop = around_.loop, entry = weak_from_this()] {
    loop.post([entry] {
      if (const std::shared_ptr<Entry> alive = entry.lock()) alive->collect_errors();
    });
  });
  publish(standing_.on_settings(pool_.settings, around_.loop.now()));
  word_->publish(standing_.state(), standing_.weight_percent());  // what was inherited is no change
  checking_ = keep_checking(first_check_after);
  checking_.start();
  load_feedback_ = pool_.settings.load_feedback;
  asking_ = keep_asking_its_agent();
  asking_.start();
  look_at_load();
}

net::Task<void> Entry::keep_checking(base::Duration first_check_after) {
  base::Time next = around_.loop.now() + first_check_after;
  while (true) {
    const bool checked = !std::holds_alternative<std::monostate>(pool_.settings.check);
    const base::Time until = checked ? next : base::kNever;
    if (until > around_.loop.now()) {
      [[maybe_unused]] const bool told = co_await check_now_.wait(until);
    }
    if (std::holds_alternative<std::monostate>(pool_.settings.check)) continue;
    const Turnstile::Pass pass = co_await around_.turnstile.enter();
    next = around_.loop.now() + jittered(pool_.settings.interval, around_.random);
    co_await check_once();
  }
}

net::Task<void> Entry::check_once() {
  if (std::holds_alternative<std::monostate>(pool_.settings.check)) co_return;  // while it waited for its turn
  Question question{.target = {member_.address, member_.server},
                    .check = pool_.settings.check,
                    .over_http2 = config::speaks_http2(pool_.settings.protocol),
                    .timeout = pool_.settings.timeout};
  if (pool_.settings.proxy_header != config::ProxyHeader::kNone)
    question.target.opening = own_header(pool_.settings.proxy_header);
  around_.questions.spawn(ask(around_.loop, std::move(question), weak_from_this(), pool_.check_version));
  [[maybe_unused]] const bool told = co_await answered_.wait(base::kNever);
}

net::Task<void> Entry::ask(net::Loop& loop, Question question, std::weak_ptr<Entry> asker, std::uint32_t version) {
  const checks::Finding finding = co_await put(loop, std::move(question));
  const std::shared_ptr<Entry> alive = asker.lock();
  if (!alive) co_return;
  if (version == alive->pool_.check_version) alive->count(finding);
  alive->answered_.open();
}

void Entry::count(const checks::Finding& finding) {
  if (finding.verdict == checks::Verdict::kUndecided) {
    if (!undecided_) {
      around_.log.warn("pool {}: backend {} ({}) cannot be checked: {}", pool_.name, member_.id, member_.address.text(),
                       finding.text);
    }
    undecided_ = true;
    return;
  }
  undecided_ = false;
  last_check_ = base::wall_now();
  ++(finding.verdict == checks::Verdict::kPassed ? checks_ok_ : checks_failed_);
  publish(standing_.on_finding(finding, pool_.settings, around_.loop.now()));
}

void Entry::collect_errors() {
  const std::uint32_t errors = word_->collect_errors();
  if (!pool_.settings.outlier) return;
  const bool room =
      pool_.ejected < checks::ejections_allowed(pool_.backends, pool_.settings.outlier->max_ejected_percent);
  publish(standing_.on_errors(errors, pool_.settings, around_.loop.now(), room));
}

void Entry::on_time() {
  publish(standing_.on_time(pool_.settings, around_.loop.now()));
  if (around_.loop.now() >= next_look_) look_at_load();
}

void Entry::apply_settings(bool check_now) {
  if (pool_.settings.load_feedback != load_feedback_) {
    load_feedback_ = pool_.settings.load_feedback;
    word_->load().forget();  // what was said in another way, or through another agent
    ask_now_.open();
    look_at_load();
  }
  publish(standing_.on_settings(pool_.settings, around_.loop.now()));
  if (check_now) check_now_.open();
}

void Entry::set_configured_drain(bool draining, std::string_view why) {
  publish(standing_.on_configured_drain(draining, why, pool_.settings, around_.loop.now()));
}

void Entry::set_wish(const KeptWish& kept) {
  const base::Time now = around_.loop.now();
  wish_ = kept.row(now);
  publish(standing_.on_wish(kept.wish, kept.why, pool_.settings, now));
}

void Entry::inherit(const InheritedBackend& inherited) {
  standing_.inherit({.passes_checks = inherited.passes_checks,
                     .checks_say = inherited.checks_say,
                     .ejected_for = inherited.ejected_for,
                     .ejection_says = inherited.ejection_says,
                     .ejections = inherited.ejections},
                    around_.loop.now());
  since_ = inherited.since;
  inherited_since_ = inherited.since;
  logged_ = standing_.state();
}

InheritedBackend Entry::to_be_inherited() const {
  checks::Standing::Inherited of = standing_.to_be_inherited(around_.loop.now());
  return {.pool = pool_.name,
          .id = member_.id,
          .address = member_.address,
          .passes_checks = of.passes_checks,
          .checks_say = std::move(of.checks_say),
          .ejected_for = of.ejected_for,
          .ejection_says = std::move(of.ejection_says),
          .ejections = of.ejections,
          .since = since_};
}

void Entry::end_ejection() {
  publish(standing_.on_smaller_cap(pool_.settings, around_.loop.now()));
}

void Entry::publish(bool changed) {
  if (standing_.is_ejected() != counted_as_ejected_) {
    counted_as_ejected_ = standing_.is_ejected();
    if (counted_as_ejected_) {
      ++pool_.ejected;
    } else {
      --pool_.ejected;
    }
  }
  timer_.set(std::min(standing_.next_change(), next_look_));
  if (!changed) return;
  word_->publish(standing_.state(), standing_.weight_percent());
  if (standing_.state() != logged_) log_state();
  if (!std::exchange(pool_.changed, true)) pool_.on_changed();
}

void Entry::log_state() {
  const State before = std::exchange(logged_, standing_.state());
  since_ = inherited_since_.value_or(base::wall_now());
  if (around_.moved) {
    around_.moved({.pool = pool_.name,
                   .backend = member_.id,
                   .address = member_.address,
                   .from = before,
                   .to = logged_,
                   .why = standing_.why()});
  }
  const bool is_bad = logged_ == State::kDown || logged_ == State::kEjected;
  const base::LogLevel level = is_bad ? base::LogLevel::kWarn : base::LogLevel::kInfo;
  if (around_.log.level() > level) return;
  around_.log.write(level, fmt::format("pool {}: backend {} ({}) is {}: {}", pool_.name, member_.id,
                                       member_.address.text(), to_string(logged_), standing_.why()));
}

Row Entry::row() const {
  WishRow wish = wish_;
  const checks::OperatorWish& now_wished = standing_.wish();
  wish.percent = now_wished.percent();
  wish.left = now_wished.until() == base::kNever ? base::Duration(0) : now_wished.until() - around_.loop.now();
  return Row{.pool = pool_.name,
             .backend = member_.id,
             .address = member_.address,
             .state = standing_.state(),
             .weight_percent = standing_.weight_percent(),
             .load_percent = standing_.load_share().percent(),
             .load = standing_.load_share().load(),
             .since = since_,
             .why = standing_.why() + load_says(),
             .last_check = last_check_,
             .checks_ok = checks_ok_,
             .checks_failed = checks_failed_,
             .ejections = standing_.ejections(),
             .wish = std::move(wish)};
}

}  // namespace headgate::health
