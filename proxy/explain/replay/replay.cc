#include "proxy/explain/replay/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "config/values.h"

namespace headgate::proxy::explain::replay {
namespace {

constexpr std::string_view kAspectNames[] = {"route", "pool", "status", "origin"};

void take_each_once(std::vector<Outcome>& list, const Outcome& outcome) {
  if (std::find(list.begin(), list.end(), outcome) == list.end()) list.push_back(outcome);
}

const Branch& branch_in(const Decision& decision, const Worlds& worlds, std::uint32_t world) {
  const auto holds = [&](const Branch& branch) { return worlds.holds(world, branch.open); };
  return *std::find_if(decision.begin(), std::prev(decision.end()), holds);
}

template <class Kinds>
void sort_by_lines(Kinds& kinds) {
  std::sort(kinds.begin(), kinds.end(), [](const auto& a, const auto& b) { return a.lines > b.lines; });
}

}  // namespace

/// What the ways in which a request could have been have in common.
struct Replay::Verdict {
  std::uint32_t always = 0;    // aspects that differ in each
  bool changes_always = true;  // something differs in each
  bool changes_ever = false;
  std::vector<Outcome> before;  // that are possible
  std::vector<Outcome> after;
};

bool Limit::is_exceeded(std::uint64_t changed, std::uint64_t compared) const {
  if (percent < 0) return changed > requests;
  return static_cast<double>(changed) * 100 > percent * static_cast<double>(compared);
}

base::Result<Limit> limit_of(const std::string& text) {
  Limit out;
  out.text = text;
  if (const std::optional<double> percent = config::parse_percent(text)) {
    out.percent = *percent;
    return out;
  }
  const bool is_number = !text.empty() && text.size() <= 18 &&
                         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                       fmt::format("'{}' is no limit: write a number of requests or a share, 25 or 0.5%", text)};
  }
  out.requests = std::strtoull(text.c_str(), nullptr, 10);
  return out;
}

Replay::Replay(Side& before, Side& after, Atoms& atoms, Settings settings)
    : before_(before), after_(after), atoms_(atoms), settings_(settings) {}

base::Result<void> Replay::feed(std::string_view line) {
  ++lines_;
  if (const std::optional<Unusable> why = read_log_line(line, line_)) {
    note_unusable(*why, line);
    return {};
  }
  write_head();
  base::Result<void> decided = before_.decide(line_, head_, old_);
  if (!decided) return decided;
  decided = after_.decide(line_, head_, new_);
  if (!decided) return decided;
  compare();
  return {};
}

void Replay::note_unusable(Unusable why, std::string_view line) {
  const auto index = static_cast<std::size_t>(why);
  if (unusable_[index]++ == 0) first_unusable_[index] = lines_;
  if (why == Unusable::kNotJson) saw_combined_ = saw_combined_ || looks_combined(line);
}

/// The head as it came, as far as the line tells it.
void Replay::write_head() {
  const bool is_1_0 = line_.protocol == "HTTP/1.0";
  head_.clear();
  head_ += line_.method;
  head_ += ' ';
  head_ += line_.path;
  if (!line_.query.empty()) {
    head_ += '?';
    head_ += line_.query;
  }
  head_ += is_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  const auto add = [this](std::string_view name, std::string_view value) {
    head_ += name;
    head_ += value;
    head_ += "\r\n";
  };
  if (!line_.host.empty()) add("Host: ", line_.host);
  if (!line_.user_agent.empty() && !line_.user_agent_is_cut) add("User-Agent: ", line_.user_agent);
  if (!line_.referer.empty() && !line_.referer_is_cut) add("Referer: ", line_.referer);
  if (line_.request_bytes > 0) add("Content-Length: ", std::to_string(line_.request_bytes));
  head_ += "\r\n";
}

/// Whether the line names the outcome's route; a line without one names none, if it says so.
bool Replay::names_route(const Outcome& outcome) const {
  if (outcome.kind == Outcome::Kind::kNoRoute) return line_.route.empty() && line_.ending == "no_route";
  return !line_.route.empty() && before_.route_name(outcome) == line_.route;
}

void Replay::note_agreement(bool agrees) {
  const bool says_nothing = line_.route.empty() && line_.ending != "no_route";
  if (!says_nothing) ++(agrees ? log_agrees_ : log_differs_);
}

void Replay::compare() {
  if (old_.size() == 1 && new_.size() == 1) {
    const Outcome& from = old_.front().outcome;
    const Outcome& to = new_.front().outcome;
    note_agreement(names_route(from));
    const std::uint32_t aspects = Side::difference(before_, from, after_, to);
    if (aspects == 0) {
      ++unchanged_;
      return;
    }
    MoveCount*& known = moves_by_outcome_[{from, to}];
    if (known == nullptr) known = &moves_[{before_.text_of(from), after_.text_of(to)}];
    known->aspects |= aspects;
    ++known->lines;
    ++changed_;
    for (std::size_t i = 0; i < changed_aspects_.size(); ++i) changed_aspects_[i] += aspects >> i & 1;
    add_example(known->examples);
    return;
  }
  std::vector<std::uint32_t> asked;
  for (const Decision* decision : {&old_, &new_}) {
    for (const Branch& branch : *decision) asked.insert(asked.end(), branch.open.begin(), branch.open.end());
  }
  const Worlds worlds(atoms_, std::move(asked));
  Verdict verdict;
  if (worlds.complete()) {
    verdict = verdict_over(worlds);
  } else {
    verdict.changes_always = false;
    verdict.changes_ever = true;
  }
  if (!verdict.changes_ever) {
    ++unchanged_;
  } else if (verdict.changes_always) {
    count_change(verdict.always, text_of_all(before_, verdict.before), text_of_all(after_, verdict.after));
  } else {
    ++undecided_;
    OpenCount& count = open_[worlds.asked()];
    ++count.lines;
    add_example(count.examples);
  }
}

Replay::Verdict Replay::verdict_over(const Worlds& worlds) {
  const bool can_be_named =
      std::any_of(old_.begin(), old_.end(), [this](const Branch& branch) { return names_route(branch.outcome); });
  // Named by the line, but in no way possible: two routes of one name, or a log of another configuration.
  bool is_named_ever = false;
  worlds.for_each([&](std::uint32_t world) {
    is_named_ever = is_named_ever || names_route(branch_in(old_, worlds, world).outcome);
  });
  const bool by_name = can_be_named && is_named_ever;
  note_agreement(by_name);
  Verdict out;
  out.always = ~0u;
  worlds.for_each([&](std::uint32_t world) {
    const Outcome& from = branch_in(old_, worlds, world).outcome;
    if (by_name && !names_route(from)) return;
    const Outcome& to = branch_in(new_, worlds, world).outcome;
    const std::uint32_t aspects = Side::difference(before_, from, after_, to);
    out.always &= aspects;
    out.changes_always = out.changes_always && aspects != 0;
    out.changes_ever = out.changes_ever || aspects != 0;
    take_each_once(out.before, from);
    take_each_once(out.after, to);
  });
  return out;
}

void Replay::count_change(std::uint32_t aspects, std::string_view from, std::string_view to) {
  ++changed_;
  for (std::size_t i = 0; i < changed_aspects_.size(); ++i) changed_aspects_[i] += aspects >> i & 1;
  MoveCount& count = moves_[{std::string(from), std::string(to)}];
  ++count.lines;
  count.aspects |= aspects;
  add_example(count.examples);
}

std::string Replay::text_of_all(const Side& side, const std::vector<Outcome>& outcomes) const {
  std::string out;
  for (const Outcome& outcome : outcomes) out += (out.empty() ? "" : " or ") + side.text_of(outcome);
  return out;
}

void Replay::add_example(std::vector<Example>& examples) const {
  if (examples.size() >= settings_.examples) return;
  std::string request = fmt::format("{} {}{}", line_.method, line_.host, line_.path);
  if (!line_.query.empty()) request += '?' + line_.query;
  constexpr std::size_t kRequestShown = 200;
  if (request.size() > kRequestShown) request = request.substr(0, kRequestShown) + "...";
  examples.push_back({lines_, std::move(request), line_.client.text()});
}

std::vector<std::string> Replay::warnings() const {
  std::vector<std::string> out;
  for (const config::Listener& before : before_.config().listeners) {
    for (const config::Listener& after : after_.config().listeners) {
      if (before.name != after.name || before.trusted_proxies == after.trusted_proxies) continue;
      out.push_back(
          fmt::format("trusted_proxies of listener {} differ; the clients are taken as the log has them", before.name));
    }
  }
  if (log_differs_ > 0) {
    out.push_back(
        fmt::format("{} lines name another route than {} gives them, {} the same: part of the log is of "
                    "another configuration, or its routes have other names now",
                    log_differs_, before_.config().file, log_agrees_));
  }
  const std::optional<config::AccessLog>& log = before_.config().access_log;
  if (log && log->sample < 1)
    out.push_back(fmt::format("the log is a sample of {:g}% of the requests", log->sample * 100));
  return out;
}

Report Replay::report(const std::string& log, const Limit& limit) const {
  Report out;
  out.before = before_.config().file;
  out.after = after_.config().file;
  out.log = log;
  out.lines = lines_;
  out.compared = changed_ + undecided_ + unchanged_;
  out.changed = changed_;
  out.undecided = undecided_;
  out.unchanged = unchanged_;
  out.changed_route = changed_aspects_[0];
  out.changed_pool = changed_aspects_[1];
  out.changed_status = changed_aspects_[2];
  out.changed_origin = changed_aspects_[3];
  out.limit = limit.text;
  out.over_limit = limit.is_exceeded(changed_, out.compared);
  for (const auto& [names, count] : moves_) {
    Move& move = out.moves.emplace_back(Move{names.first, names.second, count.lines, {}, count.examples});
    for (std::size_t i = 0; i < std::size(kAspectNames); ++i) {
      if ((count.aspects >> i & 1) != 0) move.differs.emplace_back(kAspectNames[i]);
    }
  }
  sort_by_lines(out.moves);
  out.moves_left_out = out.moves.size() > kMovesMax ? out.moves.size() - kMovesMax : 0;
  if (out.moves_left_out > 0) out.moves.resize(kMovesMax);
  for (const auto& [asked, count] : open_) {
    Undecided& kind = out.open.emplace_back(Undecided{{}, count.lines, count.examples});
    for (const std::uint32_t atom : asked) kind.depends_on.push_back(atoms_[atom].text());
  }
  sort_by_lines(out.open);
  for (std::size_t i = 0; i < unusable_.size(); ++i) {
    if (unusable_[i] == 0) continue;
    out.unusable.push_back({std::string(to_string(static_cast<Unusable>(i))), unusable_[i], first_unusable_[i]});
  }
  out.log_agrees = log_agrees_;
  out.log_differs = log_differs_;
  out.warnings = warnings();
  return out;
}

}  // namespace headgate::proxy::explain::replay
